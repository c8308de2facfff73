"""What holds of every moment and every trading day."""

from datetime import UTC, date, datetime, timedelta, timezone

from hypothesis import given
from hypothesis import strategies as st

from domain.market.calendar import (
    is_trading_day,
    next_trading_day,
    previous_trading_day,
    session_close,
    session_open,
    trading_day_of,
)

FIRST, LAST = date(2015, 1, 5), date(2030, 12, 20)
dates = st.dates(FIRST, LAST)
trading_days = dates.filter(is_trading_day)
moments = st.datetimes(
    datetime.combine(FIRST, datetime.min.time()),
    datetime.combine(LAST, datetime.min.time()),
    timezones=st.just(UTC),
)
moves = st.timedeltas(timedelta(0), timedelta(days=10))
offsets = st.integers(-14 * 60, 14 * 60).map(lambda minutes: timezone(timedelta(minutes=minutes)))


@given(moments, moves)
def test_later_is_never_an_earlier_day(at: datetime, later: timedelta) -> None:
    assert trading_day_of(at) <= trading_day_of(at + later)


@given(moments)
def test_every_moment_belongs_to_a_trading_day(at: datetime) -> None:
    assert is_trading_day(trading_day_of(at))


@given(moments, offsets)
def test_the_offset_of_the_writer_does_not_matter(at: datetime, offset: timezone) -> None:
    assert trading_day_of(at.astimezone(offset)) == trading_day_of(at)


@given(trading_days, st.floats(0, 1, exclude_max=True))
def test_a_session_belongs_to_its_day_throughout(day: date, share: float) -> None:
    opens, closes = session_open(day), session_close(day)
    at = opens + (closes - opens) * share
    assert opens <= at <= closes
    assert trading_day_of(at) == day
    assert trading_day_of(closes - timedelta(microseconds=1)) == day


@given(trading_days)
def test_the_moment_before_a_session_is_the_day_before_or_a_pause(day: date) -> None:
    eve = day - timedelta(days=1)
    just_before = session_open(day) - timedelta(microseconds=1)
    assert trading_day_of(just_before) == (eve if is_trading_day(eve) else day)


@given(trading_days)
def test_sessions_do_not_overlap(day: date) -> None:
    assert session_open(day) < session_close(day) < session_open(next_trading_day(day))


@given(trading_days)
def test_next_and_previous_undo_each_other(day: date) -> None:
    assert previous_trading_day(next_trading_day(day)) == day
    assert next_trading_day(previous_trading_day(day)) == day


@given(dates)
def test_no_trading_day_is_stepped_over(day: date) -> None:
    skipped = next_trading_day(day) - day
    assert not any(is_trading_day(day + timedelta(days=n)) for n in range(1, skipped.days))

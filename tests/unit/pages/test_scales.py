"""Where the lines of an axis stand."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from domain.money import USD
from interfaces.pages.scales import TICKS_MAX, money_ticks, time_ticks

MONEY = st.integers(-(10**12), 10**12).map(USD)
MOMENTS = st.datetimes(
    datetime(2015, 1, 1),  # noqa: DTZ001 - the zone is given beside it.
    datetime(2030, 12, 31),  # noqa: DTZ001
    timezones=st.just(UTC),
)


@given(one=MONEY, span=st.integers(20_000, 10**12))
def test_money_is_divided_by_round_amounts(one: USD, span: int) -> None:
    ticks = money_ticks(one, one + USD(span))
    assert 1 <= len(ticks) <= TICKS_MAX
    assert all(one <= each <= one + USD(span) for each in ticks)
    assert len({two.units - first.units for first, two in pairwise(ticks)}) <= 1


@given(one=MOMENTS, two=MOMENTS)
def test_time_is_divided_by_whole_hours_and_days(one: datetime, two: datetime) -> None:
    first, last = min(one, two), max(one, two)
    ticks = time_ticks(first, last)
    assert len(ticks) <= TICKS_MAX
    assert all(first <= each <= last for each in ticks)


def test_a_month_is_divided_by_weeks_that_begin_on_monday() -> None:
    ticks = time_ticks(datetime(2026, 3, 2, tzinfo=UTC), datetime(2026, 4, 1, tzinfo=UTC))
    assert {each.weekday() for each in ticks} == {0}
    assert ticks[1] - ticks[0] == timedelta(days=7)

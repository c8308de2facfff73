"""From moments to trading days and back. Chicago's clock decides, never a fixed hour of UTC."""

from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from domain.market.calendar_errors import CalendarNotLoaded, NotATradingDay, TimeWithoutOffset
from domain.market.days import early_close, is_trading_day, trading_day_from
from domain.market.holidays import FIRST_DAY, LAST_DAY

CHICAGO = ZoneInfo("America/Chicago")
_OPEN = time(17)
_CLOSE = time(16)
_ONE_DAY = timedelta(days=1)
_DAYS_CACHED = 8192
_HOURS_CACHED = 65_536
_FIRST_YEAR, _LAST_YEAR = FIRST_DAY.year - 1, LAST_DAY.year + 1


def trading_day_of(at: datetime) -> date:
    """The trading day that the moment `at` belongs to.

    From 17:00 Chicago time on it is the next date's; the hour before, and the rest of a day that
    closed early, belong to the day that has ended. What falls on a weekend or a full holiday
    belongs to the next trading day. Raises `TimeWithoutOffset` and `CalendarNotLoaded`.
    """
    if at.tzinfo is UTC and _FIRST_YEAR <= at.year <= _LAST_YEAR:
        # Chicago's days begin on the hour in UTC, too: many moments, few answers.
        return _day_of_hour(at.toordinal(), at.hour)
    if at.utcoffset() is None:
        raise TimeWithoutOffset(
            f"{at.isoformat()} has no offset from UTC; send the time with one, such as"
            ' "2026-01-05T17:00:00-06:00".',
            at=at.isoformat(),
        )
    # The far ends of time cannot be converted to another zone at all.
    if not _FIRST_YEAR <= at.year <= _LAST_YEAR:
        raise CalendarNotLoaded(
            f"{at.isoformat()} is outside the trading calendar, which covers {FIRST_DAY} to"
            f" {LAST_DAY}; check the date, or extend the calendar.",
            at=at.isoformat(),
        )
    return _day_at(at)


@lru_cache(maxsize=_HOURS_CACHED)
def _day_of_hour(ordinal: int, hour: int) -> date:
    return _day_at(datetime.combine(date.fromordinal(ordinal), time(hour), UTC))


def _day_at(at: datetime) -> date:
    local = at.astimezone(CHICAGO)
    day = local.date()
    return trading_day_from(day + _ONE_DAY if local.time() >= _OPEN else day)


@lru_cache(maxsize=_DAYS_CACHED)
def session_open(day: date) -> datetime:
    """When trading for `day` begins, in UTC: 17:00 Chicago time on the date before.

    The days between a Friday's close and a Sunday's opening have no session. Raises
    `NotATradingDay`.
    """
    _insist_on_trading(day)
    return datetime.combine(day - _ONE_DAY, _OPEN, CHICAGO).astimezone(UTC)


@lru_cache(maxsize=_DAYS_CACHED)
def session_close(day: date) -> datetime:
    """When trading for `day` ends, in UTC: 16:00 Chicago time, or the early close.

    Raises `NotATradingDay`.
    """
    _insist_on_trading(day)
    return datetime.combine(day, early_close(day) or _CLOSE, CHICAGO).astimezone(UTC)


def _insist_on_trading(day: date) -> None:
    if not is_trading_day(day):
        raise NotATradingDay(
            f"{day} has no session: it is a weekend or a full holiday; ask for the next trading"
            f" day, {trading_day_from(day)}.",
            day=str(day),
        )

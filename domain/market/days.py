"""Which dates are trading days, and which of them end early."""

from datetime import date, time, timedelta
from functools import lru_cache

from domain.market.calendar_errors import CalendarNotLoaded
from domain.market.holidays import CLOSED, EARLY_CLOSES, FIRST_DAY, LAST_DAY

_SATURDAY = 5
_ONE_DAY = timedelta(days=1)
_DAYS_CACHED = 8192


def is_trading_day(day: date) -> bool:
    """True on weekdays but full holidays. Raises `CalendarNotLoaded` outside the table."""
    if not FIRST_DAY <= day <= LAST_DAY:
        raise CalendarNotLoaded(
            f"{day} is outside the trading calendar, which covers {FIRST_DAY} to {LAST_DAY};"
            " check the date, or extend the calendar.",
            day=str(day),
            first_day=str(FIRST_DAY),
            last_day=str(LAST_DAY),
        )
    return day.weekday() < _SATURDAY and day not in CLOSED


def next_trading_day(day: date) -> date:
    """The first trading day after `day`, which may be any date of the table."""
    return trading_day_from(day + _ONE_DAY)


@lru_cache(maxsize=_DAYS_CACHED)
def previous_trading_day(day: date) -> date:
    """The last trading day before `day`, which may be any date of the table."""
    day -= _ONE_DAY
    while not is_trading_day(day):
        day -= _ONE_DAY
    return day


@lru_cache(maxsize=_DAYS_CACHED)
def trading_day_from(day: date) -> date:
    """`day` itself if it is a trading day, or else the next one."""
    while not is_trading_day(day):
        day += _ONE_DAY
    return day


def early_close(day: date) -> time | None:
    """The Chicago time at which `day` ends, if before 16:00; none on full and on closed days."""
    is_trading_day(day)
    return EARLY_CLOSES.get(day)

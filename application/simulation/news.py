"""The news of a simulated market: what is released on which day, at its usual hour in New York.

The dates follow the habits of the real calendars, not their tables: nobody should read more into
them. A release that would fall on a day without a session comes on the next that has one.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from typing import Final
from zoneinfo import ZoneInfo

from domain.market.calendar import is_trading_day, next_trading_day, session_open
from domain.market.releases import Impact, Release
from domain.news.calendar import NewsCalendar, calendar_id

_NEW_YORK: Final = ZoneInfo("America/New_York")
_MORNING, _CRUDE, _AFTERNOON = time(8, 30), time(10, 30), time(14)
_WEDNESDAY, _FRIDAY = 2, 4
_DECISIONS_LATE: Final = (1, 4, 7, 10)  # Months whose last Wednesday has a rate decision.
_DECISIONS_MID: Final = (3, 6, 9, 12)  # And those whose third one has.
_CRUDE_ROOTS: Final = ("CL", "MCL", "QM")
_MONTHS_KEPT: Final = 256


@lru_cache(maxsize=_MONTHS_KEPT)
def releases_of(month: date) -> Sequence[Release]:
    """All releases of the calendar month that begins on a day, in the order of time."""
    days = [month + timedelta(days=n) for n in range(31)]
    days = [day for day in days if day.month == month.month]
    return tuple(sorted(_releases(days), key=lambda each: (each.released_at, each.release_id)))


@lru_cache(maxsize=_MONTHS_KEPT * 31)
def releases_on(day: date) -> Sequence[Release]:
    """The releases of one day."""
    month = releases_of(day.replace(day=1))
    return tuple(each for each in month if each.released_at.astimezone(_NEW_YORK).date() == day)


def months_of(days: Sequence[date]) -> Sequence[date]:
    """The calendar months that trading days lie in, by their first days."""
    return sorted({day.replace(day=1) for day in days})


def announced_at(month: date) -> datetime:
    """When the releases of a month are scheduled: as its first session begins."""
    return session_open(month if is_trading_day(month) else next_trading_day(month))


def schedule_month(calendar: NewsCalendar | None, month: date) -> NewsCalendar:
    """The calendar of a month with all its releases on it; those there already stay as they are."""
    at = announced_at(month)
    calendar = calendar or NewsCalendar.of_month(f"{month:%Y-%m}", at=at)
    assert calendar.id == calendar_id(f"{month:%Y-%m}")
    for release in releases_of(month):
        if release.release_id not in calendar.releases:
            calendar.schedule(release, at=at)
    return calendar


def _releases(days: Sequence[date]) -> Iterator[Release]:
    wednesdays = [day for day in days if day.weekday() == _WEDNESDAY]
    jobs = next(day for day in days if day.weekday() == _FRIDAY)
    prices = next(day for day in wednesdays if day.day > 9)  # noqa: PLR2004 (after the tenth)
    yield _release("jobs", "Employment situation", jobs, _MORNING)
    yield _release("cpi", "Consumer price index", prices, _MORNING)
    month = days[0].month
    if month in _DECISIONS_LATE:
        yield _release("fomc", "FOMC rate decision", wednesdays[-1], _AFTERNOON)
    elif month in _DECISIONS_MID:
        yield _release("fomc", "FOMC rate decision", wednesdays[2], _AFTERNOON)
    for day in wednesdays:
        yield _release(
            "crude", "Crude oil inventories", day, _CRUDE, impact="medium", roots=_CRUDE_ROOTS
        )


def _release(
    name: str,
    title: str,
    day: date,
    hour: time,
    *,
    impact: Impact = "high",
    roots: Sequence[str] | None = None,
) -> Release:
    held = day if is_trading_day(day) else next_trading_day(day)
    return Release.of(
        release_id=f"simulated-{name}-{day}",
        title=title,
        released_at=datetime.combine(held, hour, _NEW_YORK),
        impact=impact,
        roots=roots,
    )

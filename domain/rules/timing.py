"""When positions must be closed, which minutes news closes, and how long an account may be idle.

Sources: Topstep 8284206 (flat by 15:10, earlier closes of grains and livestock, Sunday evening),
the firm's FAQ (flat over the weekend), the CME calendar (days that end early), MyFundedFutures and
FFF 10114891 (minutes around a release, by instrument), the help centres of FundedNext,
MyFundedFutures and Topstep (idle days).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache

from domain.market.calendar import next_trading_day, previous_trading_day, session_close
from domain.market.holidays import LAST_DAY
from domain.market.sessions import CHICAGO
from domain.market.specs import SPECS
from domain.rules.pack import NewsRule, SessionRule

_ONE_DAY = timedelta(days=1)
_DEADLINES_CACHED = 4_096


@dataclass(frozen=True, slots=True)
class Window:
    """The minutes around a release. Nothing may be open strictly between `start` and `end`."""

    start: datetime
    end: datetime

    def takes_no_opening(self, at: datetime) -> bool:
        """Whether a position that is opened now would be open within it."""
        return self.start <= at < self.end

    def is_overlapped(self, *, opened: datetime, closed: datetime) -> bool:
        """Whether a position held so long was open within it."""
        return self.takes_no_opening(opened) or (
            self.start < self.end and opened < self.start < closed
        )


def window_of(rule: NewsRule, released_at: datetime) -> Window:
    """The window that a release opens."""
    return Window(
        released_at - timedelta(minutes=rule.minutes_before),
        released_at + timedelta(minutes=rule.minutes_after),
    )


def flat_deadline(
    rule: SessionRule | None, day: date, *, root: str | None = None
) -> datetime | None:
    """When a position of this product must be closed on a trading day; None without the rule.

    The earliest of `flat_by`, the product's own close and the end of the session, which a holiday
    may bring forward.
    """
    if rule is None or rule.flat_by is None:
        return None
    return _deadline(rule.flat_by, SPECS[root].closes_at if root else None, day)


@lru_cache(maxsize=_DEADLINES_CACHED)
def _deadline(flat_by: time, closes_at: time | None, day: date) -> datetime:
    clocks = [each for each in (flat_by, closes_at) if each is not None]
    moments = [datetime.combine(day, each, CHICAGO).astimezone(UTC) for each in clocks]
    return min(session_close(day), *moments)


def ends_week(day: date) -> bool:
    """Whether no session follows before the weekend."""
    return next_trading_day(day).isocalendar()[:2] > day.isocalendar()[:2]


def last_active_day(since: date, *, idle_days: int) -> date | None:
    """The last trading day on which an idle account can still trade; None beyond the calendar."""
    limit = since + timedelta(days=idle_days)
    return None if limit >= LAST_DAY else previous_trading_day(limit + _ONE_DAY)

"""What can happen to a month of the news calendar."""

from __future__ import annotations

from datetime import datetime
from typing import TypeAlias

from typing_extensions import override

from domain.kernel import CreationEvent, Event
from domain.market.releases import Impact


class NewsMonthBegun(CreationEvent):
    """The first release of a month was to be scheduled. `month` is Chicago's, as `2026-03`."""

    TOPIC = "news.month_begun"
    month: str


class ReleaseScheduled(Event):
    """A release was put on the calendar. `roots` are the products it moves; None is all."""

    TOPIC = "news.release_scheduled"
    release_id: str
    title: str
    released_at: datetime
    impact: Impact
    roots: tuple[str, ...] | None

    @property
    @override
    def natural_key(self) -> str:
        return f"release:{self.release_id}"


class ReleaseWithdrawn(Event):
    """A scheduled release was taken off the calendar. Accounts that noted it keep it."""

    TOPIC = "news.release_withdrawn"
    release_id: str
    reason: str


NewsEvent: TypeAlias = NewsMonthBegun | ReleaseScheduled | ReleaseWithdrawn

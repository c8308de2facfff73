"""The firm's news calendar, a stream for each calendar month in Chicago."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final, Self, assert_never
from uuid import UUID, uuid5

from typing_extensions import override

from domain.kernel import Aggregate
from domain.market.releases import Release
from domain.market.sessions import CHICAGO
from domain.news.errors import (
    NewsMonthFull,
    ReleaseIsWithdrawn,
    ReleaseKnownDifferently,
    ReleaseUnknown,
)
from domain.news.events import (
    NewsEvent,
    NewsMonthBegun,
    ReleaseScheduled,
    ReleaseWithdrawn,
)

RELEASES_PER_MONTH_MAX: Final = 2_000
_MONTHS: Final = UUID("6f1d6f0e-5f0b-5c59-9a38-7d1c9be0c4f2")


def month_of(at: datetime) -> str:
    """The month of the calendar that a moment belongs to, as `2026-03`."""
    return f"{at.astimezone(CHICAGO):%Y-%m}"


def calendar_id(month: str) -> UUID:
    """The stream of a month: the same for ever, so that nobody has to look it up."""
    return uuid5(_MONTHS, month)


@dataclass(frozen=True, slots=True, kw_only=True)
class Scheduled:
    """A release on the calendar; `withdrawn` tells why it was taken off, None while it stands."""

    release: Release
    withdrawn: str | None = None


class NewsCalendar(Aggregate):
    """One month of scheduled releases, for the whole firm."""

    TOPIC = "news"
    month: str
    releases: dict[str, Scheduled]

    @classmethod
    def of_month(cls, month: str, *, at: datetime) -> Self:
        """Begin a month."""
        return cls.begin(NewsMonthBegun, id=calendar_id(month), at=at, month=month)

    def schedule(self, release: Release, *, at: datetime) -> None:
        """Put a release on the calendar. There already, with the same facts: nothing changes.

        Refuses with ReleaseKnownDifferently, ReleaseIsWithdrawn or NewsMonthFull.
        """
        known = self.releases.get(release.release_id)
        if known is not None:
            _insist_on_same(known, release)
            return
        if len(self.releases) >= RELEASES_PER_MONTH_MAX:
            raise NewsMonthFull(
                f"The month {self.month} holds {RELEASES_PER_MONTH_MAX:,} releases; no more are"
                " taken. Leave out those of low impact.",
                month=self.month,
            )
        self.record(ReleaseScheduled, at=at, **release.facts())

    def withdraw(self, release_id: str, *, reason: str, at: datetime) -> None:
        """Take a release off the calendar. Withdrawn before: nothing changes.

        Refuses with ReleaseUnknown.
        """
        known = self.releases.get(release_id)
        if known is None:
            raise ReleaseUnknown(
                f"No release {release_id} is in {self.month}; list the month for its ids.",
                release_id=release_id,
                month=self.month,
            )
        if known.withdrawn is None:
            self.record(ReleaseWithdrawn, at=at, release_id=release_id, reason=reason)

    @override
    def when(self, event: NewsEvent) -> None:
        match event:
            case NewsMonthBegun():
                self.month, self.releases = event.month, {}
            case ReleaseScheduled():
                self.releases[event.release_id] = Scheduled(release=_release_of(event))
            case ReleaseWithdrawn():
                known = self.releases[event.release_id]
                self.releases[event.release_id] = Scheduled(
                    release=known.release, withdrawn=event.reason
                )
            case _:
                assert_never(event)


def _insist_on_same(known: Scheduled, release: Release) -> None:
    if known.release != release:
        raise ReleaseKnownDifferently(
            f"The release {release.release_id} is scheduled already, with other facts; withdraw it"
            " and schedule the changed one under a new id.",
            release_id=release.release_id,
        )
    if known.withdrawn is not None:
        raise ReleaseIsWithdrawn(
            f"The release {release.release_id} was withdrawn ({known.withdrawn}); if it takes place"
            " after all, schedule it under a new id.",
            release_id=release.release_id,
        )


def _release_of(event: ReleaseScheduled) -> Release:
    return Release(
        release_id=event.release_id,
        title=event.title,
        released_at=event.released_at,
        impact=event.impact,
        roots=event.roots,
    )

"""Scheduled news: what is released when, and which products it moves."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final, Literal, TypeAlias

from domain.market.calendar import trading_day_of
from domain.market.errors import UnknownContract
from domain.market.specs import SPECS

Impact: TypeAlias = Literal["high", "medium", "low"]

RELEASE_ID_LENGTH_MAX: Final = 64


@dataclass(frozen=True, slots=True, kw_only=True)
class Release:
    """One scheduled release. `released_at` is in UTC; `roots` None is every product."""

    release_id: str
    title: str
    released_at: datetime
    impact: Impact
    roots: tuple[str, ...] | None = None

    @classmethod
    def of(
        cls,
        *,
        release_id: str,
        title: str,
        released_at: datetime,
        impact: Impact,
        roots: Sequence[str] | None = None,
    ) -> Release:
        """Check a schedule. Refuses with UnknownContract, TimeWithoutOffset or CalendarNotLoaded.

        No root at all is the same as every root.
        """
        trading_day_of(released_at)
        for root in roots or ():
            if root not in SPECS:
                raise UnknownContract(
                    f"{root!r} is not a root of the table of contracts; write one such as ES.",
                    symbol=root,
                )
        return cls(
            release_id=release_id,
            title=title,
            released_at=released_at.astimezone(UTC),
            impact=impact,
            roots=tuple(sorted(set(roots))) if roots else None,
        )

    def facts(self) -> dict[str, Any]:
        """What an event says of it."""
        return {
            "release_id": self.release_id,
            "title": self.title,
            "released_at": self.released_at,
            "impact": self.impact,
            "roots": self.roots,
        }

    def moves(self, root: str) -> bool:
        """Whether it closes a window for this product."""
        return self.impact == "high" and (self.roots is None or root in self.roots)

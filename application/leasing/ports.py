"""What leases have in common, whatever is leased."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Protocol, TypeVar

Leased = TypeVar("Leased")


class Leases(Protocol[Leased]):
    """Who owns what. Owning it is a right to be quick, never a right to be wrong."""

    def tend(self) -> Mapping[Leased, int]:
        """Renew what this owner has, and take its fair share of what is free.

        What it owns now, each with its epoch. Raises LedgerUnavailable when the database does not
        answer: then nothing is renewed.
        """

    def surplus(self) -> int:
        """How many of those this owner has beyond its fair share."""

    def give_back(self, leased: Iterable[Leased]) -> None:
        """Let others take these at once."""

    def leave(self) -> None:
        """Let others take everything at once, and count no longer among those who share."""

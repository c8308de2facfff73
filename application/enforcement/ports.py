"""What enforcement needs of the world outside."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol
from uuid import UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class Release:
    """A news release at a moment. `roots` are the products it concerns; empty: all of them."""

    at: datetime
    name: str
    roots: frozenset[str] = frozenset()

    def concerns(self, roots: Sequence[str]) -> bool:
        """Whether any of these products is one of the release's."""
        return not self.roots or not self.roots.isdisjoint(roots)


class Releases(Protocol):
    """The calendar of news releases."""

    def between(self, begins: datetime, ends: datetime) -> Sequence[Release]:
        """All releases from `begins` to `ends`, both inclusive, in order of time."""


class TradingPlatform(Protocol):
    """Where the firm's accounts are traded. Every order may come more than once.

    Orders under one `key` are one order; `reason` is a sentence for people. They raise
    PlatformUnavailable when it may be tried again, and PlatformRefused when that is of no use.
    """

    def flatten(self, account_id: UUID, *, key: str, reason: str) -> None:
        """Cancel the account's orders and close its positions at the market."""

    def lock_until(self, account_id: UUID, *, until: datetime, key: str, reason: str) -> None:
        """Let the account open nothing before `until`."""

    def disable(self, account_id: UUID, *, key: str, reason: str) -> None:
        """Let the account open nothing ever again."""


@dataclass(frozen=True, slots=True)
class NoReleases(Releases):
    """A calendar with nothing in it: no pack's news window ever opens."""

    known: Sequence[Release] = ()

    def between(self, begins: datetime, ends: datetime) -> Sequence[Release]:
        """Those that it was given, if any."""
        return [each for each in self.known if begins <= each.at <= ends]


@dataclass(frozen=True, slots=True, kw_only=True)
class Effect:
    """One order to the platform, by one policy for one event: at most one for the two of them."""

    policy: str
    event_id: UUID
    account_id: UUID
    action: str
    payload: Mapping[str, str]

    @property
    def key(self) -> str:
        """Under which the platform knows the order however often it comes."""
        return f"{self.policy}:{self.event_id}"

"""What the engine needs: the stream, the leases on its partitions, the accounts, its own notes."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol, TypeAlias
from uuid import UUID

from application.leasing import ports as leasing
from application.marks.facts import AccountFacts
from application.marks.mark import Delivery, Mark, Refusal
from domain.market.releases import Release


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One batch of marks as it came: (account, at, open profit) each, in the units of `Mark`.

    `arrived_at` is microseconds since 1970, when the stream took it in. `malformed` counts what
    could not be read.
    """

    partition: int
    id: str
    arrived_at: int
    marks: Sequence[tuple[bytes, int, int]]
    malformed: int = 0
    delivery: Delivery = Delivery.FIRST


Refusals: TypeAlias = Mapping[Refusal, tuple[int, Mark | None]]
"""How many were refused for each reason, and the last one as example."""


class MarkStream(Protocol):
    """The partitions of the stream, as one member of the consumer group sees them."""

    def read(self, partitions: Sequence[int], *, wait_ms: int) -> Sequence[Entry]:
        """What nobody has read yet, waited for at most so long; empty when there is nothing."""

    def claim(self, partition: int) -> Sequence[Entry]:
        """What others have read and never acknowledged; from here on it is this member's."""

    def strays(self, partition: int, *, but: Collection[str], limit: int) -> Sequence[Entry]:
        """What others read and have not acknowledged although it is no longer theirs, at most so
        many; from here on it is this member's. `but` are ids of what this member has in hand.
        """

    def recent(self, partition: int, *, since: int) -> Iterable[Entry]:
        """What arrived since then and was acknowledged, as far as it is still kept."""

    def acknowledge(self, entries: Sequence[Entry]) -> None:
        """These are done with for good."""

    def trim(self, partition: int) -> None:
        """Let go of what was acknowledged long enough ago."""


class Leases(leasing.Leases[int], Protocol):
    """Who owns which partition of the marks."""

    def told(self, partitions: Mapping[int, int], *, until: datetime) -> None:
        """Note that the deadlines up to this moment were told to the accounts of these."""

    def told_until(self, partition: int) -> datetime | None:
        """What was noted last, by whoever owned it; None when nothing ever was."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MarkState:
    """Whether the open profit of an account with open positions is known.

    Known while `unknown_since` is None. `unclosed_day` is a trading day that waits for a mark.
    """

    account_id: UUID
    last_mark_at: datetime | None
    unknown_since: datetime | None
    unclosed_day: str | None = None


class EngineNotes(Protocol):
    """What the engine writes down for people."""

    def count(
        self, partition: int, epoch: int, entries: Mapping[str, Refusals], *, at: datetime
    ) -> None:
        """Add to the refusals of a day what was refused of each entry, by its id.

        An entry that was counted before is not counted again, and nothing is when the partition has
        another owner by now.
        """

    def forget_entries(self, partition: int, epoch: int, *, but: Collection[str]) -> None:
        """Forget that entries were counted, but for those that may be delivered again."""

    def states(self, partitions: Iterable[int]) -> Sequence[MarkState]:
        """What was noted of the accounts of these partitions."""

    def note(self, partition: int, epoch: int, states: Sequence[MarkState]) -> None:
        """Note states, unless the partition has another owner by now."""

    def forget(self, partition: int, epoch: int, accounts: Sequence[UUID]) -> None:
        """Drop the states of accounts that are flat, unless the partition has another owner."""


class Releases(Protocol):
    """The firm's news calendar."""

    def standing(self, begins: datetime, ends: datetime) -> Sequence[Release]:
        """Releases of high impact from `begins` to `ends`, both inclusive, in order of time, but
        for those that were withdrawn. Raises LedgerUnavailable.
        """


class Standings(Protocol):
    """The accounts that may be judged, as the read models show them."""

    def position(self) -> int:
        """How far the read model is."""

    def alive(self) -> Iterable[AccountFacts]:
        """Every account that is not over, or whose last day is not closed."""

    def changed(self, *, after: int) -> tuple[Sequence[AccountFacts], int]:
        """Accounts that changed after a position, and the position this is true of."""

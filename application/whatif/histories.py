"""Where histories come from: the log, as it stood at one position."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol
from uuid import UUID

from domain.accounts.events import AccountEvent


@dataclass(frozen=True, slots=True)
class AccountFound:
    """An account of the log, and how many events it has."""

    account_id: UUID
    events: int


@dataclass(frozen=True, slots=True)
class AccountHistory:
    """All events of one account by version, and the `ledger_seq` of each."""

    account_id: UUID
    events: Sequence[AccountEvent]
    seqs: Sequence[int]


class Histories(Protocol):
    """Reads whole histories. Nothing is ever written through it."""

    def head(self) -> int:
        """The last `ledger_seq`; 0 for an empty log."""

    def find(
        self, *, account: UUID | None, plan: str | None, last_seq: int
    ) -> Sequence[AccountFound]:
        """The accounts of the log up to `last_seq`, by identifier; of one plan, or just one."""

    def read(self, accounts: Sequence[UUID], *, last_seq: int) -> Iterator[AccountHistory]:
        """The histories of these accounts up to `last_seq`, by identifier, one after the other."""

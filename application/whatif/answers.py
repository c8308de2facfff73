"""What a question came to for one account."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal, TypeAlias
from uuid import UUID

from application.whatif.flips import Change
from application.whatif.outcomes import Kind
from domain.accounts.counterfactuals.asking import Doubt, Reason
from domain.accounts.state import Status

StatusTold: TypeAlias = Status | Literal["unknown"]
KindTold: TypeAlias = Kind | Literal["status"]


@dataclass(frozen=True, slots=True)
class Report:
    """An event of the recorded history that something follows from."""

    ledger_seq: int
    event_type: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """Money at the end, in units of 1/10,000 dollar; payouts are those that were let through.

    `balance` and `net_profit` are None where they cannot be known.
    """

    balance: int | None
    net_profit: int | None
    payouts: int
    paid: int
    trader_share: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """A flip in words, with the event that flips it.

    `name` is a rule, a payout's id, or empty. `amount` and `trader_share` are differences of
    payouts, after less before. `certain` is False after something unknown.
    """

    kind: KindTold
    change: Change
    name: str
    report: Report
    certain: bool
    trading_day: date | None = None
    subject: str | None = None
    before_at: datetime | None = None
    after_at: datetime | None = None
    before: str | None = None
    after: str | None = None
    amount: int | None = None
    trader_share: int | None = None


@dataclass(frozen=True, slots=True)
class RefusedReport:
    """A report that the account does not take in any more, and why."""

    report: Report
    code: str
    sentence: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """One account, as it was and as it would be.

    `lives_on`: it failed, its history ends there, and now it has not failed. `ignored` are reports
    after an earlier end. `counted` and `refusal_count` count those, too, that are not
    listed.
    `doubts` say from which event on something cannot be known. `pack_hashes` are the packs that it
    was opened under and moved to, in order; it is judged by them again unless a pack is named.
    """

    account_id: UUID
    plan: str
    pack_hashes: tuple[str, ...]
    events: int
    status_before: Status
    status_after: StatusTold
    lives_on: bool
    before: Figures
    after: Figures
    flips: Sequence[Told]
    counted: Mapping[tuple[KindTold, Change], int]
    refused: Sequence[RefusedReport]
    refusal_count: int
    ignored: int
    left_out: Sequence[tuple[str, Reason]]
    left_out_count: int
    doubts: Mapping[Doubt, Report]

    @property
    def flip_count(self) -> int:
        """All flips, listed or not."""
        return sum(self.counted.values())

    @property
    def pack_hash(self) -> str:
        """The pack that the account was opened under."""
        return self.pack_hashes[0]

    @property
    def changed(self) -> bool:
        """Whether there is anything to tell."""
        return bool(self.counted or self.refusal_count or self.doubts) or self.before != self.after

"""What came of an import."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import date
from typing import Literal

from application.imports.reading import RowFault
from domain.accounts.account import TradingAccount
from domain.accounts.state import Status
from domain.money import USD, ZERO


@dataclass(slots=True, kw_only=True)
class Tally:
    """Counts of some rows, to be added up. `days` are the trading days that rows belong to."""

    taken: int = 0
    already_recorded: int = 0
    after_end: int = 0
    violations: int = 0
    gross: USD = ZERO
    fees: USD = ZERO
    refused: list[RowFault] = field(default_factory=list)
    closed_days: list[date] = field(default_factory=list)
    days: set[date] = field(default_factory=set)
    failed_at: str | None = None
    position: int | None = None

    def add(self, other: Tally) -> None:
        """Take in the counts of the rows that came next."""
        self.taken += other.taken
        self.already_recorded += other.already_recorded
        self.after_end += other.after_end
        self.violations += other.violations
        self.gross += other.gross
        self.fees += other.fees
        self.refused += other.refused
        self.closed_days += other.closed_days
        self.days |= other.days
        self.failed_at = self.failed_at or other.failed_at
        self.position = other.position or self.position


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportOutcome:
    """What an import did, or would do: `effect` says which. "withheld" wrote nothing, being strict.

    `taken` are trades new to the account, `gross` and `fees` their money, `violations` and
    `closed_days` what followed. `after_end` rows are later than the failure of the account;
    `failed_at` is the trade that failed it, if this import brought it. `position` is the
    `ledger_seq` of the last event written. `status` and `balance` are the account's after all that.
    """

    effect: Literal["booked", "rehearsed", "withheld"]
    taken: int
    already_recorded: int
    refused: tuple[RowFault, ...]
    after_end: int
    violations: int
    gross: USD
    fees: USD
    closed_days: tuple[date, ...]
    failed_at: str | None
    ended_by: str | None
    position: int | None
    version: int
    status: Status
    balance: USD

    @property
    def imported(self) -> int:
        """How many trades are in the log by this import."""
        return self.taken if self.effect == "booked" else 0

    def withheld(self) -> ImportOutcome:
        """The same, written nowhere because a row is bad."""
        return replace(self, effect="withheld")


def outcome_of(tally: Tally, account: TradingAccount, *, written: bool) -> ImportOutcome:
    """The outcome, once all rows have been carried to the account."""
    state = account.state
    return ImportOutcome(
        effect="booked" if written else "rehearsed",
        taken=tally.taken,
        already_recorded=tally.already_recorded,
        refused=tuple(tally.refused),
        after_end=tally.after_end,
        violations=tally.violations,
        gross=tally.gross,
        fees=tally.fees,
        closed_days=tuple(tally.closed_days),
        failed_at=tally.failed_at,
        ended_by=state.ended_by,
        position=tally.position,
        version=account.version,
        status=state.status,
        balance=state.balance,
    )

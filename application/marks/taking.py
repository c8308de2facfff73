"""Telling an account its marks: load once, let it take each, save once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from application.ledger import Ledger, Receipt
from application.marks.mark import Mark, Refusal, moment_of
from domain.accounts.account import TradingAccount
from domain.accounts.errors import AccountEnded, BeforeOpening, TradingDayClosed
from domain.errors import DomainError
from domain.money import USD


@dataclass(frozen=True, slots=True, kw_only=True)
class TakeMarks:
    """Take in several marks of one account, oldest first, decided on one version."""

    account_id: UUID
    marks: Sequence[Mark]
    expected_version: int | None


class TakingMarks:
    """The handler of `TakeMarks`. What the account refuses is kept for the count, not raised.

    `account` and `refused` are those of the last attempt. Taken twice, a mark lies within the
    extremes that its first time has set, so that it changes nothing.
    """

    def __init__(self) -> None:
        self.account: TradingAccount | None = None
        self.refused: list[tuple[Mark, Refusal]] = []

    def __call__(self, command: TakeMarks, ledger: Ledger) -> Receipt:
        """Load, decide, save."""
        account = ledger.load(
            TradingAccount, command.account_id, expected_version=command.expected_version
        )
        self.account, self.refused = account, []
        for mark in command.marks:
            try:
                account.mark_equity(open_pnl=USD(mark.open_pnl), at=moment_of(mark.at))
            except DomainError as refusal:
                self.refused.append((mark, reason_of(refusal)))
        return ledger.save(account)


def reason_of(refusal: DomainError) -> Refusal:
    """Under which reason an account's own refusal of a mark is counted."""
    match refusal:
        case AccountEnded():
            return "ended"
        case TradingDayClosed():
            return "day_closed"
        case BeforeOpening():
            return "before_opening"
        case _:
            return "refused"

"""The commands of a book on an aggregate in hand: no ledger, no database."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeAlias, assert_never, cast

from application.accounts.commands import (
    CloseDay,
    CorrectExecution,
    DecideRevision,
    MarkEquity,
    NoteRelease,
    OpenAccount,
    RecordFill,
    RecordTrade,
    VoidExecution,
)
from application.accounts.moving import MoveAccount
from application.accounts.payout_commands import (
    ApprovePayout,
    CancelPayout,
    PayPayout,
    RejectPayout,
    RequestPayout,
)
from domain.accounts.account import TradingAccount
from domain.accounts.correcting import History
from domain.accounts.events import AccountEvent

_PayoutCommand: TypeAlias = RequestPayout | ApprovePayout | RejectPayout | CancelPayout | PayPayout
_ReportCommand: TypeAlias = (
    RecordTrade | RecordFill | VoidExecution | CorrectExecution | MarkEquity | CloseDay
)
AccountCommand: TypeAlias = (
    OpenAccount | _ReportCommand | NoteRelease | DecideRevision | MoveAccount | _PayoutCommand
)
"""Every command that a simulated platform, desk or trader sends."""


def opened(command: OpenAccount) -> TradingAccount:
    """The account that the first command of a history opens."""
    return TradingAccount.open(
        account_id=command.account_id,
        trader_id=command.trader_id,
        plan=command.plan,
        pack=command.pack,
        at=command.at,
    )


def drive(account: TradingAccount, command: AccountCommand, history: History | None = None) -> None:
    """Let the account decide on a command after the first, as its handler would.

    `history` gives all its events so far; they are the pending ones where it is left out.
    """
    past = history or (lambda: cast("Sequence[AccountEvent]", account.pending_events))
    match command:
        case OpenAccount():
            raise AssertionError("an account is opened once")
        case RequestPayout() | ApprovePayout() | RejectPayout() | CancelPayout() | PayPayout():
            _settle(account, command)
        case NoteRelease():
            account.note_release(command.release, at=command.at)
        case MoveAccount():
            account.change_pack(
                pack=command.pack, consent=command.consent, reason=command.reason, at=command.at
            )
        case DecideRevision():
            account.decide_revision(
                version=command.version,
                decision=command.decision,
                reason=command.reason,
                at=command.at,
            )
        case _:
            _report(account, command, past)


def _report(account: TradingAccount, command: _ReportCommand, past: History) -> None:
    match command:
        case RecordTrade():
            account.record_trade(command.trade, past)
        case RecordFill():
            account.record_fill(command.fill, past)
        case MarkEquity():
            account.mark_equity(open_pnl=command.open_pnl, at=command.at)
        case CloseDay():
            account.close_day(day=command.day, at=command.at, open_pnl=command.open_pnl)
        case VoidExecution():
            account.void(
                id=command.execution_id, at=command.at, reason=command.reason, history=past
            )
        case CorrectExecution():
            account.replace(command.corrected, reason=command.reason, history=past)
        case _:
            assert_never(command)


def _settle(account: TradingAccount, command: _PayoutCommand) -> None:
    payout_id, at = command.payout_id, command.at
    match command:
        case RequestPayout():
            account.request_payout(payout_id=payout_id, amount=command.amount, at=at)
        case ApprovePayout():
            account.approve_payout(payout_id=payout_id, at=at)
        case RejectPayout():
            account.reject_payout(payout_id=payout_id, grounds=command.grounds, at=at)
        case CancelPayout():
            account.cancel_payout(payout_id=payout_id, at=at)
        case PayPayout():
            account.pay_payout(payout_id=payout_id, reference=command.reference, at=at)
        case _:
            assert_never(command)

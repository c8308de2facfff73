"""Load, decide, save: one function a command."""

from collections.abc import Sequence
from typing import cast
from uuid import UUID

from application.accounts.commands import (
    CloseDay,
    CorrectExecution,
    DecideRevision,
    MarkEquity,
    NoteRelease,
    OpenAccount,
    PassTime,
    RecordFill,
    RecordTrade,
    VoidExecution,
)
from application.accounts.errors import AccountIdTaken
from application.accounts.timekeeping import in_time
from application.errors import StreamNotFound
from application.ledger import Ledger, Receipt
from domain.accounts.account import TradingAccount
from domain.accounts.correcting import History
from domain.accounts.events import AccountEvent


def open_account(command: OpenAccount, ledger: Ledger) -> Receipt:
    """Open an account; its id must be new. Refuses with AccountIdTaken."""
    if _is_open(command.account_id, ledger):
        raise AccountIdTaken(
            f"The account {command.account_id} exists already; leave the id out for a new one.",
            account_id=str(command.account_id),
        )
    account = TradingAccount.open(
        account_id=command.account_id,
        trader_id=command.trader_id,
        plan=command.plan,
        pack=command.pack,
        at=command.at,
    )
    return ledger.save(account)


def record_trade(command: RecordTrade, ledger: Ledger) -> Receipt:
    """Book a closed trade and judge it; one of a closed day corrects the history. Repeating a
    `trade_id` changes nothing.
    """
    account = ledger.load(
        TradingAccount, command.account_id, expected_version=command.expected_version
    )
    with in_time(account, ledger):
        account.record_trade(command.trade, _history(account, ledger))
    return ledger.save(account)


def record_fill(command: RecordFill, ledger: Ledger) -> Receipt:
    """Book an execution and judge it; one of a closed day corrects the history. Repeating a
    `fill_id` changes nothing.
    """
    account = ledger.load(
        TradingAccount, command.account_id, expected_version=command.expected_version
    )
    with in_time(account, ledger):
        account.record_fill(command.fill, _history(account, ledger))
    return ledger.save(account)


def mark_equity(command: MarkEquity, ledger: Ledger) -> Receipt:
    """Take in a mark: a fact only at a new high, a new low or a crossing."""
    account = ledger.load(
        TradingAccount, command.account_id, expected_version=command.expected_version
    )
    with in_time(account, ledger):
        account.mark_equity(open_pnl=command.open_pnl, at=command.at)
    return ledger.save(account)


def pass_time(command: PassTime, ledger: Ledger) -> Receipt:
    """Let time pass on an account. What has passed before changes nothing."""
    account = ledger.load(
        TradingAccount, command.account_id, expected_version=command.expected_version
    )
    account.pass_time(command.at)
    return ledger.save(account)


def note_release(command: NoteRelease, ledger: Ledger) -> Receipt:
    """Tell an account of scheduled news. Telling it again changes nothing."""
    account = ledger.load(
        TradingAccount, command.account_id, expected_version=command.expected_version
    )
    with in_time(account, ledger):
        account.note_release(command.release, at=command.at)
    return ledger.save(account)


def close_day(command: CloseDay, ledger: Ledger) -> Receipt:
    """End a trading day. Closing it again changes nothing."""
    account = ledger.load(
        TradingAccount, command.account_id, expected_version=command.expected_version
    )
    with in_time(account, ledger):
        account.close_day(day=command.day, at=command.at, open_pnl=command.open_pnl)
    return ledger.save(account)


def void_execution(command: VoidExecution, ledger: Ledger) -> Receipt:
    """Take back a trade or fill of any day. Doing so again changes nothing."""
    account = ledger.load(
        TradingAccount, command.account_id, expected_version=command.expected_version
    )
    with in_time(account, ledger):
        account.void(
            id=command.execution_id,
            at=command.at,
            reason=command.reason,
            history=_history(account, ledger),
        )
    return ledger.save(account)


def correct_execution(command: CorrectExecution, ledger: Ledger) -> Receipt:
    """Put other facts in place of a trade or fill. The same facts again change nothing."""
    account = ledger.load(
        TradingAccount, command.account_id, expected_version=command.expected_version
    )
    account.replace(command.corrected, reason=command.reason, history=_history(account, ledger))
    return ledger.save(account)


def decide_revision(command: DecideRevision, ledger: Ledger) -> Receipt:
    """Apply or dismiss a revised outcome. The same decision again changes nothing."""
    account = ledger.load(
        TradingAccount, command.account_id, expected_version=command.expected_version
    )
    account.decide_revision(
        version=command.version,
        decision=command.decision,
        reason=command.reason,
        at=command.at,
    )
    return ledger.save(account)


def _history(account: TradingAccount, ledger: Ledger) -> History:
    return lambda: cast("Sequence[AccountEvent]", ledger.history(account))


def _is_open(account_id: UUID, ledger: Ledger) -> bool:
    try:
        ledger.load(TradingAccount, account_id)
    except StreamNotFound:
        return False
    return True

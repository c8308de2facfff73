"""The commands of a book on an aggregate in hand: no ledger, no database."""

from __future__ import annotations

from typing import TypeAlias, assert_never

from application.accounts.commands import (
    CloseDay,
    MarkEquity,
    OpenAccount,
    RecordFill,
    RecordTrade,
    VoidExecution,
)
from domain.accounts.account import TradingAccount

AccountCommand: TypeAlias = (
    OpenAccount | RecordTrade | RecordFill | MarkEquity | CloseDay | VoidExecution
)
"""Every command that a simulated platform sends."""


def opened(command: OpenAccount) -> TradingAccount:
    """The account that the first command of a history opens."""
    return TradingAccount.open(
        account_id=command.account_id,
        trader_id=command.trader_id,
        plan=command.plan,
        pack=command.pack,
        at=command.at,
    )


def drive(account: TradingAccount, command: AccountCommand) -> None:
    """Let the account decide on a command after the first, as its handler would."""
    match command:
        case RecordTrade():
            account.record_trade(command.trade)
        case RecordFill():
            account.record_fill(command.fill)
        case MarkEquity():
            account.mark_equity(open_pnl=command.open_pnl, at=command.at)
        case CloseDay():
            account.close_day(day=command.day, at=command.at, open_pnl=command.open_pnl)
        case VoidExecution():
            account.void(id=command.execution_id, at=command.at, reason=command.reason)
        case OpenAccount():
            raise AssertionError("an account is opened once")
        case _:
            assert_never(command)

"""What can be told to an account: trades, fills, marks, the end of a day, what is taken back."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from fastapi import APIRouter

from application.accounts import handlers
from application.accounts.commands import (
    CloseDay,
    MarkEquity,
    PassTime,
    RecordFill,
    RecordTrade,
    VoidExecution,
)
from application.accounts.errors import TimeToCome
from domain.accounts.executions import Fill, Trade
from domain.market.contracts import contract_of
from interfaces.http.command_models import (
    CloseIn,
    EquityMarkIn,
    FillIn,
    TimeIn,
    TradeIn,
    VoidIn,
)
from interfaces.http.commanding import ReceiptOut, TheCounter, at_unstated, pointing_at
from interfaces.http.fields import AccountId
from interfaces.http.guard import guarded_router
from interfaces.http.idempotency import COMMANDS
from interfaces.http.problem_models import refusals

router: APIRouter = guarded_router(tag="commands")

CLOCKS_DIFFER: Final = timedelta(minutes=1)
"""How far ahead of ours the clock of a caller may be."""

TELLING = (
    "not-found", "stale-version", "write-conflict", "account-ended", "before-opening",
    "trading-day-closed", "calendar-not-loaded",
)  # fmt: skip
EXECUTIONS = (
    "already-recorded-differently", "too-many-executions", "history-too-long",
    "unknown-contract", "not-a-price", "price-off-tick", "quantity-out-of-range", "fees-negative",
)  # fmt: skip


@router.post(
    "/accounts/{account_id}/trades",
    status_code=202,
    summary="Record a trade",
    responses=refusals(*TELLING, *EXECUTIONS, "exit-before-entry", *COMMANDS),
)
def record_trade(account_id: AccountId, trade: TradeIn, counter: TheCounter) -> ReceiptOut:
    """Book a closed round trip and judge it. Sending the same `trade_id` again is harmless.

    One of a closed trading day corrects the history: figures are restated, and an outcome that
    would have been another one awaits a person.
    """
    command = RecordTrade(
        account_id=account_id,
        trade=trade_told(trade),
        expected_version=counter.expected_version,
    )
    return counter.hand_in(handlers.record_trade, command)


@router.post(
    "/accounts/{account_id}/fills",
    status_code=202,
    summary="Record a fill",
    responses=refusals(*TELLING, *EXECUTIONS, *COMMANDS),
)
def record_fill(account_id: AccountId, fill: FillIn, counter: TheCounter) -> ReceiptOut:
    """Book one execution, first in first out. Sending the same `fill_id` again is harmless.

    One of a closed trading day corrects the history, as a trade does.
    """
    command = RecordFill(
        account_id=account_id,
        fill=fill_told(fill),
        expected_version=counter.expected_version,
    )
    return counter.hand_in(handlers.record_fill, command)


@router.post(
    "/accounts/{account_id}/equity-marks",
    status_code=202,
    summary="Record an equity mark",
    responses=refusals(*TELLING, *COMMANDS),
)
def mark_equity(account_id: AccountId, mark: EquityMarkIn, counter: TheCounter) -> ReceiptOut:
    """Tell the open profit of a moment. Only a new high, a new low or a crossing is recorded."""
    command = MarkEquity(
        account_id=account_id,
        open_pnl=mark.open_pnl.usd(),
        at=mark.marked_at,
        expected_version=counter.expected_version,
    )
    return counter.hand_in(handlers.mark_equity, command)


@router.post(
    "/accounts/{account_id}/time",
    status_code=202,
    summary="Let time pass",
    responses=refusals(
        "not-found", "stale-version", "write-conflict", "calendar-not-loaded", "time-to-come",
        *COMMANDS,
    ),
)  # fmt: skip
def pass_time(account_id: AccountId, time: TimeIn, counter: TheCounter) -> ReceiptOut:
    """Pronounce what time alone has broken: a deadline, a window of news, too many idle days. Days
    that are over end. Telling the same time again, or an earlier one, is harmless.
    """
    now = counter.desk.clock()
    at = time.passed_at or now
    _insist_it_has_come(at, now=now)
    command = PassTime(account_id=account_id, at=at, expected_version=counter.expected_version)
    stated = command if time.passed_at else at_unstated(command)
    return counter.hand_in(handlers.pass_time, command, stated=stated)


@router.post(
    "/accounts/{account_id}/closes",
    status_code=202,
    summary="Close a trading day",
    responses=refusals(*TELLING, "day-not-over", "not-a-trading-day", *COMMANDS),
)
def close_day(account_id: AccountId, close: CloseIn, counter: TheCounter) -> ReceiptOut:
    """End a trading day whose session is over. Closing it again is harmless."""
    command = CloseDay(
        account_id=account_id,
        day=close.trading_day,
        at=counter.desk.clock(),
        open_pnl=close.open_pnl.usd() if close.open_pnl else None,
        expected_version=counter.expected_version,
    )
    return counter.hand_in(handlers.close_day, command, stated=at_unstated(command))


@router.post(
    "/accounts/{account_id}/voids",
    status_code=202,
    summary="Take back a trade or a fill",
    responses=refusals(*TELLING, "nothing-to-void", "history-too-long", *COMMANDS),
)
def void_execution(account_id: AccountId, void: VoidIn, counter: TheCounter) -> ReceiptOut:
    """Take a trade or fill of any day back. Doing so again is harmless.

    One of a closed day, or one that a verdict may rest on, corrects the history.
    """
    command = VoidExecution(
        account_id=account_id,
        execution_id=void.execution_id,
        at=void.voided_at or counter.desk.clock(),
        reason=void.reason,
        expected_version=counter.expected_version,
    )
    stated = command if void.voided_at else at_unstated(command)
    return counter.hand_in(handlers.void_execution, command, stated=stated, reason=void.reason)


def trade_told(trade: TradeIn) -> Trade:
    """The round trip of a body, checked against its contract."""
    contract = contract_of(trade.symbol)
    with pointing_at("/entry_price"):
        entry_price = contract.price(trade.entry_price)
    with pointing_at("/exit_price"):
        exit_price = contract.price(trade.exit_price)
    return Trade.of(
        trade_id=trade.trade_id,
        symbol=trade.symbol,
        side=trade.side,
        quantity=trade.quantity,
        entry_price=entry_price,
        exit_price=exit_price,
        fees=trade.fees.usd(),
        entered_at=trade.entered_at,
        exited_at=trade.exited_at,
        reported=trade.reported.usd() if trade.reported else None,
    )


def fill_told(fill: FillIn) -> Fill:
    """The execution of a body, checked against its contract."""
    contract = contract_of(fill.symbol)
    with pointing_at("/price"):
        price = contract.price(fill.price)
    return Fill.of(
        fill_id=fill.fill_id,
        symbol=fill.symbol,
        action=fill.action,
        quantity=fill.quantity,
        price=price,
        fees=fill.fees.usd(),
        executed_at=fill.executed_at,
    )


def _insist_it_has_come(at: datetime, *, now: datetime) -> None:
    """What time has broken cannot be taken back, so a time that is only claimed is refused."""
    if at > now + CLOCKS_DIFFER:
        raise TimeToCome(
            f"It is {now.isoformat()} here, and {at.isoformat()} has not come yet; check the clock,"
            " or leave the time out.",
            now=now.isoformat(),
        )

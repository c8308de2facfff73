"""How trades, fills and day results change balance, positions and the session, and how they are
taken back.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from domain.accounts.events import (
    FillRecorded,
    FillVoided,
    ResultRecorded,
    TradeRecorded,
    TradeVoided,
)
from domain.accounts.positions import Lot, match_fill
from domain.accounts.sessions import (
    count_traded_day,
    note_equity,
    session_of,
    uncount_traded_day,
)
from domain.accounts.state import KNOWN_MAX, RECENT_TRADES_MAX, AccountState, Execution
from domain.market.calendar import trading_day_of
from domain.market.contracts import contract_of
from domain.money import USD, ZERO


def book_trade(state: AccountState, event: TradeRecorded) -> None:
    """A round trip is booked whole when it closes."""
    direction = 1 if event.side == "long" else -1
    execution = Execution(
        id=event.trade_id,
        kind="trade",
        symbol=event.symbol,
        root=event.root,
        quantity=direction * event.quantity,
        price=event.exit_price,
        net=USD(event.gross_units - event.fees_units),
        fees=USD(event.fees_units),
        opened_at=event.entered_at,
        at=event.exited_at,
    )
    session_of(state, event.trading_day)
    _book(state, execution, event)
    state.recent_trades = [*state.recent_trades[-(RECENT_TRADES_MAX - 1) :], execution]
    _settle_mark(state)
    note_equity(state, event.originator_version)


def book_fill(state: AccountState, event: FillRecorded) -> None:
    """An execution moves the position and realises what it closed."""
    signed = event.quantity if event.action == "buy" else -event.quantity
    execution = Execution(
        id=event.fill_id,
        kind="fill",
        symbol=event.symbol,
        root=event.root,
        quantity=signed,
        price=event.price,
        net=USD(event.realised_units - event.fees_units),
        fees=USD(event.fees_units),
        opened_at=event.executed_at,
        at=event.executed_at,
    )
    session_of(state, event.trading_day)
    _book(state, execution, event)
    matched = match_fill(
        state.lots,
        symbol=event.symbol,
        signed_quantity=signed,
        price=event.price,
        at=event.executed_at,
    )
    state.lots = matched.lots
    _settle_mark(state, fill=event)
    note_equity(state, event.originator_version)


def book_result(state: AccountState, event: ResultRecorded) -> None:
    """A day's net result stands for trades that the source does not show."""
    execution = Execution(
        id=event.result_id,
        kind="result",
        symbol="",
        root="",
        quantity=0,
        price=Decimal(0),
        net=USD(event.net_units),
        fees=ZERO,
        opened_at=event.timestamp,
        at=event.timestamp,
    )
    session_of(state, event.trading_day)
    _book(state, execution, event)
    _settle_mark(state)
    note_equity(state, event.originator_version)


def void_trade(state: AccountState, event: TradeVoided) -> None:
    """Take a trade of the session back."""
    taken = _take_back(state, event.trade_id, "trade")
    for day in _days_of(taken, booked_in=event.trading_day):
        uncount_traded_day(state, day)
    state.recent_trades = [each for each in state.recent_trades if each.id != event.trade_id]
    state.balance -= USD(event.net_units)
    remember(state, event.natural_key, event.reason)
    _settle_mark(state)
    note_equity(state, event.originator_version)


def void_fill(state: AccountState, event: FillVoided) -> None:
    """Take a fill of the session back and match the rest of the day anew."""
    _take_back(state, event.fill_id, "fill")
    uncount_traded_day(state, event.trading_day)
    state.lots = replay_lots(state)
    state.balance -= USD(event.net_units)
    remember(state, event.natural_key, event.reason)
    _settle_mark(state)
    note_equity(state, event.originator_version)


def replay_lots(state: AccountState, *, without: str | None = None) -> tuple[Lot, ...]:
    """The lots that the session's fills leave, the one named left out."""
    return replay_fills(state, without=without)[0]


def replay_fills(state: AccountState, *, without: str | None) -> tuple[tuple[Lot, ...], USD]:
    """Lots and net money of the session's fills, the one named left out."""
    if state.session is None:
        return state.lots, ZERO
    lots, net = state.session.opening_lots, ZERO
    for each in state.session.executions:
        if each.kind != "fill" or each.id == without:
            continue
        matched = match_fill(
            lots, symbol=each.symbol, signed_quantity=each.quantity, price=each.price, at=each.at
        )
        lots, net = matched.lots, net + matched.realised - each.fees
    return lots, net


def remember(state: AccountState, key: str, fingerprint: str) -> None:
    """Keep an identifier, and let the oldest go beyond the limit."""
    state.known[key] = fingerprint
    while len(state.known) > KNOWN_MAX:
        del state.known[next(iter(state.known))]


def _book(
    state: AccountState, execution: Execution, event: TradeRecorded | FillRecorded | ResultRecorded
) -> None:
    assert state.session is not None, "a session was begun"
    state.session.executions.append(execution)
    state.balance += execution.net
    for day in _days_of(execution, booked_in=event.trading_day):
        count_traded_day(state, day)
    remember(state, event.natural_key, event.fingerprint)


def _days_of(execution: Execution, *, booked_in: date) -> tuple[date, ...]:
    """The day a position was opened in, and the day it was closed in."""
    opened_in = trading_day_of(execution.opened_at)
    return (booked_in,) if opened_in >= booked_in else (opened_in, booked_in)


def _take_back(state: AccountState, id: str, kind: str) -> Execution:
    assert state.session is not None, "only what the open day holds is taken back"
    executions = state.session.executions
    at = next(n for n, each in enumerate(executions) if (each.id, each.kind) == (id, kind))
    return executions.pop(at)


def _settle_mark(state: AccountState, *, fill: FillRecorded | None = None) -> None:
    """After an execution the open profit last told is no longer what is open.

    Flat: nothing is open. When the fill was of the only series that is still open, its price is the
    market, and the lots are worth what that says. Else the mark is old: it is shown, and nothing
    is judged by it until the next one.
    """
    if not state.lots:
        state.mark, state.mark_is_old = None, False
    elif state.mark is not None:
        worth = _worth_at(state, fill) if fill else None
        state.mark_is_old = worth is None
        state.mark = state.mark if worth is None else worth


def _worth_at(state: AccountState, fill: FillRecorded) -> USD | None:
    """The open profit at a fill's price; None while another series is open."""
    contract, worth = contract_of(fill.symbol), ZERO
    for lot in state.lots:
        if lot.series != contract.series:
            return None
        worth += contract.profit(
            entry=lot.price, exit_price=fill.price, signed_quantity=lot.quantity
        )
    return worth

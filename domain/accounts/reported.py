"""Trades and fills out of their events, checked and computed anew as when they were reported."""

from __future__ import annotations

from domain.accounts.events import FillRecorded, TradeRecorded
from domain.accounts.executions import Fill, Trade
from domain.money import USD


def trade_of(event: TradeRecorded) -> Trade:
    """The round trip that was reported."""
    return Trade.of(
        trade_id=event.trade_id,
        symbol=event.symbol,
        side=event.side,
        quantity=event.quantity,
        entry_price=event.entry_price,
        exit_price=event.exit_price,
        fees=USD(event.fees_units),
        entered_at=event.entered_at,
        exited_at=event.exited_at,
        source=event.source,
        reported=None if event.reported_units is None else USD(event.reported_units),
    )


def fill_of(event: FillRecorded) -> Fill:
    """The execution that was reported."""
    return Fill.of(
        fill_id=event.fill_id,
        symbol=event.symbol,
        action=event.action,
        quantity=event.quantity,
        price=event.price,
        fees=USD(event.fees_units),
        executed_at=event.executed_at,
        source=event.source,
    )

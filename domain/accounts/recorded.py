"""Trades and fills as their events have them, with nothing computed anew."""

from __future__ import annotations

from dataclasses import dataclass

from typing_extensions import override

from domain.accounts.events import FillRecorded, TradeRecorded
from domain.accounts.executions import Fill, Trade
from domain.money import USD


@dataclass(frozen=True, slots=True, kw_only=True)
class _KnownTrade(Trade):
    known: str

    @property
    @override
    def fingerprint(self) -> str:
        return self.known


@dataclass(frozen=True, slots=True, kw_only=True)
class _KnownFill(Fill):
    known: str

    @property
    @override
    def fingerprint(self) -> str:
        return self.known


def trade_recorded(event: TradeRecorded) -> Trade:
    """The trade of an event that was checked when it was recorded."""
    return _KnownTrade(
        trade_id=event.trade_id,
        symbol=event.symbol,
        root=event.root,
        side=event.side,
        quantity=event.quantity,
        entry_price=event.entry_price,
        exit_price=event.exit_price,
        gross=USD(event.gross_units),
        fees=USD(event.fees_units),
        entered_at=event.entered_at,
        exited_at=event.exited_at,
        source=event.source,
        reported=None if event.reported_units is None else USD(event.reported_units),
        known=event.fingerprint,
    )


def fill_recorded(event: FillRecorded) -> Fill:
    """The fill of an event that was checked when it was recorded."""
    return _KnownFill(
        fill_id=event.fill_id,
        symbol=event.symbol,
        root=event.root,
        action=event.action,
        quantity=event.quantity,
        price=event.price,
        fees=USD(event.fees_units),
        executed_at=event.executed_at,
        source=event.source,
        known=event.fingerprint,
    )

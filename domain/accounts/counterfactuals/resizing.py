"""One trade or fill with another quantity.

Fees are charged by the contract: the same part of them as of the contracts, rounded up to a unit,
so that a smaller size is never shown cheaper than it was.
"""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from typing import Any, TypeVar, cast

from domain.accounts.events import FillRecorded, TradeRecorded
from domain.accounts.executions import Fill, Trade
from domain.accounts.positions import Lot, match_fill
from domain.kernel import Event
from domain.money import USD

TEvent = TypeVar("TEvent", bound=Event)


def changed(event: TEvent, **facts: Any) -> TEvent:
    """The event with other facts."""
    return cast("TEvent", replace(cast("Any", event), **facts))


def fees_up(fees_units: int, part: Fraction) -> int:
    """The fees of a part of the contracts, rounded up to a unit."""
    return USD(fees_units).share_up(part).units


def resized_trade(event: TradeRecorded, quantity: int) -> TradeRecorded:
    """The same trade with fewer contracts; what its source claimed of the profit is dropped."""
    if quantity == event.quantity:
        return event
    fees = fees_up(event.fees_units, Fraction(quantity, event.quantity))
    trade = Trade.of(
        trade_id=event.trade_id,
        symbol=event.symbol,
        side=event.side,
        quantity=quantity,
        entry_price=event.entry_price,
        exit_price=event.exit_price,
        fees=USD(fees),
        entered_at=event.entered_at,
        exited_at=event.exited_at,
        source=event.source,
    )
    return changed(
        event,
        quantity=quantity,
        fees_units=fees,
        gross_units=trade.gross.units,
        reported_units=None,
        fingerprint=trade.fingerprint,
    )


def signed_quantity(event: FillRecorded) -> int:
    """Above zero for a purchase."""
    return event.quantity if event.action == "buy" else -event.quantity


class FillBook:
    """Takes fills in one after the other, and knows what each left open and realised."""

    def __init__(self) -> None:
        self.lots: tuple[Lot, ...] = ()

    def take(self, event: FillRecorded, signed: int) -> FillRecorded | None:
        """The fill with this signed quantity instead of its own; None for no contract at all."""
        if signed == 0:
            return None
        matched = match_fill(
            self.lots,
            symbol=event.symbol,
            signed_quantity=signed,
            price=event.price,
            at=event.executed_at,
        )
        self.lots = matched.lots
        fees = event.fees_units
        fingerprint = event.fingerprint
        if signed != signed_quantity(event):
            fees = fees_up(fees, Fraction(abs(signed), event.quantity))
            fingerprint = _fill(event, signed, fees).fingerprint
        return changed(
            event,
            quantity=abs(signed),
            fees_units=fees,
            realised_units=matched.realised.units,
            closed_quantity=matched.closed,
            fingerprint=fingerprint,
        )


def _fill(event: FillRecorded, signed: int, fees: int) -> Fill:
    assert (signed > 0) == (event.action == "buy"), "a fill keeps its direction"
    return Fill.of(
        fill_id=event.fill_id,
        symbol=event.symbol,
        action=event.action,
        quantity=abs(signed),
        price=event.price,
        fees=USD(fees),
        executed_at=event.executed_at,
        source=event.source,
    )

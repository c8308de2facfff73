"""A history at a smaller size.

A trade keeps the whole contracts of its part, rounded down. Fills are not scaled one by one, or
what was closed would not close: the position after each is scaled, rounded towards none, and the
fill is what leads from one to the next.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from fractions import Fraction

from domain.accounts.counterfactuals.asking import Reason
from domain.accounts.counterfactuals.resizing import FillBook, resized_trade, signed_quantity
from domain.accounts.events import (
    AccountEvent,
    FillRecorded,
    FillVoided,
    ResultRecorded,
    TradeRecorded,
    TradeVoided,
)
from domain.market.contracts import contract_of


def scaled(
    events: Sequence[AccountEvent | None], size: Fraction, left_out: dict[int, Reason]
) -> list[AccountEvent | None]:
    """The events with every execution at this size; notes in `left_out` what comes to nothing.

    A fill that was taken back later is left out whole, with its taking back. A day's result says
    nothing of contracts, so it cannot be scaled and is left out.
    """
    if size == 1:
        return list(events)
    sizing = _Sizing(events, size)
    found: list[AccountEvent | None] = []
    for place, event in enumerate(events):
        kept = sizing.of(event)
        if kept is None and event is not None and (reason := sizing.why_not(event)):
            left_out[place] = reason
        found.append(kept)
    return found


def scaled_position(quantity: int, size: Fraction) -> int:
    """Whole contracts, rounded towards none."""
    part = abs(quantity) * size.numerator // size.denominator
    return part if quantity > 0 else -part


class _Sizing:
    def __init__(self, events: Sequence[AccountEvent | None], size: Fraction) -> None:
        self._size = size
        self._taken_back = {each.fill_id for each in events if isinstance(each, FillVoided)}
        self._gone: set[str] = set()
        self._positions: dict[str, int] = defaultdict(int)
        self._book = FillBook()

    def of(self, event: AccountEvent | None) -> AccountEvent | None:
        match event:
            case TradeRecorded():
                return self._trade(event)
            case TradeVoided() if event.trade_id in self._gone:
                return None
            case FillRecorded():
                return self._fill(event)
            case FillVoided() | ResultRecorded():
                return None
            case _:
                return event

    def why_not(self, event: AccountEvent) -> Reason | None:
        match event:
            case ResultRecorded():
                return "result_without_trades"
            case FillRecorded() if event.fill_id in self._taken_back:
                return "taken_back"
            case FillRecorded() | TradeRecorded():
                return "rounds_to_nothing"
            case _:
                return None

    def _trade(self, event: TradeRecorded) -> TradeRecorded | None:
        quantity = scaled_position(event.quantity, self._size)
        if quantity == 0:
            self._gone.add(event.trade_id)
            return None
        return resized_trade(event, quantity)

    def _fill(self, event: FillRecorded) -> FillRecorded | None:
        if event.fill_id in self._taken_back:
            return None
        series = contract_of(event.symbol).series
        before = self._positions[series]
        after = self._positions[series] = before + signed_quantity(event)
        step = scaled_position(after, self._size) - scaled_position(before, self._size)
        return self._book.take(event, step)

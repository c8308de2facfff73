"""A history in which nothing is opened after the first loss of a trading day.

A loss is a closed trade, or a fill that closes, whose result net of fees is below zero. What was
open then stays, and is closed as it was closed.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from domain.accounts.counterfactuals.asking import Reason
from domain.accounts.counterfactuals.resizing import FillBook, signed_quantity
from domain.accounts.events import (
    AccountEvent,
    FillRecorded,
    FillVoided,
    TradeRecorded,
    TradeVoided,
)
from domain.market.calendar import trading_day_of
from domain.market.contracts import contract_of


def stopped(
    events: Sequence[AccountEvent | None], left_out: dict[int, Reason]
) -> list[AccountEvent | None]:
    """The events with everything left out that was opened after a day's first loss."""
    stopping = _Stopping(events)
    found = list(events)
    for place, event in _by_time(events):
        kept = stopping.of(event)
        if kept is None:
            left_out[place] = "after_the_first_loss"
        found[place] = kept
    if not stopping.cut:
        return list(events)
    for place, each in enumerate(events):
        match each:
            case TradeVoided() if each.trade_id in stopping.gone:
                found[place] = None
            case FillVoided() if each.fill_id in stopping.gone:
                found[place] = None
            case _:
                pass
    return found


def _by_time(
    events: Sequence[AccountEvent | None],
) -> Iterator[tuple[int, TradeRecorded | FillRecorded]]:
    """Executions by when they were done, which need not be when they were told."""
    found = [
        (place, each)
        for place, each in enumerate(events)
        if isinstance(each, TradeRecorded | FillRecorded)
    ]
    return iter(sorted(found, key=lambda item: (item[1].effective_at, item[0])))


@dataclass(slots=True)
class _Part:
    """Contracts that one fill opened, signed: how many are left, and how many of them are kept."""

    left: int
    kept: int


class _Stopping:
    def __init__(self, events: Sequence[AccountEvent | None]) -> None:
        self.gone: set[str] = set()
        self.cut = False
        self._taken_back = {each.fill_id for each in events if isinstance(each, FillVoided)}
        self._losses: dict[date, datetime] = {}
        self._parts: dict[str, list[_Part]] = {}
        self._book = FillBook()

    def of(self, event: TradeRecorded | FillRecorded) -> TradeRecorded | FillRecorded | None:
        kept = self._trade(event) if isinstance(event, TradeRecorded) else self._fill(event)
        self.cut = self.cut or kept is None or kept.quantity < event.quantity
        if kept is None:
            self.gone.add(event.trade_id if isinstance(event, TradeRecorded) else event.fill_id)
        return kept

    def _trade(self, event: TradeRecorded) -> TradeRecorded | None:
        if self._is_over(trading_day_of(event.entered_at), event.entered_at):
            return None
        if event.gross_units < event.fees_units:
            self._losses.setdefault(event.trading_day, event.exited_at)
        return event

    def _fill(self, event: FillRecorded) -> FillRecorded | None:
        opens = not self._is_over(event.trading_day, event.executed_at)
        if event.fill_id in self._taken_back:
            # It never was part of the position that the day's other fills make.
            return event if opens else None
        kept = self._book.take(event, self._kept(event, opens=opens))
        if kept and kept.closed_quantity and kept.realised_units < kept.fees_units:
            self._losses.setdefault(event.trading_day, event.executed_at)
        return kept

    def _is_over(self, day: date, at: datetime) -> bool:
        return day in self._losses and at >= self._losses[day]

    def _kept(self, event: FillRecorded, *, opens: bool) -> int:
        """What is left of a fill: it closes what was kept of what it closed, and opens or not."""
        parts = self._parts.setdefault(contract_of(event.symbol).series, [])
        left, kept = signed_quantity(event), 0
        direction = 1 if left > 0 else -1
        while left and parts and parts[0].left * left < 0:
            first = parts[0]
            taken = min(abs(left), abs(first.left))
            closed = min(taken, abs(first.kept))
            first.left += direction * taken
            first.kept += direction * closed
            left -= direction * taken
            kept += direction * closed
            if not first.left:
                parts.pop(0)
        if left:
            parts.append(_Part(left, left if opens else 0))
        return kept + (left if opens else 0)

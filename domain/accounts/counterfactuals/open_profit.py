"""Open profit in an altered history: scaled where that is exact, else not known.

Open profit is linear in contracts. Where all that was open at a moment became the same part of
itself, its open profit did so, too; where nothing is left of it, there is none. Anything else was
never observed, and no number is made up for it.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from fractions import Fraction

from domain.accounts.counterfactuals.asking import Altered, Doubt, Reason
from domain.accounts.counterfactuals.resizing import changed, signed_quantity
from domain.accounts.events import (
    AccountEvent,
    EquityMarked,
    FillRecorded,
    FillVoided,
    TradeRecorded,
    TradingDayClosed,
)
from domain.accounts.positions import Lot, match_fill
from domain.market.calendar import session_close


def with_open_profit(
    history: Sequence[AccountEvent],
    altered: Sequence[AccountEvent | None],
    *,
    size: Fraction,
    left_out: dict[int, Reason],
) -> Altered:
    """The altered executions with the marks and closes that belong to them."""
    observed = _OpenProfit(history, altered, size)
    found, doubts = list(altered), dict[Doubt, int]()
    for place, (event, kept) in enumerate(zip(history, altered, strict=True)):
        match event:
            case FillRecorded() | FillVoided():
                observed.take(event, kept)
            case EquityMarked() | TradingDayClosed() if kept is not None:
                part = observed.part_of(event)
                found[place] = _of_part(event, part)
                if part is None:
                    doubts.setdefault("open_profit", place)
            case _:
                pass
        if left_out.get(place) == "result_without_trades":
            doubts.setdefault("result_without_trades", place)
    resized = any(
        kept is not None and kept is not event and kept != event
        for event, kept in zip(history, altered, strict=True)
    )
    return Altered(events=tuple(found), left_out=left_out, resized=resized, doubts=doubts)


def _moment_of(event: EquityMarked | TradingDayClosed) -> datetime:
    return (
        event.effective_at if isinstance(event, EquityMarked) else session_close(event.trading_day)
    )


def _of_part(
    event: EquityMarked | TradingDayClosed, part: Fraction | None
) -> EquityMarked | TradingDayClosed | None:
    """The event with this part of its open profit, rounded down to a unit.

    A mark of nothing is no mark; a close stays, and carries over nothing.
    """
    if part == 1:
        return event
    if isinstance(event, EquityMarked) and not part:
        return None
    units = event.open_pnl_units * (part or Fraction(0))
    return changed(event, open_pnl_units=units.numerator // units.denominator)


@dataclass(frozen=True, slots=True)
class _Span:
    entered_at: datetime
    exited_at: datetime
    part: Fraction


class _OpenProfit:
    """Follows what was open, and what of it is open in the altered history."""

    def __init__(
        self,
        history: Sequence[AccountEvent],
        altered: Sequence[AccountEvent | None],
        size: Fraction,
    ) -> None:
        self._size = size
        self._spans = sorted(spans_of(history, altered), key=lambda span: span.entered_at)
        self._entries = [span.entered_at for span in self._spans]
        durations = [span.exited_at - span.entered_at for span in self._spans]
        self._longest = max(durations, default=timedelta(0))
        self._fills: list[FillRecorded] = []
        self._lots: tuple[Lot, ...] = ()
        self._kept_fills: list[FillRecorded] = []
        self._kept_lots: tuple[Lot, ...] = ()

    def take(self, event: FillRecorded | FillVoided, kept: AccountEvent | None) -> None:
        """The next fill, or taking back of one, as it was and as it is."""
        self._lots = _after(self._fills, self._lots, event)
        if isinstance(kept, FillRecorded | FillVoided):
            self._kept_lots = _after(self._kept_fills, self._kept_lots, kept)

    def part_of(self, event: EquityMarked | TradingDayClosed) -> Fraction | None:
        """What part of the open profit it tells is left of it; None when nobody can say."""
        parts = {span.part for span in self._open_at(event)}
        if self._lots or self._kept_lots:
            held = _part_of_lots(self._lots, self._kept_lots)
            if held is None:
                return None
            parts.add(held)
        if not parts and event.open_pnl_units:
            # Of something that was never reported: at another size it is not known.
            return Fraction(1) if self._size == 1 else None
        if len(parts) > 1:
            return None
        return parts.pop() if parts else Fraction(1)

    def _open_at(self, event: EquityMarked | TradingDayClosed) -> Iterator[_Span]:
        """At a mark, what was closed that moment may be in it; over a close, it is not."""
        at, over = _moment_of(event), isinstance(event, TradingDayClosed)
        for place in range(bisect_right(self._entries, at) - 1, -1, -1):
            span = self._spans[place]
            if span.entered_at + self._longest < at:
                return
            if span.exited_at > at or (span.exited_at == at and not over):
                yield span


def spans_of(
    history: Sequence[AccountEvent], altered: Sequence[AccountEvent | None]
) -> Iterator[_Span]:
    """Each round trip's time, and the part of it that is left."""
    for event, kept in zip(history, altered, strict=True):
        if isinstance(event, TradeRecorded):
            quantity = kept.quantity if isinstance(kept, TradeRecorded) else 0
            yield _Span(event.entered_at, event.exited_at, Fraction(quantity, event.quantity))


def _after(
    fills: list[FillRecorded], lots: tuple[Lot, ...], event: FillRecorded | FillVoided
) -> tuple[Lot, ...]:
    if isinstance(event, FillRecorded):
        fills.append(event)
        return _matched(lots, event)
    fills[:] = [each for each in fills if each.fill_id != event.fill_id]
    lots = ()
    for each in fills:
        lots = _matched(lots, each)
    return lots


def _matched(lots: tuple[Lot, ...], event: FillRecorded) -> tuple[Lot, ...]:
    return match_fill(
        lots,
        symbol=event.symbol,
        signed_quantity=signed_quantity(event),
        price=event.price,
        at=event.executed_at,
    ).lots


def _part_of_lots(lots: Sequence[Lot], kept: Sequence[Lot]) -> Fraction | None:
    """The part that is left of every position, at the same average price; None if they differ."""
    was, now = _positions(lots), _positions(kept)
    if not now:
        return Fraction(0)
    parts = set()
    for series, (quantity, cost) in was.items():
        left, left_cost = now.pop(series, (0, Fraction(0)))
        part = Fraction(left, quantity) if quantity else None
        if part is None or left_cost != part * cost:
            return None
        parts.add(part)
    return parts.pop() if len(parts) == 1 and not now else None


def _positions(lots: Sequence[Lot]) -> dict[str, tuple[int, Fraction]]:
    """By series: contracts, and what they cost in points."""
    found: dict[str, tuple[int, Fraction]] = {}
    for lot in lots:
        quantity, cost = found.get(lot.series, (0, Fraction(0)))
        found[lot.series] = (
            quantity + lot.quantity,
            cost + lot.quantity * Fraction(*lot.price.as_integer_ratio()),
        )
    return found

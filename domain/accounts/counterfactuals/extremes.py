"""Where the recorded extremes of equity are no longer those of the altered history.

Of all marks only new highs and lows of a session were recorded. They are the extremes of the
altered history as well while all of a session became the same part of itself. Once it did not, a
new low may have come at a moment that was none before, and was not recorded.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from fractions import Fraction

from domain.accounts.events import (
    AccountEvent,
    EquityMarked,
    FillRecorded,
    TradeRecorded,
)
from domain.market.calendar import session_close


@dataclass(frozen=True, slots=True)
class _Share:
    """From `start` on an execution moves equity; until `end` it has something open."""

    place: int
    start: datetime
    end: datetime
    part: Fraction


def first_unknown_extreme(
    history: Sequence[AccountEvent], altered: Sequence[AccountEvent | None]
) -> int | None:
    """The place of the first execution whose session has unknown extremes; None when all hold.

    An account of which no mark was ever told had no extremes: its verdicts rest on what was closed,
    and so do those of the altered history.
    """
    if not any(isinstance(each, EquityMarked) for each in history):
        return None
    found = [place for shares in _by_day(history, altered) if (place := _first(shares)) is not None]
    return min(found, default=None)


def _first(shares: Sequence[_Share]) -> int | None:
    starts: dict[Fraction, datetime] = {}
    for each in shares:
        starts[each.part] = min(each.start, starts.get(each.part, each.start))
    if len(starts) == 1:
        return None
    for each in shares:
        others = (start for part, start in starts.items() if part != each.part)
        if each.part and min(others) < each.end:
            return each.place
    return None


def _by_day(
    history: Sequence[AccountEvent], altered: Sequence[AccountEvent | None]
) -> Sequence[Sequence[_Share]]:
    days: dict[date, list[_Share]] = defaultdict(list)
    for place, (event, kept) in enumerate(zip(history, altered, strict=True)):
        match event:
            case TradeRecorded():
                left = kept.quantity if isinstance(kept, TradeRecorded) else 0
                part = Fraction(left, event.quantity)
                share = _Share(place, event.entered_at, event.exited_at, part)
                days[event.trading_day].append(share)
            case FillRecorded():
                left = kept.quantity if isinstance(kept, FillRecorded) else 0
                part = Fraction(left, event.quantity)
                # A position is open until another fill, at the latest until the session ends.
                end = session_close(event.trading_day)
                days[event.trading_day].append(_Share(place, event.executed_at, end, part))
            case _:
                pass
    return [days[day] for day in sorted(days)]

"""A history altered: the one way every counterfactual goes."""

from __future__ import annotations

from collections.abc import Sequence

from domain.accounts.counterfactuals.asking import Altered, Counterfactual, Reason
from domain.accounts.counterfactuals.extremes import first_unknown_extreme
from domain.accounts.counterfactuals.leaving_out import without
from domain.accounts.counterfactuals.open_profit import with_open_profit
from domain.accounts.counterfactuals.sizing import scaled
from domain.accounts.counterfactuals.stopping import stopped
from domain.accounts.events import AccountEvent, ResultRecorded


def alter(history: Sequence[AccountEvent], asked: Counterfactual) -> Altered:
    """What the history would be. Refuses with TradeNotInHistory.

    Findings stay in it: they are what was concluded, and a rerun concludes anew.
    """
    if asked.asks_nothing:
        return Altered(events=tuple(history), left_out={}, resized=False, doubts={})
    left_out: dict[int, Reason] = {}
    events = without(history, asked.without, left_out)
    events = scaled(events, asked.size, left_out)
    if asked.stop_after_first_loss:
        events = stopped(events, left_out)
    in_order = dict(sorted(left_out.items()))
    found = with_open_profit(history, events, size=asked.size, left_out=in_order)
    unknown = first_unknown_extreme(history, events)
    if unknown is not None:
        found.doubts["extremes"] = unknown
    hidden = _first_result(history) if asked.stop_after_first_loss else None
    if hidden is not None:
        found.doubts.setdefault("result_without_trades", hidden)
    return found


def _first_result(history: Sequence[AccountEvent]) -> int | None:
    """A day's result may hide a loss that nobody stopped at."""
    return next(
        (place for place, each in enumerate(history) if isinstance(each, ResultRecorded)), None
    )

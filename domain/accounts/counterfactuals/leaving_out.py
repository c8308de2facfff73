"""A history without named trades."""

from __future__ import annotations

from collections.abc import Sequence

from domain.accounts.counterfactuals.asking import Reason
from domain.accounts.counterfactuals.errors import TradeNotInHistory
from domain.accounts.events import AccountEvent, FillRecorded, TradeRecorded, TradeVoided


def without(
    events: Sequence[AccountEvent | None], trades: frozenset[str], left_out: dict[int, Reason]
) -> list[AccountEvent | None]:
    """The events with these trades, and their taking back, left out.

    Refuses with TradeNotInHistory. A fill cannot be named: what it opened would not be closed.
    """
    found = list(events)
    missing = set(trades)
    for place, event in enumerate(events):
        if isinstance(event, TradeRecorded | TradeVoided) and event.trade_id in trades:
            found[place] = None
            missing.discard(event.trade_id)
            if isinstance(event, TradeRecorded):
                left_out[place] = "named"
    if missing:
        raise _not_there(events, min(missing))
    return found


def _not_there(events: Sequence[AccountEvent | None], trade: str) -> TradeNotInHistory:
    fills = {each.fill_id for each in events if isinstance(each, FillRecorded)}
    why = (
        "is a fill, and one fill of a position cannot be left out alone"
        if trade in fills
        else "is no trade of this account up to then"
    )
    return TradeNotInHistory(
        f"{trade} {why}; name a closed trade by its id, as the list of trades shows it.",
        trade_id=trade,
    )

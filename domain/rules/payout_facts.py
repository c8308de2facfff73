"""What the payout rule looks at, at the moment of a request."""

from __future__ import annotations

from dataclasses import dataclass

from domain.money import USD
from domain.rules.pack import Phase


@dataclass(frozen=True, slots=True, kw_only=True)
class PayoutFacts:
    """An account as a payout sees it. `profit` is the balance minus the starting balance.

    `…_since` count from the last payout, `month_…` are of the requests of the calendar month.
    `floor_room` is what may leave before the balance reaches the maximum-loss floor that stands
    afterwards; None where the pack has no such floor.
    """

    phase: Phase
    active: bool
    profit: USD
    open_contracts: int
    winning_days: int
    trading_days: int
    profit_since: USD
    best_day_since: USD
    day_profit: USD
    month_count: int
    month_total: USD
    pending: USD
    paid_count: int
    paid_out: USD
    floor_room: USD | None = None

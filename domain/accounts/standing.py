"""Where an account stands: the figures that people, read models and scenarios are shown."""

from __future__ import annotations

from dataclasses import dataclass, replace

from domain.accounts.judging import daily_floor_of, floor_of, measured
from domain.accounts.state import AccountState, Status
from domain.money import USD, ZERO
from domain.rules.objectives import Consistency, Target, consistency_of, days_left, target_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """All figures at one moment. None where the pack has no such rule.

    `floor_left` and `daily_loss_left` are money until the limit, never negative.
    """

    status: Status
    balance: USD
    equity: USD
    floor: USD | None
    floor_left: USD | None
    daily_floor: USD | None
    daily_loss_left: USD | None
    net_profit: USD
    day_net: USD
    best_day: USD
    trading_days: int
    trading_days_left: int
    winning_days: int
    consistency: Consistency | None
    target: Target | None


def standing_of(state: AccountState, *, open_pnl: USD | None = None) -> Standing:
    """The figures of a state; `open_pnl` stands in for a mark that was no fact of the ledger."""
    if open_pnl is not None:
        state = replace(state, mark=open_pnl)
    pack, floor, day_floor = state.pack, floor_of(state), daily_floor_of(state)
    best_day = state.best_day
    return Standing(
        status=state.status,
        balance=state.balance,
        equity=state.equity,
        floor=floor,
        floor_left=(
            _left(measured(state, pack.max_loss.basis), floor) if pack.max_loss and floor else None
        ),
        daily_floor=day_floor,
        daily_loss_left=(
            _left(measured(state, pack.daily_loss.basis), day_floor)
            if pack.daily_loss and day_floor
            else None
        ),
        net_profit=state.net_profit,
        day_net=state.day_net,
        best_day=best_day or ZERO,
        trading_days=state.trading_days,
        trading_days_left=days_left(pack, state.trading_days),
        winning_days=state.winning_days,
        consistency=consistency_of(pack, net_profit=state.net_profit, best_day=best_day),
        target=target_of(pack, net_profit=state.net_profit, best_day=best_day),
    )


def _left(level: USD, floor: USD) -> USD:
    return max(ZERO, level - floor)

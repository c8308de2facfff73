"""How a floor came to be, as verdicts and warnings say it."""

from __future__ import annotations

from domain.accounts.state import AccountState
from domain.money import USD
from domain.rules.max_loss import allowance
from domain.rules.pack import DailyLoss, MaxLoss


def max_loss_threshold(state: AccountState, rule: MaxLoss) -> dict[str, str]:
    """What the maximum-loss floor is measured from, and what else moved it."""
    threshold = {
        "mode": rule.mode,
        "basis": rule.basis,
        "breach": rule.breach,
        "peak": str(state.peak),
        "allowance": str(allowance(rule, state.peak)),
    }
    if rule.lock_at is not None:
        threshold["lock_at"] = str(rule.lock_at)
    if state.fixed_floor is not None:
        threshold["fixed_by_payout"] = str(state.fixed_floor)
    return threshold


def day_start_of(state: AccountState, rule: DailyLoss) -> USD:
    """The money that the day's floor is measured from."""
    match rule.measured_from:
        case "day_start_balance":
            return state.day_start_balance
        case "day_start_equity":
            return state.day_start_equity
        case "highest_close":
            return state.highest_close


def daily_loss_threshold(state: AccountState, rule: DailyLoss, floor: USD) -> dict[str, str]:
    """Where the day's floor is measured from."""
    start = day_start_of(state, rule)
    return {
        "from": rule.measured_from,
        "start": str(start),
        "allowance": str(start - floor),
        "basis": rule.basis,
        "breach": rule.breach,
    }

"""How a limit came to be, as verdicts and warnings say it."""

from __future__ import annotations

from datetime import UTC, datetime

from domain.accounts.holdings import profit_at_close
from domain.accounts.state import AccountState
from domain.money import USD
from domain.rules.canonical import decimal_text
from domain.rules.limits import LimitUse
from domain.rules.max_loss import allowance
from domain.rules.open_loss import open_loss_allowed, open_loss_base, open_loss_fraction
from domain.rules.pack import DailyLoss, MaxLoss, OpenLoss


def threshold_of(state: AccountState, use: LimitUse) -> dict[str, str]:
    """How a limit that warns came to be, as a verdict would say it; for days that pass of
    themselves, from when to when they are counted.
    """
    pack = state.pack
    if use.rule == "max_loss" and pack.max_loss:
        return max_loss_threshold(state, pack.max_loss)
    if use.rule == "daily_loss" and pack.daily_loss and isinstance(use.limit, USD):
        return daily_loss_threshold(state, pack.daily_loss, use.limit)
    if use.rule == "open_loss" and pack.open_loss:
        return open_loss_threshold(state, pack.open_loss)
    if use.since and use.deadline:
        return {
            "last_active": use.since.isoformat(),
            "allowed": str(pack.inactivity_days),
            "deadline": moment_text(use.deadline),
        }
    return {"subject": use.subject} if use.subject else {}


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


def open_loss_threshold(state: AccountState, rule: OpenLoss) -> dict[str, str]:
    """What the open loss is a part of, and how much of it may be lost."""
    profit = profit_at_close(state)
    return {
        "profit_at_start": str(profit),
        "base": str(open_loss_base(rule, profit_at_close=profit)),
        "fraction": decimal_text(open_loss_fraction(rule, profit_at_close=profit)),
        "allowance": str(open_loss_allowed(rule, profit_at_close=profit)),
    }


def moment_text(at: datetime) -> str:
    """A moment as a witness keeps it: UTC, `2026-03-02T21:10:00Z`."""
    return at.astimezone(UTC).isoformat().replace("+00:00", "Z")

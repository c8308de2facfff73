"""The result of a step, in the shape of the scenario format."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from domain.accounts.events import RuleViolated
from domain.accounts.orders import OrderAnswer
from domain.accounts.standing import standing_of
from domain.accounts.state import AccountState
from domain.money import USD


def result_of(
    *,
    number: int,
    state: AccountState,
    shown_pnl: USD | None,
    day: date,
    violations: Sequence[RuleViolated],
    order: OrderAnswer | None,
    payout: dict[str, Any] | None,
    ignored: bool,
) -> dict[str, Any]:
    """All figures after a step; `violations`, `order` and `payout` speak of the step alone."""
    standing = standing_of(state, open_pnl=shown_pnl)
    consistency, target = standing.consistency, standing.target
    result: dict[str, Any] = {
        "step": number,
        "status": standing.status,
        "balance": str(standing.balance),
        "equity": str(standing.equity),
        "floor": _text(standing.floor),
        "daily_loss_left": _text(standing.daily_loss_left),
        "net_profit": str(standing.net_profit),
        "best_day": str(standing.best_day),
        "trading_days": standing.trading_days,
        "winning_days": standing.winning_days,
        "trading_day": day.isoformat(),
        "consistency": consistency and {"ratio": consistency.ratio, "met": consistency.met},
        "target": target and {"required": str(target.required), "reached": target.reached},
        "violations": [_violation(each) for each in violations],
        "order": order and {"accepted": order.accepted, "reasons": list(order.reasons)},
        "payout": payout,
    }
    return {**result, "ignored": ignored}


def _text(amount: USD | None) -> str | None:
    return None if amount is None else str(amount)


def _violation(event: RuleViolated) -> dict[str, str]:
    return {
        "rule": event.rule,
        "effect": event.effect,
        "observed": event.observed,
        "limit": event.limit,
    }

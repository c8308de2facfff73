"""What lies ahead of an account: how far each limit is, how much may be traded, what to do next."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from domain.accounts.limits import limits_of
from domain.accounts.sizes import ADVERSE_TICKS, LargestSize, largest_sizes
from domain.accounts.state import AccountState
from domain.rules.limits import LimitUse, binding_of
from domain.rules.next_steps import NextStep, Progress, distance_in_words, next_steps


@dataclass(frozen=True, slots=True, kw_only=True)
class Outlook:
    """`binding` is the limit of which least money is left, None without a limit on money. The next
    steps are none once the account has failed or passed. `warned` is the percentage told, by rule.
    """

    limits: list[LimitUse]
    binding: LimitUse | None
    sizes: list[LargestSize]
    next_steps: list[NextStep]
    warned: dict[str, int]


def outlook_of(state: AccountState, *, adverse_ticks: int = ADVERSE_TICKS) -> Outlook:
    """All of it for one state; looking changes nothing."""
    limits, alive = limits_of(state), state.status in ("active", "locked")
    progress = Progress(
        net_profit=state.net_profit,
        best_day=state.best_day,
        trading_days=state.trading_days,
        winning_days=state.winning_days,
    )
    return Outlook(
        limits=limits,
        binding=binding_of(limits),
        sizes=largest_sizes(state, adverse_ticks=adverse_ticks),
        next_steps=next_steps(state.pack, progress) if alive else [],
        warned=state.warned,
    )


def limit_documents(outlook: Outlook) -> list[dict[str, Any]]:
    """Each limit in plain values; amounts and counts are decimal texts in `unit`."""
    return [
        {
            "rule": use.rule,
            "subject": use.subject,
            "unit": use.unit,
            "observed": str(use.observed),
            "limit": str(use.limit),
            "left": str(use.left),
            "used": use.used_text,
            "warned": outlook.warned.get(use.rule) if use.warns else None,
            "known": use.is_known,
            "next_step": distance_in_words(use),
        }
        for use in outlook.limits
    ]


def size_documents(outlook: Outlook) -> list[dict[str, Any]]:
    """Each largest size in plain values."""
    return [
        {
            "root": size.root,
            "direction": size.direction,
            "held": size.held,
            "contracts": size.contracts,
            "limited_by": size.limited_by,
            "adverse_ticks": size.adverse_ticks,
            "ticks_left": size.ticks_left,
        }
        for size in outlook.sizes
    ]


def step_documents(outlook: Outlook) -> list[dict[str, Any]]:
    """Each next step in plain values."""
    return [
        {"objective": step.objective, "reached": step.reached, "text": step.text}
        for step in outlook.next_steps
    ]

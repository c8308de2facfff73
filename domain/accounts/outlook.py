"""What lies ahead of an account: how far each limit is, how much may be traded, what to do next."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from domain.accounts.limits import limits_of
from domain.accounts.sizes import ADVERSE_TICKS, LargestSize, largest_sizes
from domain.accounts.state import AccountState
from domain.market.calendar import trading_day_of
from domain.rules.limits import LimitUse, binding_across
from domain.rules.next_steps import NextStep, Progress, distance_in_words, next_steps


@dataclass(frozen=True, slots=True, kw_only=True)
class Outlook:
    """`binding` is the limit that an account meets first, None where no limit warns; see
    `binding_across`. The next steps are none once the account has failed or passed. `warned` is the
    percentage told, by the key of the limit.
    """

    limits: list[LimitUse]
    binding: LimitUse | None
    sizes: list[LargestSize]
    next_steps: list[NextStep]
    warned: dict[str, int]


def outlook_of(
    state: AccountState, *, at: datetime | None = None, adverse_ticks: int = ADVERSE_TICKS
) -> Outlook:
    """All of it for one state; looking changes nothing. Days that pass of themselves are counted up
    to that of `at`, or to the last that the account knows.
    """
    limits = limits_of(state, day=trading_day_of(at) if at else None)
    alive = state.status in ("active", "locked")
    progress = Progress(
        net_profit=state.net_profit,
        best_day=state.best_day,
        trading_days=state.trading_days,
        winning_days=state.winning_days,
    )
    return Outlook(
        limits=limits,
        binding=binding_across(limits),
        sizes=largest_sizes(state, adverse_ticks=adverse_ticks, limits=limits),
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
            "warned": outlook.warned.get(use.key) if use.warns else None,
            "known": use.is_known,
            "deadline": use.deadline.isoformat() if use.deadline else None,
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

"""Which warnings are due, and when one that was told may be told again.

A warning is due when more of a limit is used than was told of it. What was told falls back with the
first recorded event after which less is used: only facts of the ledger count, so that a replay
tells the same. A step that crosses both levels is told of once, at the higher one.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from domain.accounts.limits import warning_limits_of
from domain.accounts.state import AccountState
from domain.money import USD
from domain.rules.limits import WARNING_PERCENTS, LimitUse, percent_reached, warning_level


@dataclass(frozen=True, slots=True)
class Due:
    """A limit and the level of warning it has newly reached."""

    use: LimitUse
    percent: Literal[80, 90]


def due_warnings(state: AccountState, *, only: str | None = None) -> list[Due]:
    """What is to be told now, of all limits or of one rule `only`.

    Nothing of an account that has ended, of a limit that was broken in this session, or by an open
    profit that is old: absence of data is no warning.
    """
    due = []
    for use in warning_limits_of(state) if state.status in ("active", "locked") else ():
        percent = percent_reached(use.used)
        if not (percent and use.is_known and only in (None, use.rule) and _may_warn(state, use)):
            continue
        if percent > state.warned.get(use.rule, 0):
            due.append(Due(use, percent))
    return due


def let_warnings_fall(state: AccountState) -> None:
    """Let what was told of a limit fall to what is used of it, where that is less and known."""
    if not state.warned:
        return
    # A dictionary of its own: states that were copied share the old one.
    warned = dict(state.warned)
    for use in warning_limits_of(state):
        if use.is_known and use.rule in warned:
            warned[use.rule] = min(warned[use.rule], percent_reached(use.used))
    state.warned = {rule: percent for rule, percent in warned.items() if percent}


def next_warnings(state: AccountState, use: LimitUse) -> tuple[USD, ...]:
    """The levels of equity or balance at which a limit on money is told of next, highest first.

    At the first one or below it a warning is due. None of an account that has ended, or of a limit
    that was broken in this session.
    """
    if state.status not in ("active", "locked") or not _may_warn(state, use):
        return ()
    told = state.warned.get(use.rule, 0)
    return tuple(warning_level(use, percent) for percent in WARNING_PERCENTS if percent > told)


def _may_warn(state: AccountState, use: LimitUse) -> bool:
    return state.session is None or use.rule not in state.session.violated

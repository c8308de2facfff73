"""Which warnings are due, and when one that was told may be told again.

A warning is due when more of a limit is used than was told of it. What was told falls back with the
first recorded event after which less is used: only facts of the ledger count, so that a replay
tells the same. A step that crosses both levels is told of once, at the higher one.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Literal

from domain.accounts.events_warnings import LimitApproached
from domain.accounts.idling import idle_use, known_day
from domain.accounts.limits import warning_limits_of
from domain.accounts.state import AccountState
from domain.money import USD, ZERO
from domain.rules.limits import (
    WARNING_PERCENTS,
    LimitUse,
    limit_key,
    percent_reached,
    warning_level,
)


@dataclass(frozen=True, slots=True)
class Due:
    """A limit and the level of warning it has newly reached."""

    use: LimitUse
    percent: Literal[80, 90]


def due_warnings(state: AccountState, *, only: str | None = None) -> list[Due]:
    """What is to be told now, of all limits or of one rule `only`; nothing of days that pass.

    Nothing of an account that has ended, of a limit that was broken in this session, or by an open
    profit that is old: absence of data is no warning.
    """
    uses = warning_limits_of(state) if state.status in ("active", "locked") else []
    return _due(state, (use for use in uses if only in (None, use.rule)))


def due_with_day(state: AccountState, day: date) -> list[Due]:
    """What is to be told when a trading day begins, because days have passed."""
    use = idle_use(state, day)
    # On the very day of an execution there is nothing to say, even where it was the last in time.
    return _due(state, [use] if use and use.observed else [])


def let_warnings_fall(state: AccountState) -> None:
    """Let what was told of a limit fall to what is used of it, where that is less and known.

    Days that pass only grow; once they are counted anew they are those of another limit.
    """
    uses = {use.key: use for use in warning_limits_of(state)}
    idle = idle_use(state, known_day(state))
    # A dictionary of its own: states that were copied share the old one.
    warned = {}
    for key, told in state.warned.items():
        use = uses.get(key)
        if use is not None:
            warned[key] = min(told, percent_reached(use.used)) if use.is_known else told
        elif idle is not None and idle.key == key:
            warned[key] = told
    state.warned = {key: percent for key, percent in warned.items() if percent}


def told_under(event: LimitApproached) -> str:
    """The key of the limit that a warning was about."""
    said = event.threshold
    return limit_key(
        event.rule, subject=said.get("subject"), since=said.get("last_active"), limit=event.limit
    )


def next_warnings(state: AccountState, use: LimitUse) -> tuple[USD, ...]:
    """The levels of what a limit on money compares at which it is told of next, highest first.

    At the first one or below it a warning is due. None of an account that has ended, of a limit
    that was broken in this session, or where no open loss is allowed at all.
    """
    nothing = use.rule == "open_loss" and use.allowance == ZERO
    if nothing or state.status not in ("active", "locked") or not _may_warn(state, use):
        return ()
    told = state.warned.get(use.key, 0)
    return tuple(warning_level(use, percent) for percent in WARNING_PERCENTS if percent > told)


def open_loss_levels(state: AccountState) -> tuple[USD, ...]:
    """The open results at which, or below which, the open loss is broken or told of next; highest
    first. A rule that ends nothing is broken once a session.
    """
    rule = state.pack.open_loss
    uses = warning_limits_of(state) if rule and state.status in ("active", "locked") else []
    use = next((use for use in uses if use.rule == "open_loss"), None)
    if use is None or not isinstance(use.limit, USD) or not _may_warn(state, use):
        return ()
    return (*next_warnings(state, use), use.limit - USD(1))


def _due(state: AccountState, uses: Iterable[LimitUse]) -> list[Due]:
    due = []
    for use in uses:
        percent = percent_reached(use.used)
        told = state.warned.get(use.key, 0)
        if percent and percent > told and use.is_known and _may_warn(state, use):
            due.append(Due(use, percent))
    return due


def _may_warn(state: AccountState, use: LimitUse) -> bool:
    """Of counts beyond their limit the verdict has spoken, be it in a session before."""
    is_spent = use.unit != "USD" and use.used > 1
    return not is_spent and (state.session is None or use.rule not in state.session.violated)

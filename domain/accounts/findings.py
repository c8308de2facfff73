"""Which events of an account are its own conclusions, and no reports from outside."""

from __future__ import annotations

from typing import Final, TypeAlias

from domain.accounts.events import (
    AccountFailed,
    AccountPassed,
    DayLocked,
    DayUnlocked,
    RuleViolated,
)
from domain.accounts.events_corrections import VerdictRevised
from domain.accounts.events_warnings import LimitApproached

Finding: TypeAlias = (
    RuleViolated
    | LimitApproached
    | DayLocked
    | DayUnlocked
    | AccountFailed
    | AccountPassed
    | VerdictRevised
)
FINDINGS: Final = (
    RuleViolated, LimitApproached, DayLocked, DayUnlocked, AccountFailed, AccountPassed,
    VerdictRevised,
)  # fmt: skip
_TYPES: Final = frozenset[type](FINDINGS)


def is_finding(event: object) -> bool:
    """Whether an event is one of them; asked of every event, so it does not try them in turn."""
    return type(event) in _TYPES

"""Telling an account again how late it was, where nothing but a verdict of time says so, or a
warning of days that passed.

Such a finding may have been revealed by something that left no event: time passing, a mark that was
no extreme, a report that came after the end.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final

from domain.accounts.events import ReleaseNoted, RuleViolated
from domain.accounts.events_warnings import LimitApproached
from domain.accounts.evolve_releases import release_noted
from domain.market.calendar import session_open

if TYPE_CHECKING:
    from domain.accounts.account import TradingAccount

_NEXT_MOMENT: Final = timedelta(microseconds=1)


def retell_time(account: TradingAccount, event: RuleViolated) -> None:
    """Let the time pass by which the verdict was due; one on a report is told by its report."""
    at = _due_at(event)
    if at is not None:
        account.pass_time(at)


def retell_warning(account: TradingAccount, event: LimitApproached) -> None:
    """Let the day begin with which the warning was due; one on a report is told by its report."""
    if event.rule == "inactivity":
        account.pass_time(event.effective_at)


def retell_release(account: TradingAccount, event: ReleaseNoted) -> None:
    """Tell of the release again."""
    account.note_release(release_noted(event), at=event.effective_at)


def _due_at(event: RuleViolated) -> datetime | None:
    """When it is first pronounced; not later, lest an exit of that instant come too late."""
    held = event.threshold.get("kind") == "held"
    begins = session_open(event.trading_day)
    match event.rule:
        case "flat_by" if held:
            return max(event.effective_at, begins)
        case "news" if held:
            return max(event.effective_at + _NEXT_MOMENT, begins)
        case "inactivity":
            return max(event.effective_at, begins)
        case _:
            return None

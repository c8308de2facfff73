"""What an account came to with each report: its money, its floors, and what it concluded."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Any
from uuid import UUID

from application.certificates.entries import Entry
from application.exports.lines import moment_text
from domain.accounts.events import AccountFailed, DayLocked, RuleViolated
from domain.accounts.findings import is_finding
from domain.accounts.judging import daily_floor_of, floor_of, measured
from domain.accounts.rerunning import Rerun
from domain.accounts.state import AccountState
from domain.documents import canonical_json
from domain.kernel import Event
from domain.money import USD


def step_of(run: Rerun) -> dict[str, Any]:
    """A report and all that followed from it, before the hash of its events is known."""
    told = run.told
    return {
        # What a close finds is recorded before it.
        "version": min(each.originator_version for each in (told, *run.made)),
        "last_version": run.account.version,
        "at": moment_text(told.effective_at),
        "what": told.TOPIC,
        "found": [_found(each) for each in run.made if is_finding(told) or each != told],
        **figures_of(run.account.state),
    }


def figures_of(state: AccountState) -> dict[str, Any]:
    """Money as decimal text; null where the pack has no such floor.

    `distance` is what lies between the floor and what is compared with it, below zero when it was
    crossed.
    """
    pack, floor, daily = state.pack, floor_of(state), daily_floor_of(state)
    return {
        "status": state.status,
        "balance": str(state.balance),
        "equity": str(state.equity),
        "equity_is_old": state.mark_is_old,
        "floor": _text(floor),
        "daily_floor": _text(daily),
        "distance": {
            "floor": _text(
                measured(state, pack.max_loss.basis) - floor if pack.max_loss and floor else None
            ),
            "daily_floor": _text(
                measured(state, pack.daily_loss.basis) - daily
                if pack.daily_loss and daily
                else None
            ),
        },
    }


def hash_of_events(entries: Sequence[Entry], account_id: UUID) -> str:
    """SHA-256 of a step's events as they stand in the certificate, and whose they are."""
    text = canonical_json({"account_id": str(account_id), "events": list(entries)})
    return hashlib.sha256(text.encode()).hexdigest()


def _found(event: Event) -> dict[str, Any]:
    rule = event.rule if isinstance(event, RuleViolated | DayLocked | AccountFailed) else None
    return {"version": event.originator_version, "type": event.TOPIC, "rule": rule}


def _text(amount: USD | None) -> str | None:
    return None if amount is None else str(amount)

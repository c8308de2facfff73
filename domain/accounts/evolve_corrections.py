"""How a corrected past changes what an account works with, and what awaits a person."""

from __future__ import annotations

from dataclasses import replace

from domain.accounts.events_corrections import HistoryCorrected, RevisionDecided, VerdictRevised
from domain.accounts.evolve_executions import remember
from domain.accounts.snapshots import take_over
from domain.accounts.state import AccountState, Revision


def restate(state: AccountState, event: HistoryCorrected) -> None:
    """Work with the restated figures from here on; the pronounced outcome stands."""
    take_over(state, event.restated)
    remember(state, event.natural_key, event.fingerprint)
    if event.correction == "replacement":
        remember(state, f"{event.execution}:{event.execution_id}", event.fingerprint)


def await_decision(state: AccountState, event: VerdictRevised) -> None:
    """Keep what a person has to decide."""
    state.revisions[event.key] = Revision(
        version=event.originator_version,
        key=event.key,
        change=event.change,
        rule=event.rule,
        effect=event.effect,
        trading_day=event.trading_day,
        status_if_applied=event.status_if_applied,
    )
    if event.status_if_applied == "failed":
        state.excused.add(event.rule)


def settle(state: AccountState, event: RevisionDecided) -> None:
    """Let the decision stand, and the account as it says."""
    if event.decision == "overtaken":
        del state.revisions[event.key]
    else:
        revision = state.revisions[event.key]
        state.revisions[event.key] = replace(revision, decision=event.decision)
    state.status, state.ended_by = event.status_after, event.ended_by_after
    state.ended_at = event.timestamp if event.status_after == "failed" else None

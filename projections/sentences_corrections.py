"""What corrections and revisions say, in one sentence each."""

from __future__ import annotations

from typing import Final

from domain.accounts.events_corrections import HistoryCorrected, RevisionDecided, VerdictRevised

_DONE: Final = {"late": "came late", "void": "was taken back", "replacement": "was replaced"}
_DECIDED: Final = {
    "applied": "was applied",
    "dismissed": "was dismissed",
    "overtaken": "was overtaken by a later correction",
}


def correction(event: HistoryCorrected) -> str:
    """What turned out, and how much of what was shown it restated."""
    days = len(event.days)
    restated = f"{days} closed day{'' if days == 1 else 's'}"
    return (
        f"The {event.execution} {event.execution_id} of {event.trading_day}"
        f" {_DONE[event.correction]}, and {restated} {'was' if days == 1 else 'were'} restated, for"
        f" this reason: {event.reason.strip().rstrip('.')}"
    )


def revision(event: VerdictRevised) -> str:
    """Which outcome would be another one."""
    doubt = " Marks were left out, so this is in doubt." if event.in_doubt else ""
    return (
        f"By the corrected history the outcome {event.rule} of {event.trading_day}"
        f" {event.change}; it awaits a person's decision.{doubt}"
    )


def decision(event: RevisionDecided) -> str:
    """What was decided, and how the account stands."""
    return (
        f"The revision {event.revision_version} {_DECIDED[event.decision]}, and the account is"
        f" {event.status_after}, for this reason: {event.reason.strip().rstrip('.')}."
    )

"""A step of the audit trail as a plain document, and its reasons in words."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from application.audit.figures import standing_figures
from application.audit.replay import Step
from domain.kernel import Event


def document_of(step: Step) -> dict[str, Any]:
    """All that is known of a step: JSON without a float, times in UTC, money as decimal texts."""
    recorded = step.recorded
    return {
        "ledger_seq": recorded.ledger_seq,
        "account_id": str(recorded.stream_id),
        "version": recorded.stream_version,
        "event_id": str(recorded.event_id),
        "event_type": recorded.event_type,
        "schema_version": recorded.schema_version,
        "who": recorded.actor,
        "effective_at": moment_text(recorded.effective_at),
        "recorded_at": moment_text(recorded.recorded_at),
        "why": {
            "reason": recorded.reason,
            "causation_id": recorded.causation_id,
            "correlation_id": recorded.correlation_id,
            "request_id": recorded.request_id,
            **verdict_of(step.event),
        },
        "payload": json.loads(recorded.payload),
        "before": standing_figures(step.before) if step.before else None,
        "after": standing_figures(step.after),
        "changes": [
            {"field": each.field, "before": each.before, "after": each.after}
            for each in step.changes
        ],
    }


def verdict_of(event: Event) -> Mapping[str, Any]:
    """The rule an event pronounces, what it compared, and the versions of its evidence."""
    said = vars(event)
    names = ("rule", "effect", "subject", "observed", "limit", "unit")
    found: dict[str, Any] = {name: said[name] for name in names if name in said}
    if "evidence" in said:
        found["evidence"] = list(said["evidence"])
    return found


def meaning_of(event: Event) -> str:
    """What kind of fact this is, in one sentence."""
    return (type(event).__doc__ or "").strip().partition("\n")[0]


def moment_text(moment: datetime) -> str:
    """UTC, to the microsecond when there are any: `2025-10-14T13:45:01Z`."""
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")

"""What an export was asked for: checked before, and written down in its manifest."""

from __future__ import annotations

from typing import Any

from application.exports.errors import SelectionRefused
from application.exports.lines import moment_text
from application.exports.schemas import event_types
from application.log import LogSelection


def checked(selection: LogSelection) -> LogSelection:
    """The same selection. Refuses with SelectionRefused what is empty only by a mistake."""
    known = event_types()
    for wanted in selection.event_types or ():
        if wanted not in known:
            raise SelectionRefused(
                f"{wanted!r} is no type of event. Known are: {', '.join(sorted(known))}.",
                event_type=wanted,
            )
    start, end = selection.recorded_from, selection.recorded_before
    if start and end and start >= end:
        raise SelectionRefused(
            f"--from {moment_text(start)} is not before --to {moment_text(end)}: no event can lie"
            " in between. Exchange them.",
        )
    return selection


def is_contiguous(selection: LogSelection) -> bool:
    """Whether no event may be left out between the first and the last."""
    return selection.stream_id is None and selection.event_types is None and selection.actor is None


def selection_document(selection: LogSelection) -> dict[str, Any]:
    """The selection as the manifest says it; null where nothing was asked for."""
    start, end, types = selection.recorded_from, selection.recorded_before, selection.event_types
    return {
        "account": None if selection.stream_id is None else str(selection.stream_id),
        "actor": selection.actor,
        "event_types": None if types is None else sorted(set(types)),
        "recorded_from": None if start is None else moment_text(start),
        "recorded_before": None if end is None else moment_text(end),
    }

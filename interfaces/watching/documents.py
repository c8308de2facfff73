"""The figures and alarms of a moment as JSON."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from application.watching.alarm_kinds import Alarm
from application.watching.figures import PARTS, Figures, Missing, ProjectionFigures, unread
from interfaces.engine_status import plain
from interfaces.watching.watch import Seen


def document_of(seen: Seen) -> Mapping[str, Any]:
    """Times in UTC, lengths in whole seconds. A part that is not there is null, and is named."""
    figures = seen.figures
    return {
        "at": plain(figures.at),
        "redis_up": figures.redis_up,
        "head": figures.head,
        "head_moved_at": plain(figures.head_moved_at),
        **{part: _part(figures, part) for part in PARTS},
        "absent": [part for part in PARTS if getattr(figures, part) is Missing.ABSENT],
        "unread": unread(figures),
        "alarms": [_alarm(each) for each in seen.alarms],
    }


def _part(figures: Figures, part: str) -> Any:
    found = getattr(figures, part)
    if isinstance(found, Missing):
        return None
    if part == "projections":
        return [_projection(figures, each) for each in found]
    if part == "leases":
        return [{**_fields(each), "state": each.state(figures.at)} for each in found]
    if isinstance(found, Sequence):
        return [_fields(each) for each in found]
    return _fields(found)


def _projection(figures: Figures, each: ProjectionFigures) -> Mapping[str, Any]:
    return {
        "name": each.name,
        "position": each.position,
        "behind_events": figures.behind(each.position),
        "behind_seconds": int(figures.since(each.waiting_since).total_seconds()),
        "still_seconds": int(figures.since(each.still_since).total_seconds()),
        "moved_at": plain(each.moved_at),
        "lanes": {str(lane.lane): lane.position for lane in each.lanes},
    }


def _fields(each: Any) -> Mapping[str, Any]:
    return {name: plain(getattr(each, name)) for name in each.__dataclass_fields__}


def _alarm(alarm: Alarm) -> Mapping[str, Any]:
    return {
        "name": alarm.name,
        "severity": alarm.severity,
        "subjects": list(alarm.subjects),
        "sentence": alarm.sentence,
        "runbook": alarm.runbook,
    }

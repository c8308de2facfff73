"""One event, one line: always the same bytes."""

from __future__ import annotations

import json
from datetime import UTC, datetime

from application.log import RecordedEvent

_ENCODER = json.JSONEncoder(ensure_ascii=False)


def line_of(recorded: RecordedEvent) -> bytes:
    """The canonical JSON object of an event, without a line end.

    Keys are sorted; the payload stands in it as the very text of the log; times are UTC with six
    decimal places, so that every moment has one text.
    """
    return (
        f'{{"actor":{_text(recorded.actor)}'
        f',"causation_id":{_text(recorded.causation_id)}'
        f',"correlation_id":{_text(recorded.correlation_id)}'
        f',"effective_at":"{moment_text(recorded.effective_at)}"'
        f',"event_id":"{recorded.event_id}"'
        f',"event_type":{_text(recorded.event_type)}'
        f',"ledger_seq":{recorded.ledger_seq}'
        f',"payload":{recorded.payload}'
        f',"reason":{_text(recorded.reason)}'
        f',"recorded_at":"{moment_text(recorded.recorded_at)}"'
        f',"request_id":{_text(recorded.request_id)}'
        f',"schema_version":{recorded.schema_version}'
        f',"stream_id":"{recorded.stream_id}"'
        f',"stream_version":{recorded.stream_version}}}'
    ).encode()


def moment_text(moment: datetime) -> str:
    """`2025-10-14T13:45:01.000000Z`."""
    return f"{moment.astimezone(UTC).replace(tzinfo=None).isoformat(timespec='microseconds')}Z"


def _text(value: str | None) -> str:
    return "null" if value is None else _ENCODER.encode(value)

"""Rows of the log as recorded events."""

from typing import Final

from psycopg.rows import TupleRow
from psycopg.sql import SQL

from application.log import RecordedEvent

NAMES: Final = (
    "ledger_seq", "stream_id", "stream_version", "event_id", "event_type", "schema_version",
    "payload", "actor", "correlation_id", "causation_id", "request_id", "reason", "effective_at",
    "recorded_at", "trace_context",
)  # fmt: skip
COLUMNS: Final = SQL(", ").join(SQL(f"e.{name}") for name in NAMES)


def recorded_of(row: TupleRow) -> RecordedEvent:
    """The event of a row that has these columns, in this order."""
    (
        ledger_seq, stream_id, stream_version, event_id, event_type, schema_version, payload,
        actor, correlation_id, causation_id, request_id, reason, effective_at, recorded_at,
        trace_context,
    ) = row  # fmt: skip
    return RecordedEvent(
        ledger_seq=ledger_seq,
        stream_id=stream_id,
        stream_version=stream_version,
        event_id=event_id,
        event_type=event_type,
        schema_version=schema_version,
        payload=payload,
        actor=actor,
        correlation_id=correlation_id,
        causation_id=causation_id,
        request_id=request_id,
        reason=reason,
        effective_at=effective_at,
        recorded_at=recorded_at,
        trace_context=trace_context,
    )

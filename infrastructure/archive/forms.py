"""Events as files, and back, to the last character: exported lines, and Parquet.

Lines are the evidence and stand in the order of the log; Parquet is sorted by stream, so that one
stream is found in few files, and has typed columns for whoever asks questions of it.
"""

from __future__ import annotations

import gzip
from collections.abc import Iterator, Sequence
from datetime import datetime
from functools import cache
from typing import TYPE_CHECKING, Any, Final
from uuid import UUID

import msgspec
from typing_extensions import override

from application.archiving.ports import PieceForms
from application.exports.lines import line_of
from application.log import RecordedEvent

if TYPE_CHECKING:
    import pyarrow as pa

_LEVEL: Final = 6
_ROWS_AT_ONCE: Final = 1000
_UUIDS: Final = ("stream_id", "event_id")


class _Line(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    actor: str
    causation_id: str | None
    correlation_id: str | None
    effective_at: datetime
    event_id: UUID
    event_type: str
    ledger_seq: int
    payload: msgspec.Raw
    reason: str | None
    recorded_at: datetime
    request_id: str | None
    schema_version: int
    stream_id: UUID
    stream_version: int


_read: Final = msgspec.json.Decoder(_Line).decode


class ExactForms(PieceForms):
    """The `PieceForms` port."""

    @override
    def lines(self, recorded: Sequence[RecordedEvent]) -> bytes:
        return _packed(b"".join(line_of(each) + b"\n" for each in recorded))

    @override
    def traces(self, recorded: Sequence[RecordedEvent]) -> bytes | None:
        found = {each.ledger_seq: each.trace_context for each in recorded if each.trace_context}
        return _packed(msgspec.json.encode(found)) if found else None

    @override
    def table(self, recorded: Sequence[RecordedEvent]) -> bytes:
        return table_in(recorded)

    @override
    def events_of(self, lines: bytes, traces: bytes | None) -> Sequence[RecordedEvent]:
        return events_in(lines, traces)

    @override
    def rows_of(self, table: bytes) -> Iterator[RecordedEvent]:
        return rows_in(read_table(table))


def events_in(lines: bytes, traces: bytes | None) -> Sequence[RecordedEvent]:
    """The events of a file of lines, with their traces."""
    known: dict[int, str] = (
        msgspec.json.decode(gzip.decompress(traces), type=dict[int, str]) if traces else {}
    )
    return [_event(_read(line), known) for line in gzip.decompress(lines).split(b"\n")[:-1]]


def table_in(recorded: Sequence[RecordedEvent]) -> bytes:
    """Events as one file of Parquet, in the order given."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    columns: dict[str, Any] = {
        name: [getattr(each, name) for each in recorded] for name in _schema().names
    }
    for name in _UUIDS:
        columns[name] = [each.bytes for each in columns[name]]
    sink = pa.BufferOutputStream()
    table = pa.table(columns, schema=_schema())
    pq.write_table(table, sink, compression="zstd", row_group_size=len(recorded))
    return bytes(sink.getvalue())


def read_table(content: bytes) -> pa.Table:
    """The table of a file of Parquet."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    return pq.read_table(pa.BufferReader(content), use_threads=False)


def of_stream(table: pa.Table, stream_id: UUID) -> pa.Table:
    """The part of a table that is of one stream."""
    import pyarrow as pa
    import pyarrow.compute as pc

    wanted = pa.scalar(stream_id.bytes, type=pa.binary(16))
    return table.filter(pc.equal(table["stream_id"], wanted))


def rows_in(table: pa.Table) -> Iterator[RecordedEvent]:
    """The events of a table."""
    for batch in table.to_batches(max_chunksize=_ROWS_AT_ONCE):
        for row in batch.to_pylist():
            for name in _UUIDS:
                row[name] = UUID(bytes=row[name])
            yield RecordedEvent(**row)


@cache
def _schema() -> pa.Schema:
    import pyarrow as pa

    moment = pa.timestamp("us", tz="UTC")
    return pa.schema(
        [
            pa.field("stream_id", pa.binary(16), nullable=False),
            pa.field("stream_version", pa.int32(), nullable=False),
            pa.field("ledger_seq", pa.int64(), nullable=False),
            pa.field("event_id", pa.binary(16), nullable=False),
            pa.field("event_type", pa.string(), nullable=False),
            pa.field("schema_version", pa.int16(), nullable=False),
            pa.field("payload", pa.string(), nullable=False),
            pa.field("actor", pa.string(), nullable=False),
            pa.field("correlation_id", pa.string()),
            pa.field("causation_id", pa.string()),
            pa.field("request_id", pa.string()),
            pa.field("reason", pa.string()),
            pa.field("effective_at", moment, nullable=False),
            pa.field("recorded_at", moment, nullable=False),
            pa.field("trace_context", pa.string()),
        ]
    )


def _packed(content: bytes) -> bytes:
    return gzip.compress(content, compresslevel=_LEVEL, mtime=0)


def _event(line: _Line, traces: dict[int, str]) -> RecordedEvent:
    return RecordedEvent(
        ledger_seq=line.ledger_seq,
        stream_id=line.stream_id,
        stream_version=line.stream_version,
        event_id=line.event_id,
        event_type=line.event_type,
        schema_version=line.schema_version,
        payload=bytes(line.payload).decode(),
        actor=line.actor,
        correlation_id=line.correlation_id,
        causation_id=line.causation_id,
        request_id=line.request_id,
        reason=line.reason,
        effective_at=line.effective_at,
        recorded_at=line.recorded_at,
        trace_context=traces.get(line.ledger_seq),
    )

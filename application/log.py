"""The read side of the log: every recorded event in one order."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple, Protocol
from uuid import UUID

from domain.kernel import Event


class RecordedEvent(NamedTuple):
    """One row of the log: the envelope, and the payload as its exact canonical JSON text.

    A tuple, for these are made by the million.

    `trace_context` is the W3C `traceparent` of the command, for telemetry alone: it is no evidence,
    and stands in no export.
    """

    ledger_seq: int
    stream_id: UUID
    stream_version: int
    event_id: UUID
    event_type: str
    schema_version: int
    payload: str
    actor: str
    correlation_id: str | None
    causation_id: str | None
    request_id: str | None
    reason: str | None
    effective_at: datetime
    recorded_at: datetime
    trace_context: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class LogSelection:
    """Which events; every bound that is None does not bind. Sequence bounds are inclusive,
    times are recorded times: `recorded_from` inclusive, `recorded_before` exclusive. `positions`
    are the only ones wanted, where they are told.
    """

    first_seq: int | None = None
    last_seq: int | None = None
    stream_id: UUID | None = None
    event_types: Sequence[str] | None = None
    actor: str | None = None
    recorded_from: datetime | None = None
    recorded_before: datetime | None = None
    positions: frozenset[int] | None = None


class Log(Protocol):
    """Reads the log. Nothing read is ever changed or withdrawn."""

    def head(self) -> int:
        """The last `ledger_seq`; 0 for an empty log."""

    def read(self, *, after: int, limit: int) -> Sequence[RecordedEvent]:
        """The next events after a position, oldest first, without gaps."""

    def select(
        self, selection: LogSelection, *, newest_first: bool, limit: int
    ) -> Sequence[RecordedEvent]:
        """Events that match, by `ledger_seq`, at most `limit`."""

    def stream(self, selection: LogSelection) -> Iterator[RecordedEvent]:
        """All events that match, oldest first, read in pieces: memory stays flat."""

    def decode(self, recorded: RecordedEvent) -> Event:
        """The domain event, upcast to its newest version."""


class RecordedTimes(Protocol):
    """Knows when what was recorded; recorded times never fall along the log."""

    def last_seq_before(self, moment: datetime) -> int:
        """The last position recorded before a moment; 0 when nothing was."""


@dataclass(frozen=True, slots=True)
class StreamRange:
    """Streams side by side: those with an id above `after` (None: from the first on), up to
    `until`, that one included. `events` is how many they have, about.
    """

    after: UUID | None
    until: UUID
    events: int


class WholeStreams(Protocol):
    """Reads the log stream by stream, for whoever wants whole histories and no one order."""

    def ranges(self, *, events: int, last_seq: int) -> Sequence[StreamRange]:
        """All streams with anything up to a position, in ranges of about so many events each."""

    def streams(self, within: StreamRange, *, last_seq: int) -> Iterator[RecordedEvent]:
        """Every event of a range up to a position: one stream after the other, each from its first
        event on without holes. Read in pieces: memory stays flat.
        """

"""A log held in memory, for what happens to events after they were read."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID

from typing_extensions import override

from application.exports.exporting import Exported, ExportRequest, export_events
from application.log import Log, LogSelection, RecordedEvent
from domain.kernel import Event

NOON = datetime(2026, 1, 5, 12, tzinfo=UTC)
TYPES = ("account.opened", "account.trade_recorded", "account.equity_marked")


def recorded(ledger_seq: int) -> RecordedEvent:
    """The event that stands at a position; a second lies between two."""
    moment = NOON + timedelta(seconds=ledger_seq)
    return RecordedEvent(
        ledger_seq=ledger_seq,
        stream_id=UUID(int=ledger_seq % 3 + 1),
        stream_version=ledger_seq // 3 + 1,
        event_id=UUID(int=ledger_seq * 1_000_003),
        event_type=TYPES[ledger_seq % 3],
        schema_version=1,
        payload=f'{{"note":"Zürich {ledger_seq}","number":{ledger_seq}}}',
        actor="admin:7" if ledger_seq % 5 else "system",
        correlation_id=None,
        causation_id=f"cause-{ledger_seq}",
        request_id=None,
        reason='a "quoted" reason\n' if ledger_seq % 2 else None,
        effective_at=moment - timedelta(microseconds=1),
        recorded_at=moment,
    )  # fmt: skip


@dataclass
class MemoryLog(Log):
    """Answers what exports ask."""

    events: Sequence[RecordedEvent]

    @classmethod
    def of(cls, count: int) -> "MemoryLog":
        return cls([recorded(ledger_seq) for ledger_seq in range(1, count + 1)])

    def without(self, ledger_seq: int) -> "MemoryLog":
        """The same log after somebody took one event out; its head still stands where it stood."""
        return Robbed([each for each in self.events if each.ledger_seq != ledger_seq], self.head())

    @override
    def head(self) -> int:
        return self.events[-1].ledger_seq if self.events else 0

    @override
    def read(self, *, after: int, limit: int) -> Sequence[RecordedEvent]:
        return [each for each in self.events if each.ledger_seq > after][:limit]

    @override
    def select(
        self, selection: LogSelection, *, newest_first: bool, limit: int
    ) -> Sequence[RecordedEvent]:
        found = list(self.stream(selection))
        return found[::-1][:limit] if newest_first else found[:limit]

    @override
    def stream(self, selection: LogSelection) -> Iterator[RecordedEvent]:
        return (each for each in self.events if _matches(each, selection))

    @override
    def decode(self, recorded: RecordedEvent) -> Event:
        raise AssertionError("an export reads what is stored, never what it means")


@dataclass
class Robbed(MemoryLog):
    """A log whose counter knows of more than is there."""

    last_seq: int

    @override
    def head(self) -> int:
        return self.last_seq


def exported(
    log: Log,
    directory: Path,
    selection: LogSelection | None = None,
    *,
    events_per_file: int = 100_000,
) -> Exported:
    """An export made an hour after noon."""
    request = ExportRequest(
        selection=selection or LogSelection(),
        created_at=NOON + timedelta(hours=1),
        created_by="cli:tests",
        events_per_file=events_per_file,
    )
    return export_events(log, request, directory)


def relabelled(event: RecordedEvent, event_type: str, schema_version: int) -> RecordedEvent:
    """The same event as another type and version."""
    return event._replace(event_type=event_type, schema_version=schema_version)


def _matches(event: RecordedEvent, asked: LogSelection) -> bool:
    return (
        (asked.last_seq is None or event.ledger_seq <= asked.last_seq)
        and asked.stream_id in (None, event.stream_id)
        and (asked.event_types is None or event.event_type in asked.event_types)
        and asked.actor in (None, event.actor)
        and (asked.recorded_from is None or event.recorded_at >= asked.recorded_from)
        and (asked.recorded_before is None or event.recorded_at < asked.recorded_before)
    )

"""The ledger and the log in memory, with the refusals of the real ones; and an account in them."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, cast
from uuid import UUID, uuid4

from typing_extensions import override

from application.accounts.commands import OpenAccount
from application.accounts.handlers import open_account
from application.context import IdempotencyKey, current_context
from application.errors import NaturalKeyTaken, StaleVersion, StreamNotFound, WriteConflict
from application.imports.commands import ImportTrades
from application.imports.handlers import import_trades
from application.imports.outcome import ImportOutcome
from application.imports.reading import Reading
from application.ledger import Ledger, Receipt, TAggregate
from application.log import Log, LogSelection, RecordedEvent
from domain.documents import Place
from domain.kernel import Aggregate, Event
from domain.rules.reading import read_pack

OPENED = datetime(2025, 10, 1, tzinfo=UTC)
LATER = datetime(2026, 3, 1, tzinfo=UTC)


class MemoryLedger(Ledger, Log):
    """Every event in one list. `appends` counts the saves that wrote something."""

    def __init__(self) -> None:
        self.events: list[Event] = []
        self.appends = 0

    @override
    def load(
        self, kind: type[TAggregate], stream_id: UUID, *, expected_version: int | None = None
    ) -> TAggregate:
        loaded: Any = None
        for event in self.of(stream_id):
            loaded = event.mutate(loaded)
        if loaded is None:
            raise StreamNotFound(f"No event of {stream_id} is in the log.")
        if expected_version not in (None, loaded.version):
            raise StaleVersion("There is a newer version.")
        return cast("TAggregate", loaded)

    @override
    def history(self, aggregate: Aggregate) -> Sequence[Event]:
        return self.of(aggregate.id)[: aggregate.version]

    @override
    def save(self, *aggregates: Aggregate, expect: Mapping[UUID, int] | None = None) -> Receipt:
        assert current_context().idempotency is None, "one key cannot answer for many appends"
        (first,) = aggregates
        assert not expect, "no import relies on another stream"
        pending = first.pending_events
        newest = len(self.of(first.id))
        taken = {event.natural_key for event in self.of(first.id)} - {None}
        wanted = {event.natural_key for event in pending} - {None}
        if wanted and wanted <= taken:
            return Receipt(stream_id=first.id, version=newest, position=None)
        if wanted & taken:
            raise NaturalKeyTaken("Some are recorded already.")
        if pending and pending[0].originator_version != newest + 1:
            raise WriteConflict("Another command came first.")
        self.events += first.collect_events()
        self.appends += bool(pending)
        return Receipt(stream_id=first.id, version=first.version, position=len(self.events))

    @override
    def receipt_of(self, key: IdempotencyKey) -> Receipt | None:
        return None

    @override
    def head(self) -> int:
        return len(self.events)

    @override
    def read(self, *, after: int, limit: int) -> Sequence[RecordedEvent]:
        return [self._row(seq) for seq in range(after + 1, len(self.events) + 1)][:limit]

    @override
    def select(
        self, selection: LogSelection, *, newest_first: bool, limit: int
    ) -> Sequence[RecordedEvent]:
        rows = list(self.stream(selection))
        return (rows[::-1] if newest_first else rows)[:limit]

    @override
    def stream(self, selection: LogSelection) -> Iterator[RecordedEvent]:
        for seq, event in enumerate(self.events, start=1):
            types = selection.event_types
            if event.originator_id == selection.stream_id and (not types or event.TOPIC in types):
                yield self._row(seq)

    @override
    def decode(self, recorded: RecordedEvent) -> Event:
        return self.events[recorded.ledger_seq - 1]

    def of(self, stream_id: UUID) -> list[Event]:
        return [event for event in self.events if event.originator_id == stream_id]

    def _row(self, seq: int) -> RecordedEvent:
        event = self.events[seq - 1]
        return RecordedEvent(
            ledger_seq=seq,
            stream_id=UUID(str(event.originator_id)),
            stream_version=event.originator_version,
            event_id=UUID(int=seq),
            event_type=event.TOPIC,
            schema_version=1,
            payload="{}",
            actor="test",
            correlation_id=None,
            causation_id=None,
            request_id=None,
            reason=None,
            effective_at=event.effective_at,
            recorded_at=event.effective_at,
        )


def opened(
    ledger: Ledger,
    *,
    max_loss: str = "1500.00",
    at: datetime = OPENED,
    account_id: UUID | None = None,
) -> UUID:
    """A new account of 25,000 with a static floor."""
    account_id = account_id or uuid4()
    rules = {
        "starting_balance": "25000.00",
        "max_loss": {"mode": "static", "amount": max_loss, "breach": "below"},
    }
    command = OpenAccount(
        account_id=account_id,
        trader_id=UUID(int=7),
        plan="standard-25k",
        pack=read_pack(Place(rules)),
        at=at,
    )
    open_account(command, ledger)
    return account_id


def carry(ledger: MemoryLedger, account_id: UUID, reading: Reading, **how: Any) -> ImportOutcome:
    """Import what was read."""
    command = ImportTrades(**{"account_id": account_id, "reading": reading, "at": LATER, **how})
    return import_trades(command, ledger, ledger)

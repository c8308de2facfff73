"""A ledger in memory that behaves as the port says, for what handlers do with it."""

from collections.abc import Mapping, Sequence
from typing import TypeVar
from uuid import UUID

from application.context import IdempotencyKey, current_context
from application.errors import (
    IdempotencyKeyReused,
    StaleVersion,
    StreamNotFound,
    WriteConflict,
)
from application.ledger import Receipt
from application.observing import UNOBSERVED, Observer
from domain.kernel import Aggregate, Event

TAggregate = TypeVar("TAggregate", bound=Aggregate)


class MemoryLedger:
    """Streams as lists. `races` is how many saves are lost to somebody else."""

    observer: Observer = UNOBSERVED

    def __init__(self) -> None:
        self.streams: dict[UUID, list[Event]] = {}
        self.receipts: dict[tuple[str, str], tuple[str, Receipt]] = {}
        self.races = 0
        self.saves = 0

    def load(
        self, kind: type[TAggregate], stream_id: UUID, *, expected_version: int | None = None
    ) -> TAggregate:
        events = self.streams.get(stream_id)
        if events is None:
            raise StreamNotFound("There is no such stream; check the id.")
        if expected_version not in (None, len(events)):
            raise StaleVersion("It was changed since; read it again.")
        found: Aggregate | None = None
        for event in events:
            found = event.mutate(found)  # type: ignore[arg-type]
        assert isinstance(found, kind)
        return found

    def history(self, aggregate: Aggregate) -> Sequence[Event]:
        return self.streams[aggregate.id][: aggregate.version]

    def save(self, *aggregates: Aggregate, expect: Mapping[UUID, int] | None = None) -> Receipt:
        self.saves += 1
        if self.saves <= self.races:
            raise WriteConflict("Another command came first; try again.")
        for stream_id, version in (expect or {}).items():
            if len(self.streams.get(stream_id, [])) != version:
                raise WriteConflict("What the command read has changed; decide again.")
        pending: Sequence[Event] = aggregates[0].collect_events()
        stream = self.streams.setdefault(aggregates[0].id, [])
        stream += pending
        receipt = Receipt(
            stream_id=aggregates[0].id,
            version=len(stream),
            position=sum(map(len, self.streams.values())) if pending else None,
        )
        if key := current_context().idempotency:
            self.receipts[key.scope, key.key] = key.fingerprint, receipt
        return receipt

    def receipt_of(self, key: IdempotencyKey) -> Receipt | None:
        kept = self.receipts.get((key.scope, key.key))
        if kept is None:
            return None
        if kept[0] != key.fingerprint:
            raise IdempotencyKeyReused("The key was used before, with another input.")
        return Receipt(
            stream_id=kept[1].stream_id, version=kept[1].version, position=kept[1].position,
            replayed=True,
        )  # fmt: skip

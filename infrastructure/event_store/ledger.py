"""The write side of the log: aggregates loaded from it, and what they decided appended to it."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Final

from eventsourcing.persistence import InfrastructureFactory, Mapper
from eventsourcing.utils import Environment
from typing_extensions import override

from application.context import CommandContext, IdempotencyKey, current_context
from application.errors import NaturalKeyTaken, StaleVersion
from application.ledger import Ledger, Receipt, TAggregate
from application.waking import Knock
from domain.accounts.account import TradingAccount
from domain.kernel import UUID, Aggregate, Event
from infrastructure.archive.shelf import Shelf
from infrastructure.event_store.appending import AppendConflict
from infrastructure.event_store.datastore import LedgerFactory
from infrastructure.event_store.log import PostgresLog
from infrastructure.event_store.lookups import (
    all_recorded,
    newest_version,
    receipt_kept,
    write_conflict,
)
from infrastructure.event_store.mapper import LedgerMapper
from infrastructure.event_store.packing import Append
from infrastructure.event_store.rebuilding import rebuild, until
from infrastructure.event_store.recorder import LedgerRecorder
from infrastructure.event_store.remembering import Remembered
from infrastructure.event_store.stored import StoredFact
from infrastructure.postgres.persistence import Session, open_pool, persistently
from infrastructure.snapshots.reading import SnapshotReader

SEAMS: Final[Mapping[str, str]] = {
    "PERSISTENCE_MODULE": "infrastructure.event_store.datastore:LedgerFactory",
    "APPLICATION_RECORDER_TOPIC": "infrastructure.event_store.recorder:LedgerRecorder",
    "MAPPER_TOPIC": "infrastructure.event_store.mapper:LedgerMapper",
    "TRANSCODER_TOPIC": "infrastructure.event_store.mapper:CanonicalTranscoder",
    "CREATE_TABLE": "n",
    "POSTGRES_ENABLE_DB_FUNCTIONS": "n",
}


REMEMBERED_MAX: Final = 2_000
"""Accounts that a process remembers, at about 100 kB each; others are read whole."""


class EventSourcedLedger(Ledger):
    """The `Ledger` port on the library's mapper and our recorder."""

    def __init__(
        self,
        factory: LedgerFactory,
        *,
        remembered: int = REMEMBERED_MAX,
        snapshots: bool = True,
        knock: Knock | None = None,
    ) -> None:
        mapper: Mapper[UUID] = factory.mapper()
        recorder = factory.application_recorder()
        assert isinstance(mapper, LedgerMapper)
        assert isinstance(recorder, LedgerRecorder)
        self.recorder = recorder
        self._mapper = mapper
        self._factory = factory
        self._remembered = Remembered(remembered)
        self.snapshots = SnapshotReader(recorder.pool) if snapshots else None
        self._knock = knock

    @override
    def load(
        self, kind: type[TAggregate], stream_id: UUID, *, expected_version: int | None = None
    ) -> TAggregate:
        aggregate = self._newest(kind, stream_id)
        if expected_version is not None and aggregate.version != expected_version:
            raise StaleVersion(
                f"This stands at version {aggregate.version}, not {expected_version}. Look at what"
                " changed, then decide again.",
                stream_id=stream_id,
                expected=expected_version,
                actual=aggregate.version,
            )
        return aggregate

    def _newest(self, kind: type[TAggregate], stream_id: UUID) -> TAggregate:
        """As the log has it now: remembered, or from a snapshot, or read whole."""
        if self.snapshots and self.snapshots.lost_trust():
            self._remembered.forget_all()
        era = self._remembered.era

        def newer_than(version: int) -> Sequence[Event]:
            facts = self.recorder.select_events(stream_id, gt=version)
            return [self._mapper.to_domain_event(fact) for fact in facts]

        known = self._remembered.brought_up(kind, stream_id, newer_than)
        if known is not None:
            return known
        loaded = self.snapshots and kind is TradingAccount and self.snapshots.load(stream_id)
        if loaded and isinstance(loaded.account, kind):
            return self._remembered.keep(loaded.account, era=era)
        return self._remembered.keep(self.load_until(kind, stream_id), era=era)

    def load_until(
        self,
        kind: type[TAggregate],
        stream_id: UUID,
        *,
        at_seq: int | None = None,
        as_of: datetime | None = None,
    ) -> TAggregate:
        """As `load`, but as the log stood at `at_seq` and as the world stood at `as_of`.

        Always from the first event: no snapshot is used.
        See `rebuilding.until` for what `as_of` means for events that were recorded late.
        """
        facts = until(self.recorder.select_events(stream_id), at_seq=at_seq, as_of=as_of)
        return rebuild(kind, stream_id, map(self._mapper.to_domain_event, facts))

    @override
    def history(self, aggregate: Aggregate) -> Sequence[Event]:
        facts = self.recorder.select_events(aggregate.id, lte=aggregate.version)
        return [self._mapper.to_domain_event(fact) for fact in facts]

    @override
    def save(self, *aggregates: Aggregate, expect: Mapping[UUID, int] | None = None) -> Receipt:
        assert aggregates, "there is nothing to save"
        context, first = current_context(), aggregates[0]
        events = [event for aggregate in aggregates for event in aggregate.pending_events]
        if not events and context.idempotency is None:
            return Receipt(stream_id=first.id, version=first.version, position=None)
        receipt = self._append(events, context, first, expect or {})
        if self._knock is not None and receipt.position is not None:
            self._knock.knock()
        for aggregate in aggregates:
            # Only now: had the append failed, a second save would still have all to say.
            aggregate.collect_events()
        return receipt

    @override
    def receipt_of(self, key: IdempotencyKey) -> Receipt | None:
        return persistently(self.recorder.pool, lambda session, _: receipt_kept(session, key))

    def close(self) -> None:
        """Give the connections back."""
        self._factory.close()

    def _append(
        self,
        events: Sequence[Event],
        context: CommandContext,
        first: Aggregate,
        expect: Mapping[UUID, int],
    ) -> Receipt:
        facts = [self._mapper.to_stored_event(event) for event in events]
        _refuse_repeated_keys(facts)
        wanted = Append(
            facts=facts,
            context=context,
            receipt_stream_id=first.id,
            receipt_version=first.version,
            expect=expect,
        )
        try:
            with self.observer.appending(len(facts)):
                positions = self.recorder.append(wanted)
        except AppendConflict:
            return self._resolve(wanted, first.id)
        return Receipt(
            stream_id=first.id,
            version=first.version,
            position=positions[-1] if positions else None,
        )

    def _resolve(self, wanted: Append, stream_id: UUID) -> Receipt:
        """Why was it refused? The key first, then natural keys; only then is it a conflict."""

        def look(session: Session, _: object) -> Receipt:
            key = wanted.context.idempotency
            if key is not None and (receipt := receipt_kept(session, key)) is not None:
                return receipt
            if all_recorded(session, wanted.facts):
                return Receipt(
                    stream_id=stream_id, version=newest_version(session, stream_id), position=None
                )
            raise write_conflict(session, wanted.facts, wanted.expect)

        # What is remembered of these streams may be what was wrong about them.
        self._remembered.forget({fact.originator_id for fact in wanted.facts} | {*wanted.expect})
        receipt = persistently(self.recorder.pool, look)
        if receipt.replayed:
            self.recorder.appends.note_replay()
        if receipt.replayed or wanted.context.idempotency is None:
            return receipt
        # A repeated fact under a new key: that key, too, gets this answer for ever.
        kept = replace(wanted, facts=(), expect={}, receipt_version=receipt.version)
        try:
            self.recorder.append(kept)
        except AppendConflict:
            return persistently(self.recorder.pool, look)
        return receipt


def open_ledger(
    conninfo: str,
    *,
    pool_size: int,
    combines: bool = True,
    snapshots: bool = True,
    knock: Knock | None = None,
    shelf: Shelf | None = None,
) -> EventSourcedLedger:
    """A ledger on the database of this libpq URL or keyword string; close it after use.

    Unless it `combines`, each append is a transaction of its own, whoever else waits. Without
    `snapshots` every account that is not remembered is read whole. `knock` is told after each
    commit. Without a shelf it refuses with ArchiveUnavailable to load what is archived. The login
    must be a member of `dynasty_writer`. Refuses with LedgerUnavailable.
    """
    settings = {
        **SEAMS,
        "LEDGER_CONNINFO": conninfo,
        "LEDGER_POOL_SIZE": str(pool_size),
        "LEDGER_COMBINES": "y" if combines else "n",
    }
    factory = InfrastructureFactory.construct(Environment("ledger", settings))
    assert isinstance(factory, LedgerFactory)
    ledger = EventSourcedLedger(factory, snapshots=snapshots, knock=knock)
    ledger.recorder.log = PostgresLog(ledger.recorder.pool, shelf)
    open_pool(ledger.recorder.pool)
    return ledger


def _refuse_repeated_keys(facts: Sequence[StoredFact]) -> None:
    keys = [(fact.originator_id, fact.natural_key) for fact in facts if fact.natural_key]
    if len(set(keys)) < len(keys):
        raise NaturalKeyTaken(
            "One command names the same identifier twice. Send it once.",
            natural_keys=sorted({key for _, key in keys}),
        )

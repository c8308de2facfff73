"""A log in small partitions, filled, sealed and signed, and what archives it."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID, uuid4

from psycopg import connect

from application.archiving.archiving import Archived, Archivist
from application.archiving.ports import ArchiveStore
from application.context import CommandContext, acting
from application.log import RecordedEvent
from infrastructure.archive.directory import DirectoryStore
from infrastructure.archive.forms import ExactForms
from infrastructure.archive.partitions import PostgresPartitions, open_partitions
from infrastructure.archive.shelf import Shelf
from infrastructure.event_store.ledger import EventSourcedLedger, open_ledger
from infrastructure.event_store.log import PostgresLog, open_log
from tests.integration.event_store.tally import Tally
from tests.integration.proofs.office import Office, office_on
from tests.support.postgres import Database

SIZE = 100
ACTORS = ("ann", "ben", "cleo")
TRACE = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
NOW = datetime(2026, 3, 2, 18, tzinfo=UTC)


def small_partitions(database: Database, *, size: int = SIZE) -> None:
    """Let an empty log begin with partitions of a size that tests can fill."""
    with connect(database.conninfo) as owner:
        owner.execute("ALTER TABLE ledger.events DETACH PARTITION ledger.events_p1")
        owner.execute("DROP TABLE ledger.events_p1")
        owner.execute("UPDATE ledger.head SET room_until = 0")
        owner.execute("UPDATE ledger.partitioning SET events_per_partition = %s", (size,))


@dataclass
class Archiving:
    """All parts on one database."""

    database: Database
    office: Office
    store: ArchiveStore
    partitions: PostgresPartitions
    ledger: EventSourcedLedger

    def archivist(
        self,
        *,
        store: ArchiveStore | None = None,
        partitions: PostgresPartitions | None = None,
        settled_seconds: int = 0,
    ) -> Archivist:
        return Archivist(
            partitions or self.partitions,
            store or self.store,
            ExactForms(),
            tree=self.office.tree,
            checkpoints=self.office.checkpoints,
            settled_seconds=settled_seconds,
            events_per_piece=30,
        )

    def archive(self, before: int, *, keeps: bool = False) -> list[Archived]:
        """Seal, sign, and archive whatever lies before."""
        self.office.seal_and_sign()
        archivist = self.archivist()
        plan = archivist.plan(before=before, head=self.office.log.head())
        return [archivist.archive(each, by="cli:test", keeps=keeps) for each in plan.partitions]

    def everything(self) -> list[RecordedEvent]:
        """The log as one who has just come sees it."""
        with self.fresh_log() as log:
            events: list[RecordedEvent] = []
            while page := log.read(after=len(events), limit=1000):
                events += page
            return events

    @contextmanager
    def fresh_log(self, store: ArchiveStore | None = None) -> Iterator[PostgresLog]:
        """A log that nothing is remembered of."""
        log = open_log(self.database.url, pool_size=2, shelf=Shelf(lambda: store or self.store))
        try:
            yield log
        finally:
            log.close()

    def execute(self, statement: str) -> None:
        with connect(self.database.conninfo) as owner:
            owner.execute(statement.encode())


@contextmanager
def archiving_on(
    database: Database, directory: Path, store: ArchiveStore | None = None
) -> Iterator[Archiving]:
    """Everything open on a new database, whose partitions are made small."""
    small_partitions(database)
    with reopened(database, directory, store) as opened:
        yield opened


@contextmanager
def reopened(
    database: Database, directory: Path, store: ArchiveStore | None = None
) -> Iterator[Archiving]:
    """Everything open on a database that is in use already."""
    used = store or DirectoryStore(directory / "archive")
    shelf = Shelf(lambda: used)
    partitions, close = open_partitions(database.url)
    ledger = open_ledger(database.url, pool_size=4, shelf=shelf)
    with office_on(database, directory) as office:
        office.log = open_log(database.url, shelf=shelf)
        try:
            yield Archiving(database, office, used, partitions, ledger)
        finally:
            office.log.close()
            ledger.close()
            close()


def fill(ledger: EventSourcedLedger, events: int, *, streams: int = 7) -> list[UUID]:
    """Record so many events of some streams, by some actors, each in turn; some are traced."""
    tallies = [Tally.of(f"flock {number}", id=uuid4()) for number in range(streams)]
    done = 0
    while done < events:
        tally = tallies[done % streams]
        context = CommandContext(
            actor=ACTORS[done % len(ACTORS)],
            reason='Größe: \u2028 "x"\n' if done % 5 == 0 else None,
            correlation_id=f"c-{done}" if done % 3 == 0 else None,
            trace_context=TRACE if done % 11 == 0 else None,
        )
        with acting(context):
            count = min(1 + done % 4, events - done)
            pending = len(tally.pending_events)
            if count > pending:
                tally.count(times=count - pending)
            ledger.save(tally)
        done += count
    return [tally.id for tally in tallies]

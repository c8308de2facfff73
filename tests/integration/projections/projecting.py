"""A database with a ledger and read models, and the ways in which tests look at them."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import timedelta
from threading import Event as Signal
from typing import Any
from uuid import UUID, uuid4

from eventsourcing.persistence import StoredEvent
from psycopg import Connection, connect
from psycopg.rows import TupleRow, dict_row
from psycopg.sql import SQL, Identifier

from application.leasing.tenure import Tenure
from infrastructure.event_store.ledger import EventSourcedLedger, open_ledger
from infrastructure.event_store.log import PostgresLog, open_log
from infrastructure.leasing.named import NamedLeases
from infrastructure.postgres.pools import Pool, new_pool
from infrastructure.postgres.sessions import session_conninfo
from projections.audit_entries import AuditEntry, Place, audit_entries
from projections.comparing import Comparison
from projections.daemon import Daemon, catch_up
from projections.kernel import Projection
from projections.lanes import LEASE_NAMES
from projections.read_models import READ_MODELS
from projections.rebuild import Rebuilder
from projections.schema import create_read_models
from tests.support.postgres import Database

NAMES = [model.name for model in READ_MODELS]


@dataclass(frozen=True, slots=True)
class Projecting:
    """`admin` is the superuser's connection, `pool` the projector's."""

    database: Database
    admin: Connection[TupleRow]
    ledger: EventSourcedLedger
    log: PostgresLog
    pool: Pool

    def catch_up(self, *, models: Sequence[Projection] = READ_MODELS, batch: int = 1_000) -> int:
        """As a guest, in the lanes that nobody holds."""
        return catch_up(log=self.log, pool=self.pool, models=models, batch=batch)

    @contextmanager
    def tenure(
        self, *, owner: str, seconds: int = 6, report: Callable[[str], None] = print
    ) -> Iterator[Tenure[str]]:
        """The lanes of one daemon, held for the length of the block."""
        leases = NamedLeases(self.pool, "lane", owner=owner, names=LEASE_NAMES, seconds=seconds)
        leases.prepare()
        tenure = Tenure(leases, lease=timedelta(seconds=seconds), report=report)
        tenure.begin()
        try:
            yield tenure
        finally:
            tenure.end()

    def follow(
        self,
        stop: Signal,
        *,
        owner: str = "one",
        seconds: int = 6,
        report: Callable[[str], None] = print,
    ) -> None:
        """Be a daemon until stopped."""
        with self.tenure(owner=owner, seconds=seconds, report=report) as tenure:
            Daemon(log=self.log, pool=self.pool, tenure=tenure, report=report).run(stop)

    def rows(self, table: str, *, order: str) -> Sequence[Mapping[str, Any]]:
        query = SQL("SELECT * FROM {} ORDER BY {}")
        with self.admin.cursor(row_factory=dict_row) as cursor:
            cursor.execute(query.format(Identifier("read", table), Identifier(order)))
            return cursor.fetchall()

    def row(self, table: str) -> Mapping[str, Any]:
        (only,) = self.rows(table, order="account_id")
        return only

    def audited(self) -> Sequence[AuditEntry]:
        """The audit trail, oldest first."""
        rows = self.rows("audit_log", order="ledger_seq")
        places = [Place(**{name: row[name] for name in Place._fields}) for row in rows]
        return audit_entries(self.log, places)

    def positions(self) -> Mapping[str, int]:
        """What each model holds in all lanes."""
        found = self.admin.execute(
            "SELECT projection, min(position) FROM read.positions GROUP BY projection"
        ).fetchall()
        return dict(found)

    def append_raw(
        self, event_type: str, *, stream_id: UUID | None = None, version: int = 1
    ) -> int:
        """Append an event that no class of this release writes; return its position."""
        self.ledger.recorder.insert_events(
            [StoredEvent(stream_id or uuid4(), version, event_type, b"{}")]
        )
        return self.log.head()

    def differences(self) -> Sequence[Comparison]:
        """The tables in which the live rows are not those of a fresh build."""
        found = Rebuilder(self.log, self.pool).check(READ_MODELS, progress=lambda _, __: None)
        return [each for each in found if not each.same]


@contextmanager
def projecting(database: Database) -> Iterator[Projecting]:
    """Everything open for the length of the block, with the read models empty."""
    projector = session_conninfo(
        database.conninfo, role="dynasty_projector", application="test-projector"
    )
    with ExitStack() as stack:
        admin = stack.enter_context(connect(database.conninfo, autocommit=True))
        create_read_models(admin)
        ledger = open_ledger(database.conninfo, pool_size=4)
        stack.callback(ledger.close)
        log = open_log(database.conninfo)
        stack.callback(log.close)
        pool = stack.enter_context(new_pool(projector, pool_size=8, name="projector"))
        yield Projecting(database, admin, ledger, log, pool)

"""The partitions of the log in PostgreSQL, as `dynasty_keeper`."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from time import sleep
from typing import Any, Final

from psycopg.errors import LockNotAvailable
from psycopg.rows import TupleRow, class_row
from psycopg.sql import SQL, Composed
from typing_extensions import override

from application.archiving.errors import PartitionNotArchivable
from application.archiving.ports import ArchivedPartition, Partition, Partitions
from application.errors import LedgerUnavailable
from application.log import RecordedEvent
from infrastructure.event_store.rows import COLUMNS, recorded_of
from infrastructure.postgres.persistence import Session, open_pool, persistently
from infrastructure.postgres.pools import Pool, new_pool
from infrastructure.postgres.sessions import LIMITS, session_conninfo

PIECE: Final = 1000
REFUSED: Final = "LK006"  # Raised by ledger.archive_partition.
ATTEMPTS_MAX: Final = 30
PAUSE_SECONDS: Final = 0.5
# It counts the rows of a partition before it takes it out. Rows by stream are read along their
# key; left to itself the server would sort all that is left of a partition for each page.
PATIENCE: Final = {
    "statement_timeout": "10min",
    "enable_sort": "off",
    "enable_seqscan": "off",
    "enable_bitmapscan": "off",
}

PRESENT: Final = SQL("SELECT name, first_seq, last_seq FROM ledger.partitions()")
ARCHIVED: Final = SQL(
    "SELECT first_seq, last_seq, first_recorded_at, last_recorded_at, tree_size, place,"
    " manifest_sha256, kept, archived_by, archived_at FROM ledger.archives ORDER BY first_seq"
)
ROWS: Final = SQL("SELECT {columns} FROM ledger.events AS e").format(columns=COLUMNS)
BY_POSITION: Final = ROWS + SQL(
    " WHERE e.ledger_seq > %s AND e.ledger_seq <= %s ORDER BY e.ledger_seq LIMIT %s"
)
BY_STREAM: Final = ROWS + SQL(
    " WHERE e.ledger_seq BETWEEN %s AND %s AND (e.stream_id, e.stream_version) > (%s, %s)"
    " ORDER BY e.stream_id, e.stream_version LIMIT %s"
)
BEFORE_ALL: Final = ("00000000-0000-0000-0000-000000000000", -1)
SETTLED: Final = SQL(
    "SELECT e.recorded_at <= clock_timestamp() - make_interval(secs => %s)"
    " FROM ledger.events AS e WHERE e.ledger_seq = %s"
)
TAKE_OUT: Final = SQL("SELECT ledger.archive_partition(%s, %s, %s, %s, %s, %s)")


class PostgresPartitions(Partitions):
    """The `Partitions` port."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    @override
    def present(self) -> Sequence[Partition]:
        rows = self._rows(PRESENT, ())
        return [Partition(table=name, first_seq=first, last_seq=last) for name, first, last in rows]

    @override
    def archived(self) -> Sequence[ArchivedPartition]:
        def ask(session: Session, _: object) -> Sequence[ArchivedPartition]:
            with session.cursor(row_factory=class_row(ArchivedPartition)) as cursor:
                return cursor.execute(ARCHIVED).fetchall()

        return persistently(self._pool, ask)

    @override
    def by_position(self, partition: Partition) -> Iterator[RecordedEvent]:
        after = partition.first_seq - 1
        while piece := self._events(BY_POSITION, (after, partition.last_seq, PIECE)):
            yield from piece
            after = piece[-1].ledger_seq

    @override
    def by_stream(self, partition: Partition) -> Iterator[RecordedEvent]:
        span, after = (partition.first_seq, partition.last_seq), BEFORE_ALL
        while piece := self._events(BY_STREAM, (*span, *after, PIECE)):
            yield from piece
            after = (str(piece[-1].stream_id), piece[-1].stream_version)

    @override
    def settled(self, partition: Partition, *, seconds: int) -> bool:
        rows = self._rows(SETTLED, (seconds, partition.last_seq))
        return rows == [(True,)]

    @override
    def take_out(
        self, partition: Partition, manifest: str, *, place: str, by: str, keeps: bool
    ) -> bool:
        """Readers and appends are let through rather than kept waiting: it asks again and again."""
        values = (partition.first_seq, partition.last_seq, place, manifest, by, keeps)

        def attempt(session: Session, _: object) -> bool | None:
            try:
                ((done,),) = session.execute(TAKE_OUT, values).fetchall()
            except LockNotAvailable:
                return None
            except Exception as fault:
                if getattr(fault, "sqlstate", None) == REFUSED:
                    said = getattr(fault, "diag").message_primary  # noqa: B009
                    raise PartitionNotArchivable(
                        f"The database does not give the partition up: {said}."
                    ) from fault
                raise
            return bool(done)

        for _ in range(ATTEMPTS_MAX):
            done = persistently(self._pool, attempt)
            if done is not None:
                return done
            sleep(PAUSE_SECONDS)
        raise LedgerUnavailable(
            "The log was never still enough to take the partition out. Its files are written: run"
            " the same again."
        )

    def _events(self, query: Composed, values: Sequence[Any]) -> Sequence[RecordedEvent]:
        return [recorded_of(row) for row in self._rows(query, values)]

    def _rows(self, query: SQL | Composed, values: Sequence[Any]) -> Sequence[TupleRow]:
        return persistently(
            self._pool,
            lambda session, _: session.execute(query, values, binary=True).fetchall(),
        )


def open_partitions(conninfo: str) -> tuple[PostgresPartitions, Callable[[], None]]:
    """The partitions in the database of this libpq URL or keyword string, and how to close them.

    The login must be a member of `dynasty_keeper`. Refuses with DatabaseUnusable.
    """
    pool = new_pool(
        session_conninfo(
            conninfo,
            role="dynasty_keeper",
            application="dynasty-archive",
            limits=LIMITS | PATIENCE,
        ),
        pool_size=1,
        name="archive",
    )
    open_pool(pool)
    return PostgresPartitions(pool), pool.close

"""The library's application recorder, on our schema."""

from collections.abc import Sequence
from dataclasses import replace
from functools import cache
from itertools import count
from typing import Any, Final

from eventsourcing.persistence import NotSupportedError, StoredEvent
from eventsourcing.postgres import PostgresApplicationRecorder
from psycopg import RawCursor
from psycopg.rows import TupleRow
from psycopg.sql import SQL, Composable
from typing_extensions import override

from application.context import current_context
from domain.kernel import UUID
from infrastructure.event_store.appending import AppendConflict
from infrastructure.event_store.combining import AppendCombiner
from infrastructure.event_store.datastore import LedgerDatastore
from infrastructure.event_store.packing import Append, Packed, VersionsOutOfOrder
from infrastructure.event_store.stored import StoredFact, StoredNotification, as_fact
from infrastructure.event_store.subscription import PollingSubscription
from infrastructure.postgres.persistence import persistently

FACTS: Final = SQL(
    "SELECT ledger_seq, stream_id, stream_version, event_id, event_type, schema_version, payload,"
    " effective_at FROM ledger.events WHERE true"
)

# Not BETWEEN: the planner takes its two ends for a narrow range, and would read a whole partition's
# primary key beside the key of the stream.
WITHIN_STREAM: Final = (
    "ledger_seq >= (SELECT s.first_seq FROM ledger.streams AS s WHERE s.stream_id = $1)"
    " AND ledger_seq <= ANY (ARRAY["
    "(SELECT s.last_seq FROM ledger.streams AS s WHERE s.stream_id = $1)])"
)


class LedgerRecorder(PostgresApplicationRecorder):
    """Appends in one statement, numbers without gaps, and never writes the same events twice.

    A notification's id is the event's `ledger_seq`. Tables come from migrations, never from here.
    """

    def __init__(self, datastore: LedgerDatastore, *, events_table_name: str = "events") -> None:
        assert not datastore.enable_db_functions, "the library's own functions lose events"
        super().__init__(datastore, events_table_name=events_table_name)
        self.pool = datastore.sessions
        self.appends = AppendCombiner(self.pool, datastore.combining)

    @override
    def create_table(self) -> None:
        raise NotSupportedError("The ledger's tables come from migrations: set CREATE_TABLE=n.")

    def append(self, wanted: Append) -> range:
        """Write all of it or nothing, and return the positions.

        Refuses as `appending.append` does, and with LedgerBusy when too much waits.
        """
        try:
            packed = Packed(wanted)
        except VersionsOutOfOrder as fault:
            raise AppendConflict(str(fault)) from fault
        return self.appends.append(packed)

    @override
    def insert_events(
        self, stored_events: Sequence[StoredEvent], **kwargs: Any
    ) -> Sequence[int] | None:
        """The library's way in: the context's metadata, but not its key, which needs a receipt."""
        if not stored_events:
            return None
        context = current_context()
        if context.idempotency is not None:
            context = replace(context, idempotency=None)
        return list(self.append(Append(facts=list(map(as_fact, stored_events)), context=context)))

    @override
    def select_events(
        self,
        originator_id: UUID | str,
        *,
        gt: int | None = None,
        lte: int | None = None,
        desc: bool = False,
        limit: int | None = None,
    ) -> Sequence[StoredFact]:
        statement = _of_stream(
            gt=gt is not None, lte=lte is not None, limit=limit is not None, desc=desc
        )
        values = [value for value in (originator_id, gt, lte, limit) if value is not None]
        rows = persistently(
            self.pool,
            lambda session, _: (
                RawCursor(session).execute(statement, values, prepare=True, binary=True).fetchall()
            ),
        )
        return [_fact(row) for row in rows]

    @override
    def select_notifications(
        self,
        start: int | None,
        limit: int,
        stop: int | None = None,
        topics: Sequence[str] = (),
        *,
        inclusive_of_start: bool = True,
    ) -> Sequence[StoredNotification]:
        query: list[Composable] = [FACTS]
        values: list[Any] = []
        if start is not None:
            query.append(SQL("AND ledger_seq >= %s"))
            values.append(start if inclusive_of_start else start + 1)
        if stop is not None:
            query.append(SQL("AND ledger_seq <= %s"))
            values.append(stop)
        if topics:
            query.append(SQL("AND event_type = ANY(%s)"))
            values.append(list(topics))
        query.append(SQL("ORDER BY ledger_seq LIMIT %s"))
        values.append(limit)
        return [_notification(row) for row in self._rows(query, values)]

    @override
    def max_notification_id(self) -> int | None:
        ((last_seq,),) = self._rows([SQL("SELECT last_seq FROM ledger.head")], [])
        return last_seq or None

    @override
    def subscribe(self, gt: int | None = None, topics: Sequence[str] = ()) -> PollingSubscription:
        return PollingSubscription(self, gt=gt, topics=topics)

    def _rows(self, query: Sequence[Composable], values: Sequence[Any]) -> Sequence[TupleRow]:
        statement = SQL(" ").join(query)
        return persistently(
            self.pool,
            lambda session, _: session.execute(statement, values, binary=True).fetchall(),
        )


@cache
def _of_stream(
    *, gt: bool = False, lte: bool = False, limit: bool = False, desc: bool = False
) -> bytes:
    """The query by stream, limited or not from below, from above and in number."""
    number = count(2)
    # The stream's row says where in the log it lies, so that other partitions are not looked into.
    parts = [FACTS.as_string(), "AND stream_id = $1 AND", WITHIN_STREAM]
    if gt:
        parts.append(f"AND stream_version > ${next(number)}")
    if lte:
        parts.append(f"AND stream_version <= ${next(number)}")
    parts.append("ORDER BY stream_version DESC" if desc else "ORDER BY stream_version")
    if limit:
        parts.append(f"LIMIT ${next(number)}")
    return " ".join(parts).encode()


def _fact(row: TupleRow) -> StoredFact:
    return StoredFact(**_envelope(row))


def _notification(row: TupleRow) -> StoredNotification:
    return StoredNotification(id=row[0], **_envelope(row))


def _envelope(row: TupleRow) -> dict[str, Any]:
    ledger_seq, stream_id, version, event_id, topic, schema_version, payload, effective_at = row
    return {
        "originator_id": stream_id,
        "originator_version": version,
        "topic": topic,
        "state": payload.encode(),
        "event_id": event_id,
        "schema_version": schema_version,
        "effective_at": effective_at,
        "ledger_seq": ledger_seq,
    }

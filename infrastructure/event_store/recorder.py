"""The library's application recorder, on our schema."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, Final

from eventsourcing.persistence import NotSupportedError, StoredEvent
from eventsourcing.postgres import PostgresApplicationRecorder
from psycopg.rows import TupleRow
from psycopg.sql import SQL, Composable
from typing_extensions import override

from application.context import current_context
from domain.kernel import UUID
from infrastructure.event_store.appending import Append, append
from infrastructure.event_store.datastore import LedgerDatastore
from infrastructure.event_store.stored import StoredFact, StoredNotification, as_fact
from infrastructure.event_store.subscription import PollingSubscription
from infrastructure.postgres.persistence import persistently

FACTS: Final = SQL(
    "SELECT ledger_seq, stream_id, stream_version, event_id, event_type, schema_version, payload,"
    " effective_at FROM ledger.events WHERE true"
)


class LedgerRecorder(PostgresApplicationRecorder):
    """Appends in one statement, numbers without gaps, and never writes the same events twice.

    A notification's id is the event's `ledger_seq`. Tables come from migrations, never from here.
    """

    def __init__(self, datastore: LedgerDatastore, *, events_table_name: str = "events") -> None:
        assert not datastore.enable_db_functions, "the library's own functions lose events"
        super().__init__(datastore, events_table_name=events_table_name)
        self.pool = datastore.sessions

    @override
    def create_table(self) -> None:
        raise NotSupportedError("The ledger's tables come from migrations: set CREATE_TABLE=n.")

    def append(self, wanted: Append) -> range:
        """Write all of it or nothing, and return the positions. See `appending.append`."""
        return append(self.pool, wanted)

    @override
    def insert_events(
        self, stored_events: Sequence[StoredEvent], **kwargs: Any
    ) -> Sequence[int] | None:
        """The library's way in: the context's metadata, but not its key, which needs a receipt."""
        if not stored_events:
            return None
        context = replace(current_context(), idempotency=None)
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
        query: list[Composable] = [FACTS, SQL("AND stream_id = %s")]
        values: list[Any] = [originator_id]
        if gt is not None:
            query.append(SQL("AND stream_version > %s"))
            values.append(gt)
        if lte is not None:
            query.append(SQL("AND stream_version <= %s"))
            values.append(lte)
        query.append(SQL("ORDER BY stream_version DESC" if desc else "ORDER BY stream_version"))
        if limit is not None:
            query.append(SQL("LIMIT %s"))
            values.append(limit)
        return [_fact(row) for row in self._rows(query, values)]

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

"""The read side of the log: whole rows in one order, read in pieces."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any, Final

from psycopg.rows import TupleRow
from psycopg.sql import SQL, Composable
from typing_extensions import override

from application.ledger import TAggregate
from application.log import Log, LogSelection, RecordedEvent
from domain.kernel import UUID, Event
from infrastructure.event_store.codec import decode_event
from infrastructure.event_store.rebuilding import rebuild, until
from infrastructure.postgres.persistence import open_pool, persistently
from infrastructure.postgres.pools import Pool, new_pool
from infrastructure.postgres.sessions import session_conninfo

PIECE: Final = 1000
COLUMNS: Final = SQL(
    "SELECT ledger_seq, stream_id, stream_version, event_id, event_type, schema_version, payload,"
    " actor, correlation_id, causation_id, request_id, reason, effective_at, recorded_at,"
    " trace_context FROM ledger.events"
)
HEAD: Final = SQL("SELECT last_seq FROM ledger.head")
# The stream's row says where in the log it lies, so that other partitions are not looked into.
OF_STREAM: Final = (
    "stream_id = %s"
    " AND ledger_seq >= (SELECT s.first_seq FROM ledger.streams AS s WHERE s.stream_id = %s)"
    " AND ledger_seq <= ANY (ARRAY["
    "(SELECT s.last_seq FROM ledger.streams AS s WHERE s.stream_id = %s)])"
)
LAST_BEFORE: Final = SQL("SELECT ledger.last_seq_before(%s)")


class PostgresLog(Log):
    """The `Log` port. Each piece is a statement of its own: no long transaction holds up vacuum."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    @override
    def head(self) -> int:
        return self._number(HEAD)

    @override
    def read(self, *, after: int, limit: int) -> Sequence[RecordedEvent]:
        return self._page(LogSelection(first_seq=after + 1), newest_first=False, limit=limit)

    @override
    def select(
        self, selection: LogSelection, *, newest_first: bool, limit: int
    ) -> Sequence[RecordedEvent]:
        bounded = self._by_position(selection)
        return self._page(bounded, newest_first=newest_first, limit=limit)

    @override
    def stream(self, selection: LogSelection) -> Iterator[RecordedEvent]:
        """Ends at the head of the log as it is now, however long the reading takes."""
        rest = self._by_position(selection)
        head = self.head()
        last_seq = head if rest.last_seq is None else min(head, rest.last_seq)
        rest = replace(rest, last_seq=last_seq)
        while piece := self._page(rest, newest_first=False, limit=PIECE):
            yield from piece
            if len(piece) < PIECE:
                return
            rest = replace(rest, first_seq=piece[-1].ledger_seq + 1)

    @override
    def decode(self, recorded: RecordedEvent) -> Event:
        return decode_event(
            event_type=recorded.event_type,
            schema_version=recorded.schema_version,
            payload=recorded.payload,
            stream_id=recorded.stream_id,
            stream_version=recorded.stream_version,
            effective_at=recorded.effective_at,
            ledger_seq=recorded.ledger_seq,
        )

    def load_until(
        self,
        kind: type[TAggregate],
        stream_id: UUID,
        *,
        at_seq: int | None = None,
        as_of: datetime | None = None,
    ) -> TAggregate:
        """An aggregate as the log stood at `at_seq` and as the world stood at `as_of`.

        Refuses with StreamNotFound. See `rebuilding.until` for events that were recorded late.
        """
        recorded = self.stream(LogSelection(stream_id=stream_id, last_seq=at_seq))
        return rebuild(kind, stream_id, map(self.decode, until(recorded, as_of=as_of)))

    def last_seq_before(self, moment: datetime) -> int:
        """The last position recorded before a moment; 0 when nothing was."""
        return self._number(LAST_BEFORE, moment)

    def close(self) -> None:
        """Give the connections back."""
        self._pool.close()

    def _by_position(self, selection: LogSelection) -> LogSelection:
        """The same selection without times: recorded times never fall along the log."""
        first, last = selection.first_seq, selection.last_seq
        if selection.recorded_from is not None:
            first = max(first or 1, self.last_seq_before(selection.recorded_from) + 1)
        if selection.recorded_before is not None:
            before = self.last_seq_before(selection.recorded_before)
            last = before if last is None else min(last, before)
        return replace(
            selection, first_seq=first, last_seq=last, recorded_from=None, recorded_before=None
        )

    def _page(
        self, selection: LogSelection, *, newest_first: bool, limit: int
    ) -> Sequence[RecordedEvent]:
        conditions, values = _conditions(selection)
        order = SQL("ORDER BY ledger_seq DESC" if newest_first else "ORDER BY ledger_seq")
        query = SQL(" ").join([COLUMNS, *conditions, order, SQL("LIMIT %s")])
        rows = persistently(
            self._pool,
            lambda session, _: session.execute(query, [*values, limit], binary=True).fetchall(),
        )
        return [_recorded(row) for row in rows]

    def _number(self, query: SQL, *values: object) -> int:
        def ask(session: Any, _: object) -> int:
            ((number,),) = session.execute(query, values).fetchall()
            return int(number)

        return persistently(self._pool, ask)


def open_log(conninfo: str, *, pool_size: int = 4) -> PostgresLog:
    """The log in the database of this libpq URL or keyword string; close it after use.

    The login must be a member of `dynasty_reader`. Refuses with LedgerUnavailable.
    """
    pool = new_pool(
        session_conninfo(conninfo, role="dynasty_reader", application="dynasty-log"),
        pool_size=pool_size,
        name="log",
    )
    open_pool(pool)
    return PostgresLog(pool)


def _conditions(selection: LogSelection) -> tuple[Sequence[Composable], Sequence[Any]]:
    types = selection.event_types
    asked = (
        ("ledger_seq >= %s", selection.first_seq),
        ("ledger_seq <= %s", selection.last_seq),
        (OF_STREAM, selection.stream_id),
        ("event_type = ANY(%s)", None if types is None else list(types)),
        ("actor = %s", selection.actor),
    )
    bound = [(condition, value) for condition, value in asked if value is not None]
    if not bound:
        return [], []
    where = SQL("WHERE ") + SQL(" AND ").join(SQL(condition) for condition, _ in bound)
    return [where], [value for condition, value in bound for _ in range(condition.count("%s"))]


def _recorded(row: TupleRow) -> RecordedEvent:
    (
        ledger_seq, stream_id, stream_version, event_id, event_type, schema_version, payload,
        actor, correlation_id, causation_id, request_id, reason, effective_at, recorded_at,
        trace_context,
    ) = row  # fmt: skip
    return RecordedEvent(
        ledger_seq=ledger_seq,
        stream_id=stream_id,
        stream_version=stream_version,
        event_id=event_id,
        event_type=event_type,
        schema_version=schema_version,
        payload=payload,
        actor=actor,
        correlation_id=correlation_id,
        causation_id=causation_id,
        request_id=request_id,
        reason=reason,
        effective_at=effective_at,
        recorded_at=recorded_at,
        trace_context=trace_context,
    )

"""The read side of the log: whole rows in one order, read in pieces."""

from collections.abc import Iterator, Sequence
from dataclasses import fields, replace
from datetime import datetime
from typing import Any, Final

from psycopg.rows import TupleRow
from psycopg.sql import SQL, Composable, Composed, Identifier
from typing_extensions import override

from application.ledger import TAggregate
from application.log import Log, LogSelection, RecordedEvent, StreamRange, WholeStreams
from domain.kernel import UUID, Event
from infrastructure.event_store.codec import decode_event
from infrastructure.event_store.rebuilding import rebuild, until
from infrastructure.postgres.persistence import open_pool, persistently
from infrastructure.postgres.pools import Pool, new_pool
from infrastructure.postgres.sessions import session_conninfo

PIECE: Final = 1000
_VERSION_MAX: Final = 2**31 - 1
NAMES: Final = tuple(each.name for each in fields(RecordedEvent))
"""The columns of a row are the fields of what is made of it."""

COLUMNS: Final = SQL("SELECT {} FROM ledger.events").format(SQL(", ").join(map(Identifier, NAMES)))
HEAD: Final = SQL("SELECT last_seq FROM ledger.head")
STREAMS_PIECE: Final = 12_000
# What streams had at a position is not kept; what they have now is about as much.
RANGES: Final = SQL("""
SELECT (array_agg(stream_id ORDER BY stream_id DESC))[1], sum(events)::bigint
FROM (
    SELECT stream_id, events,
        (sum(events) OVER (ORDER BY stream_id) - events) / %s AS place
    FROM (
        SELECT stream_id, version::bigint AS events FROM ledger.streams WHERE first_seq <= %s
    ) AS counted
) AS placed
GROUP BY div(place, 1) ORDER BY 1
""")
STREAMS: Final = COLUMNS + SQL("""
WHERE stream_id >= %s AND (stream_id, stream_version) > (%s, %s) AND stream_id <= %s
    AND ledger_seq <= %s
ORDER BY stream_id, stream_version LIMIT %s
""")
BEFORE_ALL: Final = UUID(int=0)
# The stream's row says where in the log it lies, so that other partitions are not looked into.
OF_STREAM: Final = (
    "stream_id = %s"
    " AND ledger_seq >= (SELECT s.first_seq FROM ledger.streams AS s WHERE s.stream_id = %s)"
    " AND ledger_seq <= ANY (ARRAY["
    "(SELECT s.last_seq FROM ledger.streams AS s WHERE s.stream_id = %s)])"
)
LAST_BEFORE: Final = SQL("SELECT ledger.last_seq_before(%s)")


class PostgresLog(Log, WholeStreams):
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

    @override
    def ranges(self, *, events: int, last_seq: int) -> Sequence[StreamRange]:
        rows = self._rows(RANGES, (events, last_seq))
        firsts = [None, *(until for until, _ in rows)]
        return [
            StreamRange(after, until, count)
            for after, (until, count) in zip(firsts, rows, strict=False)
        ]

    @override
    def streams(self, within: StreamRange, *, last_seq: int) -> Iterator[RecordedEvent]:
        # After a stream is after its last version; before all streams is before the first one's.
        stream_id, version = within.after or BEFORE_ALL, 0 if within.after is None else _VERSION_MAX
        while True:
            place = (stream_id, stream_id, version, within.until, last_seq, STREAMS_PIECE)
            piece = [_recorded(row) for row in self._rows(STREAMS, place)]
            yield from piece
            if len(piece) < STREAMS_PIECE:
                return
            stream_id, version = piece[-1].stream_id, piece[-1].stream_version

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
        return [_recorded(row) for row in self._rows(query, [*values, limit])]

    def _rows(self, query: Composed | SQL, values: Sequence[Any]) -> Sequence[TupleRow]:
        return persistently(
            self._pool,
            lambda session, _: session.execute(query, values, binary=True).fetchall(),
        )

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
    """Rows are read by the million: this skips the frozen class's slow way to a new one."""
    recorded = _blank(RecordedEvent)
    for set_value, value in zip(_SETTERS, row, strict=True):
        set_value(recorded, value)
    return recorded


_blank: Final = object.__new__
_SETTERS: Final = tuple(vars(RecordedEvent)[name].__set__ for name in NAMES)

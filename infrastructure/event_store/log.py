"""The read side of the log: whole rows in one order, read in pieces."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from heapq import merge
from typing import Any, Final

from psycopg import DatabaseError
from psycopg.rows import TupleRow
from psycopg.sql import SQL
from typing_extensions import override

from application.ledger import TAggregate
from application.log import (
    Log,
    LogSelection,
    RecordedEvent,
    RecordedTimes,
    StreamRange,
    WholeStreams,
)
from domain.kernel import UUID, Event
from infrastructure.archive.reading import BOUNDS_MAX, ArchivedLog, in_streams, restless
from infrastructure.archive.shelf import Shelf
from infrastructure.event_store.codec import decode_event
from infrastructure.event_store.rebuilding import rebuild, until
from infrastructure.event_store.rows import COLUMNS, recorded_of
from infrastructure.event_store.selecting import page_of, within_bounds
from infrastructure.postgres.persistence import open_pool, persistently
from infrastructure.postgres.pools import Pool, new_pool
from infrastructure.postgres.sessions import session_conninfo

PIECE: Final = 1000
_VERSION_MAX: Final = 2**31 - 1
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
STREAMS: Final = SQL("""
SELECT {columns} FROM ledger.events AS e
WHERE stream_id >= %s AND (stream_id, stream_version) > (%s, %s) AND stream_id <= %s
    AND ledger_seq <= %s
ORDER BY stream_id, stream_version LIMIT %s
""").format(columns=COLUMNS)
BEFORE_ALL: Final = UUID(int=0)
LAST_BEFORE: Final = SQL("SELECT ledger.last_seq_before(%s)")
IN_THE_ARCHIVE: Final = "LK005"  # Raised by ledger.last_seq_before.


class _BoundMoved(Exception):
    """More was archived meanwhile."""


class PostgresLog(Log, WholeStreams, RecordedTimes):
    """The `Log` port. Each piece is a statement of its own: no long transaction holds up vacuum."""

    def __init__(self, pool: Pool, shelf: Shelf | None = None) -> None:
        self._pool = pool
        self.archived = ArchivedLog(pool, shelf)

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
        bounded = self._by_position(within_bounds(selection))
        return self._page(bounded, newest_first=newest_first, limit=limit)

    @override
    def stream(self, selection: LogSelection) -> Iterator[RecordedEvent]:
        """Ends at the head of the log as it is now, however long the reading takes."""
        rest = self._by_position(within_bounds(selection))
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
        rows = persistently(
            self._pool,
            lambda session, _: session.execute(RANGES, (events, last_seq), binary=True).fetchall(),
        )
        firsts = [None, *(until for until, _ in rows)]
        return [
            StreamRange(after, until, count)
            for after, (until, count) in zip(firsts, rows, strict=False)
        ]

    @override
    def streams(self, within: StreamRange, *, last_seq: int) -> Iterator[RecordedEvent]:
        # After a stream is after its last version; before all streams is before the first one's.
        place = (within.after or BEFORE_ALL, 0 if within.after is None else _VERSION_MAX)
        last: RecordedEvent | None = None
        for _ in range(BOUNDS_MAX):
            old = self.archived.by_stream(place, within.until, last_seq=last_seq)
            recent = self._by_stream(place, within.until, last_seq, self.archived.bound)
            try:
                both = merge(old, recent, key=in_streams) if self.archived.bound else recent
                for last in both:
                    yield last
            except _BoundMoved:
                self.archived.learn()
                place = (last.stream_id, last.stream_version) if last else place
            else:
                return
        raise restless()

    def _by_stream(
        self, place: tuple[UUID, int], until: UUID, last_seq: int, bound: int
    ) -> Iterator[RecordedEvent]:
        """Out of the database. Raises _BoundMoved before a piece in which something may miss."""
        while True:
            rows = self._piece_of_streams((place[0], *place, until, last_seq, STREAMS_PIECE))
            if self.archived.newest_bound() != bound:
                raise _BoundMoved
            piece = [recorded_of(row) for row in rows]
            yield from piece
            if len(piece) < STREAMS_PIECE:
                return
            place = (piece[-1].stream_id, piece[-1].stream_version)

    def _piece_of_streams(self, values: Sequence[Any]) -> Sequence[TupleRow]:
        return persistently(
            self._pool,
            lambda session, _: session.execute(STREAMS, values, binary=True).fetchall(),
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

    @override
    def last_seq_before(self, moment: datetime) -> int:
        for _ in range(BOUNDS_MAX):
            archived = self.archived.last_seq_before(moment)
            if archived is not None:
                return archived
            try:
                return self._number(LAST_BEFORE, moment)
            except DatabaseError as fault:
                if fault.sqlstate != IN_THE_ARCHIVE:
                    raise
                self.archived.learn()
        raise restless()

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
        """Out of the archive up to its bound, and out of the database from there on."""
        for _ in range(BOUNDS_MAX):
            bound = self.archived.bound
            found = self._joined(selection, bound, newest_first=newest_first, limit=limit)
            if found is not None:
                return found
            self.archived.learn()
        raise restless()

    def _joined(
        self, selection: LogSelection, bound: int, *, newest_first: bool, limit: int
    ) -> Sequence[RecordedEvent] | None:
        """None when more is archived than up to this bound."""
        if (selection.first_seq or 1) > bound:
            now, rows = self._rows(selection, newest_first=newest_first, limit=limit)
            return rows if now == bound else None

        def archived(limit: int) -> Sequence[RecordedEvent]:
            past = replace(selection, last_seq=min(bound, selection.last_seq or bound))
            return self.archived.page(past, newest_first=newest_first, limit=limit)

        if selection.last_seq is not None and selection.last_seq <= bound:
            return archived(limit) if selection.last_seq > 0 else []
        old = () if newest_first else archived(limit)
        if old and len(old) == limit:
            return old
        recent = replace(selection, first_seq=bound + 1)
        now, rows = self._rows(recent, newest_first=newest_first, limit=limit - len(old))
        if now != bound:
            return None
        if newest_first and len(rows) < limit:
            old = archived(limit - len(rows))
            return [*rows, *old]
        return [*old, *rows]

    def _rows(
        self, selection: LogSelection, *, newest_first: bool, limit: int
    ) -> tuple[int, Sequence[RecordedEvent]]:
        """What the database holds of it, and the bound of the archive as it was then."""
        query, values = page_of(selection, newest_first=newest_first, limit=limit)
        rows = persistently(
            self._pool,
            lambda session, _: session.execute(query, values, binary=True).fetchall(),
        )
        return rows[0][0], [recorded_of(row[1:]) for row in rows if row[1] is not None]

    def _number(self, query: SQL, *values: object) -> int:
        def ask(session: Any, _: object) -> int:
            ((number,),) = session.execute(query, values).fetchall()
            return int(number)

        return persistently(self._pool, ask)


def open_log(conninfo: str, *, pool_size: int = 4, shelf: Shelf | None = None) -> PostgresLog:
    """The log in the database of this libpq URL or keyword string; close it after use.

    Without a shelf it refuses with ArchiveUnavailable what is archived. The login must be a member
    of `dynasty_reader`. Refuses with LedgerUnavailable.
    """
    pool = new_pool(
        session_conninfo(conninfo, role="dynasty_reader", application="dynasty-log"),
        pool_size=pool_size,
        name="log",
    )
    open_pool(pool)
    return PostgresLog(pool, shelf)

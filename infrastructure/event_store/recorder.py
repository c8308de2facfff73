"""The library's application recorder, on our schema."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache
from itertools import count, islice
from typing import Any, Final

from eventsourcing.persistence import NotSupportedError, StoredEvent
from eventsourcing.postgres import PostgresApplicationRecorder
from psycopg import RawCursor
from psycopg.rows import TupleRow
from typing_extensions import override

from application.context import current_context
from application.log import LogSelection, RecordedEvent
from domain.kernel import UUID
from infrastructure.event_store.appending import AppendConflict
from infrastructure.event_store.combining import AppendCombiner
from infrastructure.event_store.datastore import LedgerDatastore
from infrastructure.event_store.log import PostgresLog
from infrastructure.event_store.packing import Append, Packed, VersionsOutOfOrder
from infrastructure.event_store.stored import StoredFact, StoredNotification, as_fact
from infrastructure.event_store.subscription import PollingSubscription
from infrastructure.postgres.persistence import persistently

FACTS: Final = (
    "SELECT ledger_seq, stream_id, stream_version, event_id, event_type, schema_version, payload,"
    " effective_at"
)

# Not BETWEEN: the planner takes its two ends for a narrow range, and would read a whole partition's
# primary key beside the key of the stream.
WITHIN_STREAM: Final = "ledger_seq >= s.first_seq AND ledger_seq <= ANY (ARRAY[s.last_seq])"


class LedgerRecorder(PostgresApplicationRecorder):
    """Appends in one statement, numbers without gaps, and never writes the same events twice.

    A notification's id is the event's `ledger_seq`. Tables come from migrations, never from here.
    """

    def __init__(self, datastore: LedgerDatastore, *, events_table_name: str = "events") -> None:
        assert not datastore.enable_db_functions, "the library's own functions lose events"
        super().__init__(datastore, events_table_name=events_table_name)
        self.pool, self.batches = datastore.sessions, datastore.batches
        self.log = PostgresLog(self.pool)
        self.appends = AppendCombiner(self.pool, self.batches, datastore.combining)

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
        found = [_fact(row[1:]) for row in rows if row[1] is not None]
        wanted = _Wanted(gt=gt or 0, lte=lte, desc=desc, limit=limit)
        if not rows or wanted.is_all(found, newest=rows[0][0]):
            return found
        assert isinstance(originator_id, UUID)
        return self._with_archived(originator_id, found, wanted)

    def _with_archived(
        self, stream_id: UUID, found: Sequence[StoredFact], wanted: _Wanted
    ) -> Sequence[StoredFact]:
        """What is missing of a stream lies in the archive, if anywhere: its oldest events do."""
        if self.log.archived.learn() == 0:
            return found
        oldest = found[-1 if wanted.desc else 0].originator_version if found else None
        old = self.log.archived.of_stream(
            stream_id,
            gt=wanted.gt,
            lte=wanted.lte if oldest is None else oldest - 1,
            newest_first=wanted.desc,
        )
        missing = None if wanted.limit is None else wanted.limit
        if wanted.desc and missing is not None:
            missing -= len(found)
        taken = [StoredFact(**_envelope_of(each)) for each in islice(old, missing)]
        return [*found, *taken] if wanted.desc else [*taken, *found][: wanted.limit]

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
        first = None if start is None else start if inclusive_of_start else start + 1
        wanted = LogSelection(first_seq=first, last_seq=stop, event_types=topics or None)
        found = self.log.select(wanted, newest_first=False, limit=limit)
        return [StoredNotification(id=each.ledger_seq, **_envelope_of(each)) for each in found]

    @override
    def max_notification_id(self) -> int | None:
        return self.log.head() or None

    @override
    def subscribe(self, gt: int | None = None, topics: Sequence[str] = ()) -> PollingSubscription:
        return PollingSubscription(self, gt=gt, topics=topics)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Wanted:
    """Which events of a stream, by version."""

    gt: int
    lte: int | None
    desc: bool
    limit: int | None

    def is_all(self, found: Sequence[StoredFact], *, newest: int) -> bool:
        """Whether that is all of it, of a stream that has so many versions and no holes."""
        last = newest if self.lte is None else min(newest, self.lte)
        due = max(0, last - self.gt)
        if self.limit is not None:
            due = min(due, self.limit)
        begins = self.desc or not found or found[0].originator_version == self.gt + 1
        return len(found) == due and begins


@cache
def _of_stream(
    *, gt: bool = False, lte: bool = False, limit: bool = False, desc: bool = False
) -> bytes:
    """The query by stream, limited or not from below, from above and in number."""
    number = count(2)
    # The stream's row says where in the log it lies, so that other partitions are not looked into,
    # and how many events there must be, so that none is taken for absent that was archived.
    parts = [
        "SELECT s.version, e.* FROM ledger.streams AS s LEFT JOIN LATERAL (",
        FACTS,
        "FROM ledger.events WHERE stream_id = $1 AND",
        WITHIN_STREAM,
    ]
    if gt:
        parts.append(f"AND stream_version > ${next(number)}")
    if lte:
        parts.append(f"AND stream_version <= ${next(number)}")
    parts.append("ORDER BY stream_version DESC" if desc else "ORDER BY stream_version")
    if limit:
        parts.append(f"LIMIT ${next(number)}")
    parts.append(") AS e ON true WHERE s.stream_id = $1")
    return " ".join(parts).encode()


def _fact(row: TupleRow) -> StoredFact:
    return StoredFact(**_envelope(row))


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


def _envelope_of(recorded: RecordedEvent) -> dict[str, Any]:
    return {
        "originator_id": recorded.stream_id,
        "originator_version": recorded.stream_version,
        "topic": recorded.event_type,
        "state": recorded.payload.encode(),
        "event_id": recorded.event_id,
        "schema_version": recorded.schema_version,
        "effective_at": recorded.effective_at,
        "ledger_seq": recorded.ledger_seq,
    }

"""Whole histories of accounts out of the log, many by one query."""

import json
from collections.abc import Iterator, Sequence
from itertools import groupby
from operator import itemgetter
from typing import Any, Final, cast

from psycopg.rows import TupleRow
from psycopg.sql import SQL, Composed
from typing_extensions import override

from application.log import LogSelection
from application.whatif.histories import AccountFound, AccountHistory, Histories
from domain.accounts.events import AccountEvent, AccountOpened
from domain.kernel import UUID
from infrastructure.archive.reading import BOUNDS_MAX, ArchivedLog, restless
from infrastructure.archive.shelf import Shelf
from infrastructure.event_store.codec import decode_event
from infrastructure.postgres.persistence import open_pool, persistently
from infrastructure.postgres.pools import Pool, new_pool
from infrastructure.postgres.sessions import session_conninfo

ACCOUNTS_AT_ONCE: Final = 1000
HEAD: Final = SQL("SELECT last_seq FROM ledger.head")
# An account has at least its opening, and versions without holes: its last one counts its events.
# Where the log has not grown past the position, the stream's row has that version already.
ACCOUNTS: Final = SQL("""
SELECT o.stream_id, CASE WHEN s.last_seq <= %s THEN s.version ELSE (
    SELECT e.stream_version FROM ledger.events AS e
    WHERE e.stream_id = o.stream_id AND e.ledger_seq BETWEEN s.first_seq AND %s
    ORDER BY e.stream_version DESC LIMIT 1
) END
FROM ledger.events AS o JOIN ledger.streams AS s ON s.stream_id = o.stream_id
WHERE o.event_type = %s AND o.ledger_seq <= %s
""")
BY_PLAN: Final = SQL("AND o.payload::json ->> 'plan' = %s")
BY_ACCOUNT: Final = SQL("AND o.stream_id = %s")
IN_ORDER: Final = SQL("ORDER BY o.stream_id")
VERSIONS: Final = SQL("""
SELECT s.stream_id, CASE WHEN s.last_seq <= %s THEN s.version ELSE (
    SELECT e.stream_version FROM ledger.events AS e
    WHERE e.stream_id = s.stream_id AND e.ledger_seq BETWEEN s.first_seq AND %s
    ORDER BY e.stream_version DESC LIMIT 1
) END
FROM ledger.streams AS s WHERE s.stream_id = ANY(%s)
""")
EVENTS: Final = SQL("""
SELECT stream_id, stream_version, ledger_seq, event_type, schema_version, payload, effective_at
FROM ledger.events WHERE stream_id = ANY(%s) AND ledger_seq <= %s
ORDER BY stream_id, stream_version
""")


class PostgresHistories(Histories):
    """The `Histories` port. Each read is one statement, as `dynasty_reader`, and goes on in the
    archive where that has the beginning.
    """

    def __init__(self, pool: Pool, shelf: Shelf | None = None) -> None:
        self._pool = pool
        self._archived = ArchivedLog(pool, shelf)

    @override
    def head(self) -> int:
        ((number,),) = self._rows(HEAD, ())
        return int(number)

    @override
    def find(
        self, *, account: UUID | None, plan: str | None, last_seq: int
    ) -> Sequence[AccountFound]:
        query: list[SQL] = [ACCOUNTS]
        values: list[Any] = [last_seq, last_seq, AccountOpened.TOPIC, last_seq]
        for condition, value in ((BY_ACCOUNT, account), (BY_PLAN, plan)):
            if value is not None:
                query.append(condition)
                values.append(value)
        asked = SQL(" ").join([*query, IN_ORDER])
        for _ in range(BOUNDS_MAX):
            bound = self._archived.bound
            rows = self._rows(asked, values)
            if bound:
                old = self._opened_in_archive(account=account, plan=plan, last_seq=last_seq)
                rows = sorted([*rows, *self._versions(old, last_seq)], key=itemgetter(0))
            # Only now: whatever is above the bound was there to be read.
            if self._archived.newest_bound() == bound:
                return [AccountFound(stream_id, version) for stream_id, version in rows]
            self._archived.learn()
        raise restless()

    @override
    def read(self, accounts: Sequence[UUID], *, last_seq: int) -> Iterator[AccountHistory]:
        rows = self._rows(EVENTS, (list(accounts), last_seq))
        found = {stream_id: list(stream) for stream_id, stream in groupby(rows, key=itemgetter(0))}
        for stream_id in sorted(set(accounts)):
            # Versions have no holes: what does not begin with the first begins in the archive.
            history = found.pop(stream_id, [])
            if not history or history[0][1] > 1:
                history = [*self._beginning(stream_id, history, last_seq), *history]
            if history:
                yield _history(stream_id, history)

    def _beginning(
        self, stream_id: UUID, rest: Sequence[TupleRow], last_seq: int
    ) -> Iterator[TupleRow]:
        if self._archived.learn() == 0:
            return
        before = rest[0][1] - 1 if rest else None
        for each in self._archived.of_stream(stream_id, lte=before):
            if each.ledger_seq > last_seq:
                return
            yield (
                each.stream_id, each.stream_version, each.ledger_seq, each.event_type,
                each.schema_version, each.payload, each.effective_at,
            )  # fmt: skip

    def _opened_in_archive(
        self, *, account: UUID | None, plan: str | None, last_seq: int
    ) -> Sequence[UUID]:
        openings = LogSelection(
            stream_id=account, event_types=(AccountOpened.TOPIC,), last_seq=last_seq
        )
        return [
            each.stream_id
            for each in self._archived.matching(openings)
            if plan is None or json.loads(each.payload)["plan"] == plan
        ]

    def _versions(self, accounts: Sequence[UUID], last_seq: int) -> Iterator[tuple[UUID, int]]:
        for first in range(0, len(accounts), ACCOUNTS_AT_ONCE):
            some = list(accounts[first : first + ACCOUNTS_AT_ONCE])
            for stream_id, version in self._rows(VERSIONS, (last_seq, last_seq, some)):
                yield stream_id, version or self._archived_version(stream_id, last_seq)

    def _archived_version(self, stream_id: UUID, last_seq: int) -> int:
        """Its last version by then is archived, and it went on after that."""
        until = LogSelection(stream_id=stream_id, last_seq=last_seq)
        (last,) = self._archived.page(until, newest_first=True, limit=1)
        return last.stream_version

    def close(self) -> None:
        """Give the connections back."""
        self._pool.close()

    def _rows(self, query: SQL | Composed, values: Sequence[Any]) -> Sequence[TupleRow]:
        return persistently(
            self._pool,
            lambda session, _: session.execute(query, values, binary=True).fetchall(),
        )


def open_histories(conninfo: str, *, shelf: Shelf | None = None) -> PostgresHistories:
    """The histories in the database of this libpq URL or keyword string; close them after use.

    Without a shelf it refuses with ArchiveUnavailable what is archived. The login must be a member
    of `dynasty_reader`. Refuses with DatabaseUnusable.
    """
    pool = new_pool(
        session_conninfo(conninfo, role="dynasty_reader", application="dynasty-whatif"),
        pool_size=1,
        name="whatif",
    )
    open_pool(pool)
    return PostgresHistories(pool, shelf)


def _history(stream_id: UUID, rows: Sequence[TupleRow]) -> AccountHistory:
    events = [
        decode_event(
            event_type=event_type,
            schema_version=schema_version,
            payload=payload,
            stream_id=stream_id,
            stream_version=stream_version,
            effective_at=effective_at,
            ledger_seq=ledger_seq,
        )
        for _, stream_version, ledger_seq, event_type, schema_version, payload, effective_at in rows
    ]
    return AccountHistory(stream_id, cast("list[AccountEvent]", events), [row[2] for row in rows])

"""Whole histories of accounts out of the log, many by one query."""

from collections.abc import Iterator, Sequence
from itertools import groupby
from operator import itemgetter
from typing import Any, Final, cast

from psycopg.rows import TupleRow
from psycopg.sql import SQL, Composed
from typing_extensions import override

from application.whatif.histories import AccountFound, AccountHistory, Histories
from domain.accounts.events import AccountEvent, AccountOpened
from domain.kernel import UUID
from infrastructure.event_store.codec import decode_event
from infrastructure.postgres.persistence import open_pool, persistently
from infrastructure.postgres.pools import Pool, new_pool
from infrastructure.postgres.sessions import session_conninfo

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
EVENTS: Final = SQL("""
SELECT stream_id, stream_version, ledger_seq, event_type, schema_version, payload, effective_at
FROM ledger.events WHERE stream_id = ANY(%s) AND ledger_seq <= %s
ORDER BY stream_id, stream_version
""")


class PostgresHistories(Histories):
    """The `Histories` port. Each read is one statement, as `dynasty_reader`."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

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
        rows = self._rows(SQL(" ").join([*query, IN_ORDER]), values)
        return [AccountFound(stream_id, version) for stream_id, version in rows]

    @override
    def read(self, accounts: Sequence[UUID], *, last_seq: int) -> Iterator[AccountHistory]:
        rows = self._rows(EVENTS, (list(accounts), last_seq))
        for stream_id, stream in groupby(rows, key=itemgetter(0)):
            yield _history(stream_id, list(stream))

    def close(self) -> None:
        """Give the connections back."""
        self._pool.close()

    def _rows(self, query: SQL | Composed, values: Sequence[Any]) -> Sequence[TupleRow]:
        return persistently(
            self._pool,
            lambda session, _: session.execute(query, values, binary=True).fetchall(),
        )


def open_histories(conninfo: str) -> PostgresHistories:
    """The histories in the database of this libpq URL or keyword string; close them after use.

    The login must be a member of `dynasty_reader`. Refuses with DatabaseUnusable.
    """
    pool = new_pool(
        session_conninfo(conninfo, role="dynasty_reader", application="dynasty-whatif"),
        pool_size=1,
        name="whatif",
    )
    open_pool(pool)
    return PostgresHistories(pool)


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

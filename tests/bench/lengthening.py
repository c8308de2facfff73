"""A log made longer: the accounts of a book once more, as other accounts that lived later."""

from __future__ import annotations

from typing import Any, Final

from psycopg import Connection, connect
from psycopg.sql import SQL, Identifier

from infrastructure.event_store.rows import NAMES

# What their sources call the events is left out: nobody asks for it but who appends.
_OTHER: Final = (
    "encode(set_byte(uuid_send(e.{0}), 0, (get_byte(uuid_send(e.{0}), 0) + %(copy)s) %% 256),"
    " 'hex')::uuid"
)
_CHANGED: Final = {
    "ledger_seq": "%(head)s + row_number() OVER (ORDER BY e.ledger_seq)",
    "stream_id": _OTHER.format("stream_id"),
    "event_id": _OTHER.format("event_id"),
    "effective_at": "e.effective_at + %(copy)s * %(span)s",
    "recorded_at": "e.recorded_at + %(copy)s * %(span)s",
}
_EVENTS: Final = (
    f"INSERT INTO ledger.events ({', '.join(NAMES)})"
    f" SELECT {', '.join(_CHANGED.get(name, f'e.{name}') for name in NAMES)}"
    " FROM ledger.events AS e"
    " WHERE e.ledger_seq <= %(first)s AND e.event_type LIKE 'account.%%'"
)
_STREAMS: Final = """
INSERT INTO ledger.streams (stream_id, version, first_seq, last_seq)
SELECT stream_id, max(stream_version), min(ledger_seq), max(ledger_seq)
FROM ledger.events WHERE ledger_seq > %(head)s GROUP BY stream_id
"""
_HEAD: Final = """
UPDATE ledger.head SET (last_seq, last_recorded_at) =
    (SELECT max(ledger_seq), max(recorded_at) FROM ledger.events WHERE ledger_seq > %(head)s)
RETURNING last_seq
"""
_SPAN: Final = "SELECT max(recorded_at) - min(recorded_at) + interval '1 s' FROM ledger.events"


def lengthen(database_url: str, *, copies: int) -> int:
    """Add so many copies of what the log holds of accounts; the head then. As the superuser."""
    with connect(database_url, autocommit=True) as session:
        session.execute("SET synchronous_commit = off")
        first = head = _one(session, "SELECT last_seq FROM ledger.head")
        facts = {"first": first, "span": _one(session, _SPAN)}
        for copy in range(1, copies + 1):
            with session.transaction():
                while _one(session, "SELECT room_until FROM ledger.head") < head + first:
                    session.execute("SELECT ledger.make_partition()")
                told = {**facts, "head": head, "copy": copy}
                session.execute(_EVENTS.encode(), told)
                session.execute(_STREAMS, told)
                head = _one(session, _HEAD, told)
        for table in ("events", "streams"):
            session.execute(SQL("VACUUM (ANALYZE) {}").format(Identifier("ledger", table)))
        session.execute("CHECKPOINT")
    return int(head)


def _one(session: Connection[Any], query: str, values: dict[str, Any] | None = None) -> Any:
    row = session.execute(query.encode(), values).fetchone()
    assert row is not None, "there is one"
    return row[0]

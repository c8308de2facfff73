"""How the rules engine is doing, for people who look after it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Final, LiteralString

from psycopg import Connection
from psycopg.rows import TupleRow, dict_row

from interfaces.bootstrap.runtime import Runtime

Row = Mapping[str, Any]
ROWS_MAX: Final = 1_000

LEASES: Final = """
SELECT partition, owner, epoch, told_until,
    greatest(0, extract(epoch FROM expires_at - clock_timestamp()))::int AS lease_seconds
FROM (
    SELECT partition, owner, epoch, told_until,
        CASE WHEN owner IS NULL THEN clock_timestamp() ELSE expires_at END AS expires_at
    FROM work.mark_leases
) AS leases ORDER BY partition
"""
REFUSALS: Final = """
SELECT day, reason, sum(count)::bigint AS count,
    (array_agg(last_account_id ORDER BY noted_at DESC))[1] AS last_account_id,
    (array_agg(last_at ORDER BY noted_at DESC))[1] AS last_at,
    (array_agg(last_open_pnl_units ORDER BY noted_at DESC))[1] AS last_open_pnl_units
FROM work.mark_refusals WHERE day > (SELECT max(day) FROM work.mark_refusals) - 7
GROUP BY day, reason ORDER BY day DESC, reason
"""
SILENT: Final = """
SELECT account_id, last_mark_at, unknown_since, unclosed_day FROM work.mark_states
WHERE unknown_since IS NOT NULL OR unclosed_day IS NOT NULL
ORDER BY unknown_since, account_id LIMIT %s
"""
EFFECTS: Final = """
SELECT status, count(*) AS count, min(created_at) AS oldest FROM work.effects
GROUP BY status ORDER BY status
"""
FOLLOWER: Final = """
SELECT f.position, h.last_seq - f.position AS behind, f.updated_at
FROM (
    SELECT min(position) AS position, max(updated_at) AS updated_at
    FROM work.followers WHERE name = 'effects'
) AS f, ledger.head AS h
"""
EFFECTS_OF: Final = """
SELECT effect_id, status, action, account_id, policy, event_id, attempts, last_error, created_at,
    next_attempt_at, done_at
FROM work.effects WHERE status = %s ORDER BY effect_id LIMIT %s
"""


def status_of(runtime: Runtime) -> Mapping[str, Any]:
    """Partitions, refusals of the newest seven days, silent accounts, and effects."""
    marks = runtime.marks(name="status", now=lambda: datetime.now(UTC))
    with runtime.read_models.connection() as session:
        found = kept_of(session)
    partitions = []
    for lease in found["partitions"]:
        entries, pending, behind = marks.backlog(lease["partition"])
        streams = {"entries": entries, "pending": pending, "behind_ms": behind}
        partitions.append({**lease, **streams})
    return {**found, "partitions": partitions}


def kept_of(session: Connection[TupleRow]) -> Mapping[str, Any]:
    """The same without what only Redis knows: how far each partition of the marks is behind."""
    return {
        "partitions": _rows(session, LEASES),
        "refusals": _rows(session, REFUSALS),
        "silent_accounts": _rows(session, SILENT, ROWS_MAX),
        "effects": _rows(session, EFFECTS),
        "follower": _rows(session, FOLLOWER)[0],
    }


def effects_with(runtime: Runtime, status: str) -> Sequence[Row]:
    """The effects of a status, oldest first, at most a thousand."""
    with runtime.read_models.connection() as session:
        return _rows(session, EFFECTS_OF, status, ROWS_MAX)


def plain(value: object) -> Any:
    """The value as JSON writes it."""
    match value:
        case datetime():
            return value.astimezone(UTC).isoformat().replace("+00:00", "Z")
        case Mapping():
            return {key: plain(each) for key, each in value.items()}
        case list() | tuple():
            return [plain(each) for each in value]
        case None | bool() | int() | str():
            return value
        case _:
            return str(value)


def _rows(session: Connection[TupleRow], query: LiteralString, *values: object) -> Sequence[Row]:
    with session.cursor(row_factory=dict_row) as cursor:
        return cursor.execute(query, values).fetchall()

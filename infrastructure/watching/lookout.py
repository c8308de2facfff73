"""Figures out of PostgreSQL and Redis, in bounded time, whatever of them is there."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from time import monotonic
from typing import Any, Final, TypeAlias

from psycopg import Connection, Error, IsolationLevel, connect
from psycopg.rows import TupleRow
from redis import Redis
from redis.exceptions import RedisError
from typing_extensions import override

from application.watching.figures import Figures, Missing
from application.watching.ports import Lookout
from infrastructure.postgres.errors import DatabaseUnusable
from infrastructure.postgres.sessions import session_conninfo

Session: TypeAlias = Connection[TupleRow]

SECONDS_MAX: Final = 5.0
"""What a look has not asked by then it does not ask."""

CONNECT_SECONDS_MAX: Final = 2
REDIS_SECONDS_MAX: Final = 1.0
LIMITS: Final = {
    "lock_timeout": "500ms",
    "statement_timeout": "1500ms",
    "idle_in_transaction_session_timeout": "10s",
}
HEAD: Final = """
SELECT clock_timestamp(), last_seq,
    CASE WHEN isfinite(last_recorded_at) THEN last_recorded_at END, room_until
FROM ledger.head
"""
IS_THERE: Final = "SELECT bool_and(to_regclass(name) IS NOT NULL) FROM unnest(%s::text[]) AS name"


@dataclass(frozen=True, slots=True)
class Part:
    """One group of figures, and the tables without which there is none."""

    tables: tuple[str, ...]
    read: Callable[[Session], Any]


class PostgresLookout(Lookout):
    """Connects anew for each look: that it can is the first thing to know.

    The login must be a member of `dynasty_reader`. All parts are of one snapshot. A part that
    fails is unread and does not take the others with it.
    """

    def __init__(self, conninfo: str, *, redis_url: str, parts: Mapping[str, Part]) -> None:
        self._conninfo = session_conninfo(
            conninfo, role="dynasty_reader", application="dynasty-watching", limits=LIMITS
        )
        self._redis_url, self._parts = redis_url, parts

    @override
    def look(self) -> Figures:
        give_up_at = monotonic() + SECONDS_MAX
        try:
            with connect(
                self._conninfo, prepare_threshold=None, connect_timeout=CONNECT_SECONDS_MAX
            ) as session:
                session.isolation_level = IsolationLevel.REPEATABLE_READ
                session.read_only = True
                at, head, moved_at, room_until = self._head(session)
                found = {
                    name: _read(session, part) if monotonic() < give_up_at else Missing.UNREAD
                    for name, part in self._parts.items()
                }
        except Error as fault:
            raise DatabaseUnusable.because(fault) from fault
        answers = redis_answers(self._redis_url)
        return Figures(
            at=at,
            head=head,
            head_moved_at=moved_at,
            room_until=room_until,
            redis_up=answers,
            **found,
        )

    def _head(self, session: Session) -> tuple[datetime, int, datetime | None, int]:
        ((at, head, moved_at, room_until),) = session.execute(HEAD).fetchall()
        return at, head, moved_at, room_until


def _read(session: Session, part: Part) -> Any:
    try:
        with session.transaction():
            if session.execute(IS_THERE, (list(part.tables),)).fetchone() != (True,):
                return Missing.ABSENT
            return part.read(session)
    except Error:
        if session.closed:
            raise
        return Missing.UNREAD


def redis_answers(url: str) -> bool:
    """Whether Redis answers, and within a second."""
    try:
        with Redis.from_url(
            url, socket_timeout=REDIS_SECONDS_MAX, socket_connect_timeout=REDIS_SECONDS_MAX
        ) as redis:
            return bool(redis.ping())
    except RedisError:
        return False

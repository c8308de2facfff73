"""Leases in PostgreSQL: one clock, and epochs that never fall."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, LiteralString

from psycopg.sql import SQL, Composed, Identifier
from typing_extensions import override

from application.leasing.ports import Leased, Leases
from infrastructure.postgres.persistence import Session, persistently
from infrastructure.postgres.pools import Pool

SEEN: Final = """
INSERT INTO {holders} (owner, seen_at) VALUES (%(owner)s, clock_timestamp())
ON CONFLICT (owner) DO UPDATE SET seen_at = clock_timestamp()
"""
GONE: Final = """
DELETE FROM {holders} WHERE seen_at < clock_timestamp() - make_interval(secs => 3600)
"""
# A holder that has not been heard of for the length of a lease has none.
ALIVE: Final = """
SELECT count(*) FROM {holders}
WHERE seen_at > clock_timestamp() - make_interval(secs => %(seconds)s)
"""
RENEW: Final = """
UPDATE {leases} SET expires_at = clock_timestamp() + make_interval(secs => %(seconds)s)
WHERE owner = %(owner)s AND expires_at > clock_timestamp()
RETURNING {key}, epoch
"""
ACQUIRE: Final = """
UPDATE {leases}
SET owner = %(owner)s, epoch = epoch + 1,
    expires_at = clock_timestamp() + make_interval(secs => %(seconds)s)
WHERE {key} IN (
    SELECT {key} FROM {leases}
    WHERE {key} = ANY(%(all)s) AND expires_at <= clock_timestamp()
    ORDER BY {key} LIMIT %(wanted)s FOR UPDATE SKIP LOCKED
)
RETURNING {key}, epoch
"""
GIVE_BACK: Final = """
UPDATE {leases} SET owner = NULL, expires_at = '-infinity'
WHERE owner = %(owner)s AND {key} = ANY(%(given)s)
"""
GIVE_BACK_ALL: Final = """
UPDATE {leases} SET owner = NULL, expires_at = '-infinity' WHERE owner = %(owner)s
"""
LEAVE: Final = "DELETE FROM {holders} WHERE owner = %(owner)s"


@dataclass(frozen=True, slots=True)
class LeaseTable:
    """Where leases are kept, in the schema `work`: a row for each, and one for each holder."""

    leases: str
    key: str
    holders: str

    def statement(self, text: LiteralString) -> Composed:
        """A statement on these tables."""
        return SQL(text).format(
            leases=Identifier("work", self.leases),
            key=Identifier(self.key),
            holders=Identifier("work", self.holders),
        )


class PostgresLeases(Leases[Leased]):
    """The leases of one owner, whose name nobody else may have, on what is shared: `shared`."""

    def __init__(
        self,
        pool: Pool,
        table: LeaseTable,
        *,
        owner: str,
        shared: Sequence[Leased],
        seconds: float,
    ) -> None:
        self._pool, self._table, self._owner = pool, table, owner
        self._shared, self._seconds = list(shared), seconds
        self._surplus = 0

    @override
    def tend(self) -> Mapping[Leased, int]:
        def look(session: Session, _: bool) -> Mapping[Leased, int]:  # noqa: FBT001 (an attempt)
            with session.transaction():
                self._do(session, SEEN)
                self._do(session, GONE)
                held: dict[Leased, int] = dict(self._do(session, RENEW).fetchall())
                ((alive,),) = self._do(session, ALIVE).fetchall()
                fair = -(-len(self._shared) // max(1, alive))
                if len(held) < fair:
                    taken = self._do(session, ACQUIRE, wanted=fair - len(held))
                    held |= dict(taken.fetchall())
                self._surplus = max(0, len(held) - fair)
                return held

        return persistently(self._pool, look)

    @override
    def surplus(self) -> int:
        return self._surplus

    @override
    def give_back(self, leased: Iterable[Leased]) -> None:
        given = list(leased)
        persistently(self._pool, lambda session, _: self._do(session, GIVE_BACK, given=given))

    @override
    def leave(self) -> None:
        def go(session: Session, _: bool) -> None:  # noqa: FBT001 (an attempt)
            with session.transaction():
                self._do(session, GIVE_BACK_ALL)
                self._do(session, LEAVE)

        persistently(self._pool, go)

    def _do(self, session: Session, text: LiteralString, **more: object) -> Any:
        known = {"owner": self._owner, "seconds": self._seconds, "all": self._shared}
        return session.execute(self._table.statement(text), {**known, **more})

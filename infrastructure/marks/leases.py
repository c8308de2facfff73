"""Leases on the partitions of the marks, in PostgreSQL: one clock, and epochs that never fall."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Final

from typing_extensions import override

from application.marks.errors import PartitionsChanged
from application.marks.ports import Leases
from infrastructure.postgres.persistence import Session, persistently
from infrastructure.postgres.pools import Pool

SEEN: Final = """
INSERT INTO work.engine_instances (owner, seen_at) VALUES (%s, clock_timestamp())
ON CONFLICT (owner) DO UPDATE SET seen_at = clock_timestamp()
"""
GONE: Final = """
DELETE FROM work.engine_instances WHERE seen_at < clock_timestamp() - make_interval(secs => 3600)
"""
# An instance that has not been heard of for the length of a lease has none.
ALIVE: Final = """
SELECT count(*) FROM work.engine_instances
WHERE seen_at > clock_timestamp() - make_interval(secs => %s)
"""
RENEW: Final = """
UPDATE work.mark_leases SET expires_at = clock_timestamp() + make_interval(secs => %s)
WHERE owner = %s AND expires_at > clock_timestamp()
RETURNING partition, epoch
"""
ACQUIRE: Final = """
UPDATE work.mark_leases
SET owner = %s, epoch = epoch + 1, expires_at = clock_timestamp() + make_interval(secs => %s)
WHERE partition IN (
    SELECT partition FROM work.mark_leases
    WHERE expires_at <= clock_timestamp()
    ORDER BY partition LIMIT %s FOR UPDATE SKIP LOCKED
)
RETURNING partition, epoch
"""
GIVE_BACK: Final = """
UPDATE work.mark_leases SET owner = NULL, expires_at = '-infinity'
WHERE owner = %s AND partition = ANY(%s)
"""
GIVE_BACK_ALL: Final = """
UPDATE work.mark_leases SET owner = NULL, expires_at = '-infinity' WHERE owner = %s
"""
LEAVE: Final = "DELETE FROM work.engine_instances WHERE owner = %s"
PREPARE: Final = """
INSERT INTO work.mark_leases (partition) SELECT generate_series(0, %s - 1)
WHERE NOT EXISTS (SELECT FROM work.mark_leases)
ON CONFLICT (partition) DO NOTHING
"""
TOLD: Final = """
UPDATE work.mark_leases AS l SET told_until = greatest(l.told_until, %s)
FROM unnest(%s::integer[], %s::bigint[]) AS mine(partition, epoch)
WHERE l.partition = mine.partition AND l.epoch = mine.epoch AND l.owner = %s
"""


class PostgresLeases(Leases):
    """The leases of one owner, whose name no other instance may have."""

    def __init__(self, pool: Pool, *, owner: str, partitions: int, seconds: float) -> None:
        self._pool, self._owner = pool, owner
        self._partitions, self._seconds = partitions, seconds
        self._surplus = 0

    def prepare(self) -> None:
        """Make the rows of partitions that were never leased. Refuses with PartitionsChanged."""

        def make(session: Session, _: bool) -> int:  # noqa: FBT001 (the shape of an attempt)
            session.execute(PREPARE, (self._partitions,))
            row = session.execute("SELECT count(*) FROM work.mark_leases").fetchone()
            return row[0] if row else 0

        found = persistently(self._pool, make)
        if found != self._partitions:
            raise PartitionsChanged(
                f"The marks were in {found} partitions so far, and are to be in {self._partitions}"
                " now. Set DYNASTY_MARKS_PARTITIONS to what it was, or see"
                " docs/explanation/rules-engine.md for how the number is changed.",
                found=found,
                wanted=self._partitions,
            )

    @override
    def tend(self) -> Mapping[int, int]:
        def look(session: Session, _: bool) -> Mapping[int, int]:  # noqa: FBT001 (the same)
            with session.transaction():
                session.execute(SEEN, (self._owner,))
                session.execute(GONE)
                renewed = session.execute(RENEW, (self._seconds, self._owner))
                held: dict[int, int] = dict(renewed.fetchall())
                row = session.execute(ALIVE, (self._seconds,)).fetchone()
                fair = -(-self._partitions // max(1, row[0] if row else 1))
                if len(held) < fair:
                    wanted = (self._owner, self._seconds, fair - len(held))
                    held |= dict(session.execute(ACQUIRE, wanted).fetchall())
                self._surplus = max(0, len(held) - fair)
                return held

        return persistently(self._pool, look)

    @override
    def surplus(self) -> int:
        return self._surplus

    @override
    def give_back(self, partitions: Iterable[int]) -> None:
        given = (self._owner, sorted(partitions))
        persistently(self._pool, lambda session, _: session.execute(GIVE_BACK, given))

    @override
    def leave(self) -> None:
        def go(session: Session, _: bool) -> None:  # noqa: FBT001 (the same)
            with session.transaction():
                session.execute(GIVE_BACK_ALL, (self._owner,))
                session.execute(LEAVE, (self._owner,))

        persistently(self._pool, go)

    @override
    def told(self, partitions: Mapping[int, int], *, until: datetime) -> None:
        noted = (until, list(partitions), list(partitions.values()), self._owner)
        persistently(self._pool, lambda session, _: session.execute(TOLD, noted))

    @override
    def told_until(self, partition: int) -> datetime | None:
        query = "SELECT told_until FROM work.mark_leases WHERE partition = %s"
        row = persistently(
            self._pool, lambda session, _: session.execute(query, (partition,)).fetchone()
        )
        return row[0] if row else None

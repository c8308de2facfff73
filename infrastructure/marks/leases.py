"""Leases on the partitions of the marks, with up to when the clock's work is done."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Final

from typing_extensions import override

from application.marks.errors import PartitionsChanged
from application.marks.ports import Leases
from infrastructure.leasing.leases import LeaseTable, PostgresLeases
from infrastructure.postgres.persistence import Session, persistently
from infrastructure.postgres.pools import Pool

TABLE: Final = LeaseTable("mark_leases", "partition", "engine_instances")
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


class MarkLeases(PostgresLeases[int], Leases):
    """The leases of one instance of the engine, whose name no other may have."""

    def __init__(self, pool: Pool, *, owner: str, partitions: int, seconds: float) -> None:
        super().__init__(pool, TABLE, owner=owner, shared=range(partitions), seconds=seconds)
        self._partitions = partitions

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

"""Room in the log, made before it is needed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from infrastructure.postgres.persistence import Session, persistently
from infrastructure.postgres.pools import Pool

ROOM: Final = """
SELECT h.last_seq, h.room_until, p.events_per_partition
FROM ledger.head AS h CROSS JOIN ledger.partitioning AS p
"""
MAKE: Final = "SELECT ledger.make_partition()"
RESIZE: Final = "UPDATE ledger.partitioning SET events_per_partition = %s"
FREE_MIN: Final = 2
"""Divides a partition: when less than so much of one is free, the next one is made."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Room:
    """Where the log ends, up to where it has partitions, and how large the next one will be."""

    head: int
    room_until: int
    events_per_partition: int

    @property
    def is_scarce(self) -> bool:
        """Whether the next partition should be there already."""
        return self.room_until - self.head < self.events_per_partition // FREE_MIN


class PartitionMaker:
    """The duty that makes partitions ahead of need, as `dynasty_keeper`.

    An append that finds no room makes it itself, so late is slow and never wrong. A second maker
    finds what the first one made.
    """

    name = "partitions"

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    def step(self) -> int:
        """Make one if it is time; how many were made."""
        if not self.room().is_scarce:
            return 0
        persistently(self._pool, lambda session, _: session.execute(MAKE))
        return 1

    def room(self) -> Room:
        """How much there is."""

        def look(session: Session, _: bool) -> Room:  # noqa: FBT001 (the shape of an attempt)
            row = session.execute(ROOM).fetchone()
            assert row is not None, "the migration made it"
            return Room(head=row[0], room_until=row[1], events_per_partition=row[2])

        return persistently(self._pool, look)

    def resize(self, events: int) -> None:
        """Let partitions that are made from now on hold so many events."""
        persistently(self._pool, lambda session, _: session.execute(RESIZE, (events,)))

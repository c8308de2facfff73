"""A log whose partitions are small, so that a test crosses several."""

from psycopg import connect

from tests.support.postgres import Database

SMALLEST = 100
"""Events in the smallest partition that the ledger makes."""


def in_small_partitions(database: Database, *, events: int = SMALLEST) -> None:
    """Let a log that is still empty begin with a small partition, which the first append makes."""
    with connect(database.conninfo) as superuser:
        superuser.execute("UPDATE ledger.partitioning SET events_per_partition = %s", (events,))
        superuser.execute("DROP TABLE ledger.events_p1")
        superuser.execute("UPDATE ledger.head SET room_until = last_seq")

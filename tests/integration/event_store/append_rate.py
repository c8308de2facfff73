"""Prints how many single-event appends a second our recorder does beside the library's own.

Not a test: `python -m tests.integration.event_store.append_rate`. The server is durable (fsync on).
"""

import sys
from collections.abc import Callable
from time import perf_counter
from uuid import uuid4

from eventsourcing.persistence import ApplicationRecorder, StoredEvent
from eventsourcing.postgres import PostgresApplicationRecorder, PostgresDatastore

from infrastructure.event_store.datastore import LedgerDatastore
from infrastructure.event_store.recorder import LedgerRecorder
from tests.support.postgres import DURABLE, Cluster, EmbeddedServer

APPENDS = 1000
ROUNDS = 5


def append_one(recorder: ApplicationRecorder) -> None:
    recorder.insert_events([StoredEvent(uuid4(), 1, "tally.begun", b'{"subject":"sheep"}')])


def rate(act: Callable[[], None]) -> float:
    started = perf_counter()
    for _ in range(APPENDS):
        act()
    return APPENDS / (perf_counter() - started)


def compare(ours: LedgerRecorder, stock: PostgresApplicationRecorder) -> None:
    for _ in range(ROUNDS):
        stock_rate, our_rate = rate(lambda: append_one(stock)), rate(lambda: append_one(ours))
        sys.stdout.write(
            f"stock {stock_rate:5.0f}/s  ours {our_rate:5.0f}/s  {our_rate / stock_rate:.2f}x\n"
        )


def main() -> None:
    server = EmbeddedServer(settings=DURABLE)
    cluster = Cluster(server)
    database, bare = cluster.migrated_database(), cluster.empty_database()
    ours = LedgerDatastore(database.conninfo, pool_size=1)
    stock = PostgresDatastore(bare.name, str(bare.sockets), "5432", "postgres", "")
    try:
        ours.sessions.open()
        stock_recorder = PostgresApplicationRecorder(stock)
        stock_recorder.create_table()
        compare(LedgerRecorder(ours), stock_recorder)
    finally:
        ours.close()
        stock.close()
        server.stop()


if __name__ == "__main__":
    main()

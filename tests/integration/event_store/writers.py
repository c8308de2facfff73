"""Writers in processes of their own, to be watched and killed."""

from collections.abc import Iterator
from contextlib import contextmanager
from itertools import repeat
from multiprocessing import get_context
from multiprocessing.process import BaseProcess

from infrastructure.event_store.ledger import open_ledger
from tests.integration.event_store.tally import Tally

EVENTS_PER_SAVE = 25
# Clean children without the threads of this process, and quick to start once it is loaded.
PROCESSES = get_context("forkserver")
PROCESSES.set_forkserver_preload([__name__])


def write(conninfo: str, saves: int | None) -> None:
    """Add to one stream, so many events per save; for ever when `saves` is None."""
    ledger, tally = open_ledger(conninfo, pool_size=1), Tally.of("sheep")
    for _ in repeat(None) if saves is None else range(saves):
        ledger.save(tally.count(times=EVENTS_PER_SAVE - len(tally.pending_events)))
    ledger.close()


def start_writer(conninfo: str, *, saves: int | None) -> BaseProcess:
    writer = PROCESSES.Process(target=write, args=(conninfo, saves), daemon=True)
    writer.start()
    return writer


@contextmanager
def writers(number: int, conninfo: str, *, saves: int | None) -> Iterator[list[BaseProcess]]:
    """So many writers; whichever still lives at the end is killed."""
    running = [start_writer(conninfo, saves=saves) for _ in range(number)]
    try:
        yield running
    finally:
        for writer in running:
            writer.kill()
            writer.join()

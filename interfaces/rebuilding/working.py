"""Ranges of a rebuild worked on beside the command that asked for it.

Processes that it starts read the log and write builds through connections of their own, and end
with it. Workers of the fleet are told; whether any hears it makes no difference to what is done.
"""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from multiprocessing import get_context, parent_process
from multiprocessing.process import BaseProcess
from threading import Thread
from typing import Final
from uuid import UUID

from interfaces.bootstrap import Runtime, loading_on
from projections.range_work import RangeWorker
from projections.rebuild import Helpers

PROCESSES_MAX: Final = 64
HINTS_MAX: Final = 16
END_SECONDS_MAX: Final = 5.0


def cores() -> int:
    """How many processes can work side by side here."""
    return min(len(os.sched_getaffinity(0)), PROCESSES_MAX)


def all_hands(runtime: Runtime, *, processes: int) -> Helpers:
    """The fleet, and so many processes here, of which this one is the first."""

    @contextmanager
    def helping(rebuild_id: UUID) -> Iterator[None]:
        with processes_beside(runtime.database_url, rebuild_id, count=processes - 1):
            for _ in range(HINTS_MAX):
                if not runtime.rebuild_hints.hint(rebuild_id):
                    break
            yield

    return helping


@contextmanager
def processes_beside(database_url: str, rebuild_id: UUID, *, count: int) -> Iterator[None]:
    """So many processes at work on ranges for the length of the block."""
    # Threads and connections of this process must not be forked.
    context = get_context("spawn")
    started: list[BaseProcess] = []
    try:
        for _ in range(count):
            process = context.Process(target=_work, args=(database_url, rebuild_id), daemon=True)
            process.start()
            started.append(process)
        yield
    finally:
        _end(started)


def _end(started: list[BaseProcess]) -> None:
    for each in started:
        each.terminate()
    for each in started:
        each.join(END_SECONDS_MAX)
        if each.is_alive():
            each.kill()


def _work(database_url: str, rebuild_id: UUID) -> None:
    """What a new process does. Ctrl-C is for its parent, and ends it with its parent."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    Thread(target=_end_with_parent, daemon=True).start()
    with loading_on(database_url) as (log, pool):
        RangeWorker(log, pool).work(rebuild_id)


def _end_with_parent() -> None:
    """A parent that was killed tells nobody; without this its children would go on for a while."""
    parent = parent_process()
    assert parent is not None, "this process was started by another"
    parent.join()
    os._exit(1)

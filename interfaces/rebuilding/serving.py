"""What a worker of the fleet does for rebuilds: it looks whether one waits, and is told sooner."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Event, Thread
from typing import Final
from uuid import UUID

from psycopg import DatabaseError

from domain.errors import DomainError
from interfaces.bootstrap.runtime import Runtime
from projections.range_work import RangeWorker, models_of
from projections.rebuilds import open_rebuild

LOOK_SECONDS: Final = 1.0
PAUSE_SECONDS: Final = 10.0
_log = logging.getLogger("dynasty.work")


class _Stopped(Exception):
    """This process is asked to end: the range in hand is another's."""


@contextmanager
def loading(runtime: Runtime) -> Iterator[None]:
    """Work on ranges of rebuilds in a thread of this process during the block."""
    stop, told = Event(), Event()

    def hear(_: UUID) -> None:
        told.set()

    looking = Thread(target=_look, args=(runtime, stop, told), name="rebuild-looking")
    with runtime.rebuild_hints.taken_by(hear):
        looking.start()
        try:
            yield
        finally:
            stop.set()
            told.set()
            looking.join()


def _look(runtime: Runtime, stop: Event, told: Event) -> None:
    def go_on() -> None:
        if stop.is_set():
            raise _Stopped

    while not stop.is_set():
        told.wait(LOOK_SECONDS)
        told.clear()
        try:
            go_on()
            rebuild_id = _waiting(runtime)
            if rebuild_id is not None:
                worker = RangeWorker(runtime.log, runtime.projector, told=go_on)
                worker.work(rebuild_id)
        except _Stopped:
            return
        except (DomainError, DatabaseError) as fault:
            _log.warning("Rebuilds cannot be worked on: %s", fault)
            stop.wait(PAUSE_SECONDS)


def _waiting(runtime: Runtime) -> UUID | None:
    """A rebuild that this process can help with. To look takes no more than a reader may."""
    with runtime.read_models.connection() as connection:
        found = open_rebuild(connection)
    if found is None or found.ranges_done == found.ranges or models_of(found) is None:
        return None
    return found.rebuild_id

"""The worker: takes hints, and looks for itself whether a run waits that nobody told of."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Event, Thread
from time import monotonic
from typing import Final
from uuid import UUID

from psycopg import DatabaseError

from domain.errors import DomainError
from interfaces.bootstrap.runtime import Runtime
from interfaces.whatif.working import work_on

LOOK_SECONDS: Final = 1.0
HINT_AGAIN_SECONDS: Final = 30.0
_log = logging.getLogger("dynasty.work")


@contextmanager
def working(runtime: Runtime) -> Iterator[None]:
    """Work on runs in threads of this process, and in processes below it, during the block."""
    stop = Event()

    def work(run_id: UUID) -> None:
        work_on(run_id, runtime, stop)

    looking = Thread(target=_look, args=(runtime, stop), name="whatif-looking")
    with runtime.hints.taken_by(work):
        looking.start()
        try:
            yield
        finally:
            stop.set()
            looking.join()


def _look(runtime: Runtime, stop: Event) -> None:
    """Hint at what waits; where no hint is taken, work on it here."""
    hinted: dict[UUID, float] = {}
    while not stop.wait(LOOK_SECONDS):
        try:
            waiting = runtime.runs.waiting()
        except (DomainError, DatabaseError) as fault:
            _log.warning("Runs cannot be looked for: %s", fault)
            continue
        now = monotonic()
        hinted = {each: at for each, at in hinted.items() if each in waiting}
        for run_id in waiting:
            if now - hinted.get(run_id, -HINT_AGAIN_SECONDS) >= HINT_AGAIN_SECONDS:
                hinted[run_id] = now
                if not runtime.hints.hint(run_id):
                    work_on(run_id, runtime, stop)

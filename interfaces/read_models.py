"""Keeping the read models at the head of the log within this process."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Event, Thread

from interfaces.bootstrap import Runtime
from projections.daemon import Daemon, catch_up

_log = logging.getLogger("dynasty.projector")


def catch_up_with_log(runtime: Runtime) -> int:
    """Bring the read models to the head of the log; return that position."""
    return catch_up(log=runtime.log, pool=runtime.projector)


@contextmanager
def following_log(runtime: Runtime) -> Iterator[None]:
    """Let the daemon run in a thread of this process for the length of the block."""
    stop = Event()
    daemon = Daemon(log=runtime.log, pool=runtime.projector, report=_log.warning)

    def follow() -> None:
        try:
            daemon.run(stop)
        except Exception:  # noqa: BLE001 (the thread ends either way; the process is told)
            # Queries that wait for a position answer `projection-behind` from here on.
            _log.exception("The read models have stopped following the log.")

    thread = Thread(target=follow, name="projector")
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()

"""Keeping the read models at the head of the log within this process."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager

from interfaces.beside import beside
from interfaces.bootstrap import Runtime
from projections.daemon import Daemon, catch_up

_log = logging.getLogger("dynasty.projector")


def catch_up_with_log(runtime: Runtime) -> int:
    """Bring the read models to the head of the log; return that position."""
    return catch_up(log=runtime.log, pool=runtime.projector)


@contextmanager
def following_log(runtime: Runtime) -> Iterator[None]:
    """Let the daemon run in a thread of this process for the length of the block."""
    daemon = Daemon(log=runtime.log, pool=runtime.projector, report=_log.warning)

    def failed() -> None:
        # Queries that wait for a position answer `projection-behind` from here on.
        _log.exception("The read models have stopped following the log.")

    with beside(daemon.run, name="projector", failed=failed):
        yield

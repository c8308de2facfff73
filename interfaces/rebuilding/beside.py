"""One process at work on the ranges of a rebuild: `python -m interfaces.rebuilding.beside ID`.

Its database comes by the environment, as every secret does. It ends when there is no range left, or
with whoever holds the other end of its standard input: a parent that was killed tells nobody.
"""

from __future__ import annotations

import os
import signal
import sys
from threading import Thread
from uuid import UUID

from interfaces.bootstrap.loading import loading_on
from projections.range_work import RangeWorker


def main() -> None:
    """Work until there is nothing left to do."""
    # Ctrl-C is for the parent, and ends this process with it.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    Thread(target=_end_with_parent, daemon=True).start()
    with loading_on(os.environ["DATABASE_URL"]) as (log, pool):
        RangeWorker(log, pool).work(UUID(sys.argv[1]))


def _end_with_parent() -> None:
    sys.stdin.buffer.read()
    os._exit(1)


if __name__ == "__main__":
    main()

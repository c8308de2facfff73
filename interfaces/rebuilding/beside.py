"""One process at work on the ranges of a rebuild: `python -m interfaces.rebuilding.beside ID`.

The first line of its standard input is its database: arguments are no place for a secret. It ends
when there is no range left, or with whoever holds the other end of that input: a parent that was
killed tells nobody.
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
    database_url = sys.stdin.readline().strip()
    Thread(target=_end_with_parent, daemon=True).start()
    with loading_on(database_url) as (log, pool):
        RangeWorker(log, pool).work(UUID(sys.argv[1]))


def _end_with_parent() -> None:
    while os.read(sys.stdin.fileno(), 1):
        pass
    os._exit(1)


if __name__ == "__main__":
    main()

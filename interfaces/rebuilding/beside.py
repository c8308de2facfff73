"""One process at work on the ranges of a rebuild: `python -m interfaces.rebuilding.beside ID`.

The first line of its standard input is a JSON object with its `database_url`, for arguments are no
place for a secret, and the `archive` that its parent knows, so that no settings need to be read. It
ends when there is no range left, or with whoever holds the other end of that input: a parent that
was killed tells nobody.
"""

from __future__ import annotations

import json
import os
import signal
import sys
from dataclasses import asdict
from datetime import timedelta
from pathlib import Path
from threading import Thread
from typing import Any
from uuid import UUID

from application.archiving.ports import ArchiveOptions
from interfaces.bootstrap.loading import loading_on
from projections.range_work import RangeWorker


def main() -> None:
    """Work until there is nothing left to do."""
    # Ctrl-C is for the parent, and ends this process with it.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    told = json.loads(sys.stdin.readline())
    Thread(target=_end_with_parent, daemon=True).start()
    with loading_on(told["database_url"], archive=archive_of(told["archive"])) as (log, pool):
        RangeWorker(log, pool).work(UUID(sys.argv[1]))


def told_of(archive: ArchiveOptions) -> dict[str, Any]:
    """The archive in plain values."""
    retention = archive.retention
    return {
        **asdict(archive),
        "directory": None if archive.directory is None else str(archive.directory),
        "retention": None if retention is None else retention.days,
    }


def archive_of(told: dict[str, Any]) -> ArchiveOptions:
    """The archive that these plain values name."""
    directory, days = told["directory"], told["retention"]
    return ArchiveOptions(
        bucket=told["bucket"],
        prefix=told["prefix"],
        directory=None if directory is None else Path(directory),
        retention=None if days is None else timedelta(days=days),
        cache_bytes=told["cache_bytes"],
    )


def _end_with_parent() -> None:
    while os.read(sys.stdin.fileno(), 1):
        pass
    os._exit(1)


if __name__ == "__main__":
    main()

"""Ranges of a rebuild worked on beside the command that asked for it.

Processes that it starts read the log and write builds through connections of their own, and end
with it. Workers of the fleet are told; whether any hears it makes no difference to what is done.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from subprocess import PIPE, Popen, TimeoutExpired
from typing import Final
from uuid import UUID

from application.archiving.ports import ArchiveOptions
from interfaces.archive_settings import archive_options
from interfaces.bootstrap.runtime import Runtime
from interfaces.rebuilding.beside import told_of
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
        archive = archive_options(runtime.settings)
        with processes_beside(
            runtime.database_url, rebuild_id, archive=archive, count=processes - 1
        ):
            for _ in range(HINTS_MAX):
                if not runtime.rebuild_hints.hint(rebuild_id):
                    break
            yield

    return helping


@contextmanager
def processes_beside(
    database_url: str, rebuild_id: UUID, *, archive: ArchiveOptions, count: int
) -> Iterator[None]:
    """So many processes at work on ranges for the length of the block."""
    started: list[Popen[bytes]] = []
    try:
        told = json.dumps({"database_url": database_url, "archive": told_of(archive)})
        started.extend(_started(told, rebuild_id) for _ in range(count))
        yield
    finally:
        _end(started)


def _started(told: str, rebuild_id: UUID) -> Popen[bytes]:
    command = [sys.executable, "-m", "interfaces.rebuilding.beside", str(rebuild_id)]
    process = Popen(command, stdin=PIPE)  # noqa: S603 (a part of this program)
    assert process.stdin is not None, "it was given one"
    process.stdin.write(f"{told}\n".encode())
    process.stdin.flush()
    return process


def _end(started: list[Popen[bytes]]) -> None:
    for each in started:
        each.terminate()
    for each in started:
        try:
            each.wait(END_SECONDS_MAX)
        except TimeoutExpired:
            each.kill()
            each.wait()
        assert each.stdin is not None, "it was given one"
        each.stdin.close()

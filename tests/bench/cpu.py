"""Time at work, of this process and of the database: what a rate costs, whoever else is busy."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter_ns, process_time_ns
from typing import Final

from psycopg import connect

from tests.integration.embedded.processes import descendants

_TICK_NS: Final = 1_000_000_000 // os.sysconf("SC_CLK_TCK")
_PARENT: Final = 1
_OWN_TIME: Final = slice(11, 13)
_WITH_ENDED_CHILDREN: Final = slice(11, 15)


@dataclass(slots=True)
class Spent:
    """Nanoseconds: by the clock on the wall, at work here, and at work in the database."""

    wall: int = 0
    here: int = 0
    database: int = 0

    def per_second(self, events: int) -> int:
        """Events in a second by the clock."""
        return events * 1_000_000_000 // max(1, self.wall)

    def per_second_a_core(self, events: int) -> int:
        """Events in a second of one core's whole time, the database's share of it included."""
        return events * 1_000_000_000 // max(1, self.here + self.database)


@contextmanager
def spending(database_url: str) -> Iterator[Spent]:
    """What the block takes; filled in when it is over."""
    with connect(database_url) as session:
        postmaster = int(_stat(session.info.backend_pid)[_PARENT])
    spent, database = Spent(), _database_ns(postmaster)
    here, wall = process_time_ns() + _children_ns(), perf_counter_ns()
    try:
        yield spent
    finally:
        spent.wall = perf_counter_ns() - wall
        spent.here = process_time_ns() + _children_ns() - here
        spent.database = _database_ns(postmaster) - database


def _children_ns() -> int:
    """Of the processes that this one started and that have ended."""
    times = os.times()
    return int((times.children_user + times.children_system) * 1_000_000_000)


def _database_ns(postmaster: int) -> int:
    ticks = sum(map(int, _stat(postmaster)[_WITH_ENDED_CHILDREN]))
    for process, _ in descendants(postmaster):
        try:
            ticks += sum(map(int, _stat(process)[_OWN_TIME]))
        except (FileNotFoundError, ProcessLookupError):
            continue  # Its time is its parent's from now on.
    return ticks * _TICK_NS


def _stat(process: int) -> list[str]:
    """The fields of a process from its state on."""
    return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()

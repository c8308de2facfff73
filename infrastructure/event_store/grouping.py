"""Appends of one process that wait at the same time are written in one transaction.

Each append holds the log's counter until its commit is on disk, so appends go one after another,
and each pays for its commit alone. Those that had to wait for another go together, and pay for one.
"""

from collections import deque
from dataclasses import dataclass, field
from threading import Event, Lock
from typing import Final

from infrastructure.event_store.appending import (
    Append,
    AppendConflict,
    append,
    append_together,
)
from infrastructure.event_store.errors import NotRecordable
from infrastructure.postgres.persistence import LOST
from infrastructure.postgres.pools import Pool

TOGETHER_MAX: Final = 8
FACTS_MAX: Final = 32
"""A larger append goes alone: it pays for its own commit anyway, and nobody waits for it."""


@dataclass(eq=False, slots=True)
class _Waiting:
    """An append whose thread waits until it is written, or is to write, or is sent on alone."""

    wanted: Append
    told: Event = field(default_factory=Event)
    leads: bool = False
    sent: bool = False
    positions: range | None = None


class GroupedAppends:
    """The way to `ledger.append` for all threads of a process.

    One thread at a time writes, for itself and whoever waits. Nothing is made to wait for company:
    a lone append goes at once. When a group fails, for whatever reason, each of it and each who
    waits goes alone, and gets an answer of its own.
    """

    def __init__(self, pool: Pool) -> None:
        self._pool = pool
        self._guard = Lock()
        self._queue: deque[_Waiting] = deque()
        self._busy = False

    @property
    def waiting(self) -> int:
        """How many appends wait for the one that is being written."""
        return len(self._queue)

    def append(self, wanted: Append) -> range:
        """As `appending.append`, with the same refusals."""
        if len(wanted.facts) > FACTS_MAX:
            return append(self._pool, wanted)
        mine = self._queued(wanted)
        if not mine.leads:
            mine.told.wait()
        if mine.leads:
            self._lead()
        if mine.positions is None:
            return append(self._pool, wanted, again=mine.sent)
        return mine.positions

    def _queued(self, wanted: Append) -> _Waiting:
        mine = _Waiting(wanted)
        with self._guard:
            mine.leads, self._busy = not self._busy, True
            self._queue.append(mine)
        return mine

    def _lead(self) -> None:
        """Write for the first of the queue, which is the caller, and for those behind it."""
        with self._guard:
            group = [self._queue.popleft() for _ in range(min(TOGETHER_MAX, len(self._queue)))]
        written = False
        try:
            written = self._write(group)
        finally:
            self._hand_over(group, written=written)

    def _write(self, group: list[_Waiting]) -> bool:
        """Whether it is written. What refuses a lone append is raised."""
        if len(group) == 1:
            group[0].positions = append(self._pool, group[0].wanted)
            return True
        for each in group:
            each.sent = True
        try:
            found = append_together(self._pool, [each.wanted for each in group])
        except (AppendConflict, NotRecordable, *LOST):
            return False
        for each, positions in zip(group, found, strict=True):
            each.positions = positions
        return True

    def _hand_over(self, group: list[_Waiting], *, written: bool) -> None:
        with self._guard:
            alone = [] if written else list(self._queue)
            if alone:
                self._queue.clear()
            following = self._queue[0] if self._queue else None
            self._busy = following is not None
        if following is not None:
            following.leads = True
            following.told.set()
        for each in [*group, *alone]:
            each.told.set()

"""Appends of one process that wait at the same time are written in one transaction.

Each append holds the log's counter until its commit is on disk, so appends go one after another,
and each pays for its commit alone. Those that had to wait for another go together and pay for one;
each of them still has an outcome of its own.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from queue import Empty
from threading import Lock
from time import monotonic

from application.errors import LedgerBusy, LedgerUnavailable
from application.watching.figures import CombinerFigures
from infrastructure.event_store.appending import (
    AppendConflict,
    Outcome,
    append,
    append_together,
)
from infrastructure.event_store.combiner_limits import DEFAULT_LIMITS, CombinerLimits
from infrastructure.event_store.errors import NotRecordable
from infrastructure.event_store.line import Line, Waiting
from infrastructure.event_store.pacing import Pace
from infrastructure.event_store.packing import Packed
from infrastructure.postgres.persistence import LOST
from infrastructure.postgres.pipelines import Pipeline
from infrastructure.postgres.pools import Pool


class AppendCombiner:
    """The way to `ledger.append` for all threads of a process.

    A thread writes for itself and whoever waits; nothing is made to wait for company, so a lone
    append goes at once. Only right after a batch is the next one held back for a moment, for those
    who were in it. While a batch is under way, another follows it only when it is as large.

    Accounts take turns: a batch has at most one append of each, and no two that touch one stream or
    one key. When a whole batch fails, because the connection is lost or the server cannot read it,
    each of it goes alone, first asks the log for its own events, and gets an answer of its own.
    """

    def __init__(
        self, pool: Pool, batches: Pipeline, limits: CombinerLimits | None = DEFAULT_LIMITS
    ) -> None:
        """With no limits nothing is combined: each append goes alone."""
        self._pool, self._batches, self._limits = pool, batches, limits
        self._guard = Lock()
        self._line = Line(limits or DEFAULT_LIMITS)
        self._in_flight = self._flights = 0
        # Goes without those who are waited for, when they stay away.
        self._timekeeper: Waiting | None = None
        self._pace = Pace(limits or DEFAULT_LIMITS)
        self._tally: Counter[str] = Counter()
        self._sizes: Counter[int] = Counter()

    @property
    def waiting(self) -> int:
        """How many appends wait for the batch that is being written."""
        return len(self._line)

    @property
    def counts(self) -> CombinerFigures:
        """A look at the counters; they are not stopped for it."""
        tally = self._tally
        return CombinerFigures(
            waiting=len(self._line),
            in_flight=self._in_flight,
            batches=tally["batches"],
            appends=tally["stored"] + tally["conflicts"] + tally["refused"],
            stored=tally["stored"],
            replayed=tally["replayed"],
            conflicts=tally["conflicts"],
            refused=tally["refused"],
            turned_away=tally["turned_away"],
            largest_batch=tally["largest_batch"],
            batch_sizes=dict(self._sizes),
        )

    def note_replay(self) -> None:
        """A conflict turned out to be the repetition of a command that is recorded."""
        self._tally["replayed"] += 1

    def append(self, packed: Packed) -> range:
        """As `appending.append`, with the same refusals, and LedgerBusy when too much waits."""
        limits = self._limits
        if limits is None or len(packed.events) > limits.alone_events:
            return self._counted(self._alone(packed, again=False))
        if self._goes_at_once():
            return self._counted(self._lone(packed))
        try:
            return self._counted(self._in_company(packed))
        except LedgerBusy:
            self._tally["turned_away"] += 1
            raise

    def _in_company(self, packed: Packed) -> Outcome:
        mine = self._queued(packed)
        try:
            # Whoever is to lead does, even when it has its outcome by then: others count on it.
            while mine.leads or not mine.settled:
                if mine.leads:
                    self._lead(mine)
                else:
                    self._wait(mine)
        except BaseException:
            self._abandon(mine)
            raise
        outcome = mine.outcome
        return self._alone(packed, again=mine.sent) if outcome is None else outcome

    def _goes_at_once(self) -> bool:
        """Whether nobody else is here or was of late; if so, a batch of one is under way."""
        with self._guard:
            if self._flights or self._line or not self._pace.is_calm:
                return False
            self._flights = self._in_flight = 1
        return True

    def _lone(self, packed: Packed) -> Outcome:
        self._count_batch(1)
        try:
            return self._alone(packed, again=False)
        finally:
            self._hand_over(None, (), 1, written=True)

    def _alone(self, packed: Packed, *, again: bool) -> Outcome:
        try:
            return append(self._pool, packed, again=again)
        except (AppendConflict, NotRecordable, LedgerUnavailable) as refusal:
            return refusal

    def _counted(self, outcome: Outcome) -> range:
        if isinstance(outcome, range):
            self._tally["stored"] += 1
            return outcome
        self._tally["conflicts" if isinstance(outcome, AppendConflict) else "refused"] += 1
        raise outcome

    def _queued(self, packed: Packed) -> Waiting:
        with self._guard:
            mine = self._line.add(packed)
            if self._takes_off():
                mine.leads += 1
            elif not self._flights and self._timekeeper is None:
                self._timekeeper = mine
        return mine

    def _takes_off(self) -> bool:
        """Whether a batch may begin now; if so, it counts as under way."""
        begins = self._pace.sets_out(waiting=len(self._line), flights=self._flights)
        if begins:
            self._flights += 1
            self._timekeeper = None
        return begins

    def _wait(self, mine: Waiting) -> None:
        """Until told to look. The timekeeper leads when those who are expected do not come."""
        until = self._pace.until if self._timekeeper is mine else mine.leave_at
        try:
            mine.bell.get(timeout=None if until is None else max(0.0, until - monotonic()))
        except Empty:
            with self._guard:
                if self._timekeeper is mine:
                    mine.leads += self._takes_off()
                elif mine.leave_at is not None and monotonic() >= mine.leave_at:
                    self._line.leave(mine)

    def _following(self) -> Waiting | None:
        """Who is told now: to lead the next batch, or to keep the time until it sets out."""
        if not self._line:
            return None
        first = self._line.first
        if self._takes_off():
            first.leads += 1
        elif self._flights or self._timekeeper is not None:
            return None
        else:
            self._timekeeper = first
        return first

    def _abandon(self, mine: Waiting) -> None:
        """Its thread was interrupted. What it was to do for others, another does."""
        with self._guard:
            self._line.drop(mine)
            self._flights -= mine.leads
            mine.leads = 0
            if self._timekeeper is mine:
                self._timekeeper = None
            following = self._following()
        if following is not None:
            following.tell()

    def _lead(self, mine: Waiting) -> None:
        """Write for the first in line and those behind it."""
        with self._guard:
            mine.leads -= 1
            batch = self._line.take(self._pace.batch_max)
            self._in_flight += len(batch)
        written = False
        try:
            written = not batch or self._write(batch)
        finally:
            self._hand_over(mine, batch, len(batch), written=written)

    def _write(self, batch: Sequence[Waiting]) -> bool:
        """Whether each has its outcome."""
        self._count_batch(len(batch))
        for each in batch:
            each.sent = True
        if len(batch) == 1:
            batch[0].outcome = self._alone(batch[0].packed, again=False)
            return True
        began = monotonic()
        try:
            outcomes = append_together(self._pool, self._batches, [each.packed for each in batch])
        except (AppendConflict, NotRecordable, *LOST):
            return False
        for each, outcome in zip(batch, outcomes, strict=True):
            each.outcome = outcome
        with self._guard:
            self._pace.took(monotonic() - began)
        return True

    def _count_batch(self, size: int) -> None:
        self._tally["batches"] += 1
        self._tally["largest_batch"] = max(self._tally["largest_batch"], size)
        self._sizes[1 << (size - 1).bit_length()] += 1

    def _hand_over(
        self, mine: Waiting | None, batch: Sequence[Waiting], size: int, *, written: bool
    ) -> None:
        """The first in line leads the next batch. Where nothing was written, all go on alone."""
        alone: list[Waiting] = []
        following: Waiting | None = None
        with self._guard:
            self._pace.landed(busy=self._in_flight + len(self._line))
            self._flights -= 1
            self._in_flight -= size
            if not written:
                alone = [*batch, *self._line.take_all()]
            else:
                following = self._following()
        if following is not None:
            following.tell()
        for each in alone:
            each.alone = True
        for each in alone or batch:
            if each is not mine:  # Its thread is this one.
                each.tell()

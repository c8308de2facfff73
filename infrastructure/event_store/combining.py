"""Appends of one process that wait at the same time are written in one transaction.

Each append holds the log's counter until its commit is on disk, so appends go one after another,
and each pays for its commit alone. Those that had to wait for another go together and pay for one;
each of them still has an outcome of its own.
"""

from __future__ import annotations

from collections import Counter, OrderedDict, deque
from collections.abc import Sequence
from queue import Empty, SimpleQueue
from threading import Lock
from time import monotonic, sleep
from typing import Final
from uuid import UUID

from application.errors import LedgerBusy
from infrastructure.event_store.appending import (
    AppendConflict,
    Outcome,
    append,
    append_together,
)
from infrastructure.event_store.combiner_limits import (
    DEFAULT_LIMITS,
    CombinerCounts,
    CombinerLimits,
)
from infrastructure.event_store.errors import NotRecordable
from infrastructure.event_store.packing import Packed
from infrastructure.postgres.persistence import LOST
from infrastructure.postgres.pools import Pool

_GLANCE_SECONDS: Final = 0.00002


class _Waiting:
    """An append whose thread waits: until it has an outcome, or is to write, or to go on alone."""

    __slots__ = ("account", "alone", "bell", "leads", "outcome", "packed", "sent")

    def __init__(self, packed: Packed, account: UUID | None) -> None:
        self.packed, self.account = packed, account
        self.bell: SimpleQueue[None] = SimpleQueue()
        self.leads = 0  # Batches that its thread is to write; changed under the guard.
        self.sent = self.alone = False
        self.outcome: Outcome | None = None

    @property
    def settled(self) -> bool:
        """Whether its thread need not wait any more."""
        return self.outcome is not None or self.alone

    def tell(self) -> None:
        """Let its thread look."""
        self.bell.put(None)


class AppendCombiner:
    """The way to `ledger.append` for all threads of a process.

    A thread writes for itself and whoever waits; nothing is made to wait for company, so a lone
    append goes at once. Only right after a batch is the next one held back for a moment, for those
    who were in it. While a batch is under way, another follows it only when it is as large.

    Accounts take turns: a batch has at most one append of each, and no two that touch one stream or
    one key. When a whole batch fails, because the connection is lost or the server cannot read it,
    each of it goes alone, first asks the log for its own events, and gets an answer of its own.
    """

    def __init__(self, pool: Pool, limits: CombinerLimits | None = DEFAULT_LIMITS) -> None:
        """With no limits nothing is combined: each append goes alone."""
        self._pool, self._limits = pool, limits
        self._guard = Lock()
        self._queues: OrderedDict[UUID | None, deque[_Waiting]] = OrderedDict()
        self._waiting = self._in_flight = self._flights = 0
        self._company = 0
        self._batch_max = limits.batch_max if limits else 1
        self._tally: Counter[str] = Counter()
        self._sizes: Counter[int] = Counter()

    @property
    def waiting(self) -> int:
        """How many appends wait for the batch that is being written."""
        return self._waiting

    @property
    def counts(self) -> CombinerCounts:
        """A look at the counters; they are not stopped for it."""
        tally = self._tally
        return CombinerCounts(
            waiting=self._waiting,
            in_flight=self._in_flight,
            batches=tally["batches"],
            appends=tally["appends"],
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
        mine = self._queued(packed, limits)
        # Whoever is to lead does, even when it has its own outcome by then: others count on it.
        while mine.leads or not mine.settled:
            if mine.leads:
                self._lead(mine, limits)
            else:
                self._wait(mine, limits)
        outcome = mine.outcome
        if outcome is None:
            outcome = self._alone(packed, again=mine.sent)
        return self._counted(outcome)

    def _alone(self, packed: Packed, *, again: bool) -> Outcome:
        try:
            return append(self._pool, packed, again=again)
        except (AppendConflict, NotRecordable) as refusal:
            return refusal

    def _counted(self, outcome: Outcome) -> range:
        self._tally["appends"] += 1
        if isinstance(outcome, range):
            self._tally["stored"] += 1
            return outcome
        self._tally["conflicts" if isinstance(outcome, AppendConflict) else "refused"] += 1
        raise outcome

    def _queued(self, packed: Packed, limits: CombinerLimits) -> _Waiting:
        facts = packed.append.facts
        account = facts[0].originator_id if facts else packed.append.receipt_stream_id
        assert account is None or isinstance(account, UUID)
        mine = _Waiting(packed, account)
        with self._guard:
            queue = self._queues.get(account)
            if self._waiting >= limits.waiting_max or (
                queue is not None and len(queue) >= limits.waiting_per_account_max
            ):
                self._tally["turned_away"] += 1
                raise _busy(self._waiting)
            if queue is None:
                queue = self._queues[account] = deque()
            queue.append(mine)
            self._waiting += 1
            mine.leads += self._takes_off(limits)
        return mine

    def _takes_off(self, limits: CombinerLimits) -> bool:
        """Whether a batch may begin now; if so, it counts as under way."""
        begins = self._waiting > 0 and (
            not self._flights
            or (
                self._flights < limits.flights
                and self._waiting >= max(limits.second_min, self._in_flight)
            )
        )
        self._flights += begins
        return begins

    def _wait(self, mine: _Waiting, limits: CombinerLimits) -> None:
        """Until told to look. Who waited too long and was not sent yet leaves the line."""
        try:
            mine.bell.get(timeout=limits.wait_seconds_max)
        except Empty:
            with self._guard:
                queue = self._queues.get(mine.account)
                if mine.leads or queue is None or mine not in queue:
                    return  # On its way: the server answers, or its own limit does.
                self._taken_out(mine, queue)
                self._tally["turned_away"] += 1
                raise _busy(self._waiting) from None

    def _taken_out(self, mine: _Waiting, queue: deque[_Waiting]) -> None:
        queue.remove(mine)
        self._waiting -= 1
        if not queue:
            del self._queues[mine.account]

    def _lead(self, mine: _Waiting, limits: CombinerLimits) -> None:
        """Write for the first in line and those behind it."""
        self._gather(limits)
        with self._guard:
            mine.leads -= 1
            batch = self._next_batch(limits)
            self._in_flight += len(batch)
        written = False
        try:
            written = not batch or self._write(batch, limits)
        finally:
            self._hand_over(batch, limits, written=written)

    def _gather(self, limits: CombinerLimits) -> None:
        """Right after a batch, wait a moment for those who were in it and come back with more."""
        expected = min(self._company, self._batch_max, limits.second_min)
        if expected <= 1:
            return  # Whoever was alone is not waited for.
        give_up_at = monotonic() + limits.gather_seconds
        while self._waiting < expected and monotonic() < give_up_at:
            sleep(_GLANCE_SECONDS)

    def _next_batch(self, limits: CombinerLimits) -> list[_Waiting]:
        """One of each account, in turn, that touch nothing in common; accounts with more go last.

        The first in line is always taken, so everybody gets there.
        """
        batch: list[_Waiting] = []
        touched: set[object] = set()
        events = size = 0
        for account in list(self._queues):
            queue = self._queues[account]
            first = queue[0]
            events += len(first.packed.events)
            size += first.packed.size
            full = events > limits.batch_events_max or size > limits.batch_bytes_max
            if batch and (full or len(batch) >= self._batch_max):
                break
            if not touched.isdisjoint(first.packed.touches):
                continue
            touched |= first.packed.touches
            batch.append(queue.popleft())
            if queue:
                self._queues.move_to_end(account)
            else:
                del self._queues[account]
        self._waiting -= len(batch)
        self._company = max(len(batch), self._company * 3 // 4)
        return batch

    def _write(self, batch: Sequence[_Waiting], limits: CombinerLimits) -> bool:
        """Whether each has its outcome. What refuses a lone append is raised."""
        self._tally["batches"] += 1
        self._tally["largest_batch"] = max(self._tally["largest_batch"], len(batch))
        self._sizes[1 << (len(batch) - 1).bit_length()] += 1
        if len(batch) == 1:
            batch[0].outcome = self._alone(batch[0].packed, again=False)
            return True
        began = monotonic()
        for each in batch:
            each.sent = True
        try:
            outcomes = append_together(self._pool, [each.packed for each in batch])
        except (AppendConflict, NotRecordable, *LOST):
            return False
        for each, outcome in zip(batch, outcomes, strict=True):
            each.outcome = outcome
        self._adapt(monotonic() - began, limits)
        return True

    def _adapt(self, seconds: float, limits: CombinerLimits) -> None:
        """Batches shrink by half while they take too long, and grow again by an eighth."""
        if seconds > limits.batch_seconds:
            least = min(limits.batch_min, limits.batch_max)
            self._batch_max = max(least, self._batch_max // 2)
        elif self._batch_max < limits.batch_max:
            self._batch_max = min(limits.batch_max, self._batch_max + self._batch_max // 8 + 1)

    def _hand_over(
        self, batch: Sequence[_Waiting], limits: CombinerLimits, *, written: bool
    ) -> None:
        """The first in line leads the next batch. Where nothing was written, all go on alone."""
        alone: list[_Waiting] = []
        following: _Waiting | None = None
        with self._guard:
            self._flights -= 1
            self._in_flight -= len(batch)
            if not written:
                alone = [*batch, *(each for queue in self._queues.values() for each in queue)]
                self._queues.clear()
                self._waiting = 0
            elif self._takes_off(limits):
                following = next(iter(self._queues.values()))[0]
                following.leads += 1
        if following is not None:
            following.tell()
        for each in alone:
            each.alone = True
        for each in alone or batch:
            each.tell()


def _busy(waiting: int) -> LedgerBusy:
    return LedgerBusy(
        "More commands wait to be recorded than the ledger takes in. Nothing of this one was"
        " written; send it again in a second, with the same key.",
        waiting=waiting,
    )

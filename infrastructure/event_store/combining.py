"""Appends of one process that wait at the same time are written in one transaction.

Each append holds the log's counter until its commit is on disk, so appends go one after another,
and each pays for its commit alone. Those that had to wait for another go together and pay for one;
each of them still has an outcome of its own.
"""

from __future__ import annotations

from _thread import LockType, allocate_lock
from collections import Counter, OrderedDict, deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from threading import Lock
from time import monotonic
from typing import Final
from uuid import UUID

from application.errors import LedgerBusy
from infrastructure.event_store.appending import (
    AppendConflict,
    Outcome,
    append,
    append_together,
)
from infrastructure.event_store.errors import NotRecordable
from infrastructure.event_store.packing import Packed
from infrastructure.postgres.persistence import LOST
from infrastructure.postgres.pools import Pool


@dataclass(frozen=True, slots=True, kw_only=True)
class CombinerLimits:
    """How much may wait, for how long, and how much goes together.

    An append of more than `alone_events` goes alone: it pays for its own commit anyway. A batch
    that took longer than `batch_seconds` makes the next ones smaller, down to `batch_min`.
    """

    waiting_max: int = 2_048
    waiting_per_account_max: int = 256
    wait_seconds_max: float = 5.0
    batch_min: int = 8
    batch_max: int = 256
    batch_events_max: int = 2_048
    batch_bytes_max: int = 8 * 1024 * 1024
    batch_seconds: float = 0.020
    alone_events: int = 256


DEFAULT_LIMITS: Final = CombinerLimits()


@dataclass(frozen=True, slots=True, kw_only=True)
class CombinerCounts:
    """What became of all appends of this process so far, and what waits now.

    `batch_sizes` counts batches by their number of appends, each under the power of two that is
    not smaller. `stored` and the outcomes beside it count appends; `turned_away` never entered.
    """

    waiting: int
    in_flight: int
    batches: int
    appends: int
    stored: int
    replayed: int
    conflicts: int
    refused: int
    turned_away: int
    largest_batch: int
    batch_sizes: Mapping[int, int]


class _Waiting:
    """An append whose thread waits until it is written, or is to write, or is sent on alone."""

    __slots__ = ("account", "gate", "leads", "outcome", "packed", "sent")

    def __init__(self, packed: Packed, account: UUID | None) -> None:
        self.packed, self.account = packed, account
        self.gate: LockType = allocate_lock()
        self.gate.acquire()
        self.leads = self.sent = False
        self.outcome: Outcome | None = None

    def tell(self) -> None:
        """Let its thread go on."""
        self.gate.release()


class AppendCombiner:
    """The way to `ledger.append` for all threads of a process.

    One thread at a time writes, for itself and whoever waits; nothing is made to wait for company,
    so a lone append goes at once. Accounts take turns: a batch has at most one append of each, and
    no two that touch one stream or one key. When a whole batch fails, because the connection is
    lost or the server cannot read it, each of it goes alone, first asks the log for its own events,
    and gets an answer of its own.
    """

    def __init__(self, pool: Pool, limits: CombinerLimits | None = DEFAULT_LIMITS) -> None:
        """With no limits nothing is combined: each append goes alone."""
        self._pool, self._limits = pool, limits
        self._guard = Lock()
        self._queues: OrderedDict[UUID | None, deque[_Waiting]] = OrderedDict()
        self._waiting = self._in_flight = 0
        self._busy = False
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
        if not mine.leads:
            self._wait(mine, limits)
        if mine.leads:
            self._lead(limits)
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
            mine.leads, self._busy = not self._busy, True
        return mine

    def _wait(self, mine: _Waiting, limits: CombinerLimits) -> None:
        """Until told. Who waited too long and was not sent yet leaves the queue."""
        if mine.gate.acquire(timeout=limits.wait_seconds_max):
            return
        with self._guard:
            queue = self._queues.get(mine.account, ())
            if mine in queue and not mine.leads:
                assert isinstance(queue, deque)
                self._taken_out(mine, queue)
                self._tally["turned_away"] += 1
                raise _busy(self._waiting)
        mine.gate.acquire()  # It is on its way: the server answers, or its own limit does.

    def _taken_out(self, mine: _Waiting, queue: deque[_Waiting]) -> None:
        queue.remove(mine)
        self._waiting -= 1
        if not queue:
            del self._queues[mine.account]

    def _lead(self, limits: CombinerLimits) -> None:
        """Write for the first in line, which is the caller, and for those behind it."""
        with self._guard:
            batch = self._next_batch(limits)
            self._in_flight = len(batch)
        written = False
        try:
            written = self._write(batch, limits)
        finally:
            self._hand_over(batch, written=written)

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

    def _hand_over(self, batch: Sequence[_Waiting], *, written: bool) -> None:
        """The next in line leads; whoever was written, or whose turn comes to nothing, goes on."""
        with self._guard:
            alone: list[_Waiting] = []
            if not written:
                alone = [each for queue in self._queues.values() for each in queue]
                self._queues.clear()
                self._waiting = 0
            following = next(iter(self._queues.values()))[0] if self._queues else None
            self._busy, self._in_flight = following is not None, 0
            if following is not None:
                following.leads = True
        if following is not None:
            following.tell()
        for each in (*batch, *alone):
            if not each.leads:
                each.tell()


def _busy(waiting: int) -> LedgerBusy:
    return LedgerBusy(
        "More commands wait to be recorded than the ledger takes in. Nothing of this one was"
        " written; send it again in a second, with the same key.",
        waiting=waiting,
    )

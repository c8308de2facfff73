"""The line of appends that wait for a batch: fair between accounts, and of a bounded length."""

from __future__ import annotations

from collections import OrderedDict, deque
from queue import SimpleQueue
from time import monotonic
from uuid import UUID

from application.errors import LedgerBusy
from infrastructure.event_store.appending import Outcome
from infrastructure.event_store.combiner_limits import CombinerLimits
from infrastructure.event_store.packing import Packed


class Waiting:
    """An append whose thread waits: until it has an outcome, or is to write, or to go on alone."""

    __slots__ = ("account", "alone", "bell", "leads", "leave_at", "outcome", "packed", "sent")

    def __init__(self, packed: Packed, *, leave_at: float) -> None:
        self.packed = packed
        self.leave_at: float | None = leave_at
        """When it waits in vain; None once it is on its way, however long that takes."""

        facts = packed.append.facts
        account = facts[0].originator_id if facts else packed.append.receipt_stream_id
        assert account is None or isinstance(account, UUID)
        # Its number: queues are found by it, and an identifier's own hash takes thrice as long.
        self.account = None if account is None else account.int
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


class Line:
    """A queue for each account, and turns between them. Whoever calls holds the guard."""

    def __init__(self, limits: CombinerLimits) -> None:
        self._limits = limits
        self._queues: OrderedDict[int | None, deque[Waiting]] = OrderedDict()
        self._length = 0

    def __len__(self) -> int:
        return self._length

    @property
    def first(self) -> Waiting:
        """Whoever is taken next; somebody is there."""
        return next(iter(self._queues.values()))[0]

    def add(self, packed: Packed) -> Waiting:
        """Let it wait behind the others. Refuses with LedgerBusy."""
        limits = self._limits
        mine = Waiting(packed, leave_at=monotonic() + limits.wait_seconds_max)
        queue = self._queues.get(mine.account)
        if self._length >= limits.waiting_max or (
            queue is not None and len(queue) >= limits.waiting_per_account_max
        ):
            raise self._busy()
        if queue is None:
            queue = self._queues[mine.account] = deque()
        queue.append(mine)
        self._length += 1
        return mine

    def leave(self, mine: Waiting) -> None:
        """It waited too long: refuses with LedgerBusy, unless it is on its way. Then the server
        answers, or the server's own limit does.
        """
        if mine.leads:
            return
        if self.drop(mine):
            raise self._busy()
        mine.leave_at = None

    def drop(self, mine: Waiting) -> bool:
        """Take it out; false where it is not there any more."""
        queue = self._queues.get(mine.account)
        if queue is None or mine not in queue:
            return False
        queue.remove(mine)
        self._length -= 1
        if not queue:
            del self._queues[mine.account]
        return True

    def take(self, most: int) -> list[Waiting]:
        """One of each account, in turn, that touch nothing in common; accounts with more go last.

        The first in line is always taken, so everybody gets there.
        """
        limits = self._limits
        batch: list[Waiting] = []
        touched: set[object] = set()
        events = size = 0
        for account in list(self._queues):
            queue = self._queues[account]
            first = queue[0]
            events += len(first.packed.events)
            size += first.packed.size
            full = events > limits.batch_events_max or size > limits.batch_bytes_max
            if batch and (full or len(batch) >= most):
                break
            if not touched.isdisjoint(first.packed.touches):
                continue
            touched |= first.packed.touches
            batch.append(queue.popleft())
            if queue:
                self._queues.move_to_end(account)
            else:
                del self._queues[account]
        self._length -= len(batch)
        return batch

    def take_all(self) -> list[Waiting]:
        """Everybody, as they stand."""
        found = [each for queue in self._queues.values() for each in queue]
        self._queues.clear()
        self._length = 0
        return found

    def _busy(self) -> LedgerBusy:
        return LedgerBusy(
            "More commands wait to be recorded than the ledger takes in. Nothing of this one was"
            " written; send it again in a second, with the same key.",
            waiting=self._length,
        )

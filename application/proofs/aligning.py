"""Rows of the log beside the leaves that were sealed: which were altered, removed, put in."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from typing import Final, Generic, TypeVar

from application.log import RecordedEvent
from application.proofs.findings import Findings
from application.proofs.sealing import leaf_of

T = TypeVar("T")
WINDOW: Final = 256
"""How many rows or leaves further on a place is looked for where both go together again."""


class Ahead(Generic[T]):
    """An iterator that can be looked into, as far as it is asked for and no further."""

    def __init__(self, rest: Iterator[T]) -> None:
        self._rest = rest
        self._seen: deque[T] = deque()

    def peek(self, place: int = 0) -> T | None:
        """What comes after `place` others; None behind the end."""
        while len(self._seen) <= place:
            try:
                self._seen.append(next(self._rest))
            except StopIteration:
                return None
        return self._seen[place]

    def take(self) -> T | None:
        """The next one."""
        found = self.peek()
        if found is not None:
            self._seen.popleft()
        return found


class Alignment:
    """Walks along both from event `first` on.

    `shift` is by how much what follows an insertion was renumbered.
    """

    def __init__(
        self,
        rows: Ahead[RecordedEvent],
        leaves: Ahead[bytes],
        *,
        findings: Findings,
        first: int = 1,
    ) -> None:
        self._rows, self._leaves, self._findings = rows, leaves, findings
        self._seq = first
        self.shift = 0

    def run(self) -> None:
        """Compare until the leaves end. What is left of the rows was not sealed yet."""
        while (leaf := self._leaves.peek()) is not None:
            row = self._rows.peek()
            if row is None or row.ledger_seq > self._seq + self.shift:
                self._remove(1, renumbered=False)
            elif row.ledger_seq < self._seq + self.shift:
                self._insert(1, renumbered=False)
            elif not leaf or leaf_of(self._as_sealed(row, self._seq)) == leaf:
                self._go_on()
            else:
                self._explain(row)

    def _explain(self, row: RecordedEvent) -> None:
        for count in () if self._findings.crowded else range(1, WINDOW + 1):
            if self._goes_on(row=count, leaf=count):
                break
            if self._goes_on(row=count, leaf=0):
                return self._insert(count, renumbered=True)
            if self._goes_on(row=0, leaf=count):
                return self._remove(count, renumbered=True)
        self._findings.altered(row, sealed_as=self._seq)
        return self._go_on()

    def _goes_on(self, *, row: int, leaf: int) -> bool:
        """Whether rows so far ahead are leaves so far ahead: two of each, where there are."""
        if not self._is_same(row=row, leaf=leaf):
            return False
        ended = self._rows.peek(row + 1) is None or not self._leaves.peek(leaf + 1)
        return ended or self._is_same(row=row + 1, leaf=leaf + 1)

    def _is_same(self, *, row: int, leaf: int) -> bool:
        here, sealed = self._rows.peek(row), self._leaves.peek(leaf)
        if here is None or not sealed:
            return False
        return leaf_of(self._as_sealed(here, self._seq + leaf)) == sealed

    def _as_sealed(self, row: RecordedEvent, seq: int) -> RecordedEvent:
        return row if row.ledger_seq == seq else row._replace(ledger_seq=seq)

    def _go_on(self) -> None:
        self._rows.take()
        self._leaves.take()
        self._seq += 1

    def _insert(self, count: int, *, renumbered: bool) -> None:
        for _ in range(count):
            row = self._rows.take()
            assert row is not None, "it was looked at"
            self._findings.inserted(row)
        self.shift += count if renumbered else 0

    def _remove(self, count: int, *, renumbered: bool) -> None:
        for _ in range(count):
            self._findings.removed(self._seq, renumbered=renumbered)
            self._leaves.take()
            self._seq += 1
        self.shift -= count if renumbered else 0

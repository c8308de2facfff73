"""Counting what was refused, until it is written down."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from application.marks.mark import Mark, Refusal
from application.marks.ports import EngineNotes


class Tally:
    """Refusals by partition and reason since the last writing, with the last mark of each."""

    def __init__(self) -> None:
        self._counts: dict[int, dict[Refusal, tuple[int, Mark | None]]] = {}

    def add(self, partition: int, reason: Refusal, marks: Iterable[Mark]) -> None:
        """Count marks that were refused."""
        counts = self._counts.setdefault(partition, {})
        for mark in marks:
            counts[reason] = (counts.get(reason, (0, None))[0] + 1, mark)

    def add_unread(self, partition: int, count: int) -> None:
        """Count what could not even be read."""
        if count:
            counts = self._counts.setdefault(partition, {})
            counted, last = counts.get("malformed", (0, None))
            counts["malformed"] = (counted + count, last)

    def write(self, notes: EngineNotes, *, at: datetime) -> int:
        """Write them down; how many there were. What cannot be written stays counted here."""
        written = 0
        for partition in list(self._counts):
            counts = self._counts[partition]
            notes.count(partition, counts, at=at)
            written += sum(count for count, _ in counts.values())
            del self._counts[partition]
        return written

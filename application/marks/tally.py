"""Counting what was refused of each entry, until it is written down."""

from __future__ import annotations

from application.marks.mark import Mark, Refusal
from application.marks.ports import Refusals


class Tally:
    """Refusals by the number of the entry that the marks came in, with the last mark of each."""

    def __init__(self) -> None:
        self._counts: dict[int, dict[Refusal, tuple[int, Mark | None]]] = {}

    def add(self, reason: Refusal, mark: Mark) -> None:
        """Count a mark that was refused. One that is judged once more was counted when it came."""
        if mark.entry:
            self._add(mark.entry, reason, 1, mark)

    def add_unread(self, entry: int, count: int) -> None:
        """Count what could not even be read."""
        if count:
            self._add(entry, "malformed", count, None)

    def of(self, entry: int) -> Refusals:
        """What was refused of an entry."""
        return self._counts.get(entry, {})

    def forget(self, entry: int) -> None:
        """It is written down, or another's to count."""
        self._counts.pop(entry, None)

    def _add(self, entry: int, reason: Refusal, count: int, mark: Mark | None) -> None:
        counts = self._counts.setdefault(entry, {})
        counted, _ = counts.get(reason, (0, None))
        counts[reason] = (counted + count, mark)

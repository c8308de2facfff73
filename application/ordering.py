"""Putting what arrives out of order back into order, within a bound that is known beforehand."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from operator import itemgetter
from typing import Any, Generic, TypeVar

TItem = TypeVar("TItem", bound=tuple[Any, ...])

_first = itemgetter(0)


class Watermark(Generic[TItem]):
    """Holds items until nothing earlier can come any more, then gives them in their order.

    An item is a tuple that begins with its time in microseconds; what follows decides between items
    of one time, and must be comparable. When every item comes at most so late, and is released only
    after so long, the order of arrival has no say in the order of release.
    """

    __slots__ = ("_held",)

    def __init__(self) -> None:
        self._held: list[TItem] = []

    def __len__(self) -> int:
        return len(self._held)

    def add(self, items: Iterable[TItem]) -> None:
        """Take items in, in any order."""
        self._held.extend(items)

    def release(self, until: int) -> Sequence[TItem]:
        """Everything up to this time, inclusive, in order; each item once."""
        held = self._held
        # Nearly in order already, which is when this sort is at its best.
        held.sort()
        place = bisect_right(held, until, key=_first)
        released, self._held = held[:place], held[place:]
        return released

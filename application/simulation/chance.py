"""Chance in whole numbers: the same for a name on every machine and in every version of Python."""

from __future__ import annotations

from collections.abc import Sequence
from random import Random
from typing import Final, TypeVar

T = TypeVar("T")

BELL_DEVIATION: Final = 4
"""The standard deviation of `bell`."""

_THOUSAND: Final = 1_000


class Chance:
    """A stream of chance for one name. `bits(n)` is its only source: no float, no rejection."""

    __slots__ = ("bits",)

    def __init__(self, *names: object) -> None:
        name = "/".join(str(each) for each in names)
        self.bits = Random(name).getrandbits  # noqa: S311 (a market, not a secret)

    def below(self, end: int) -> int:
        """A whole number from zero up to, not including, `end`."""
        return self.bits(32) * end >> 32

    def between(self, low: int, high: int) -> int:
        """A whole number from `low` to `high`, both included."""
        return low + self.below(high - low + 1)

    def happens(self, permille: int) -> bool:
        """True in so many of a thousand cases."""
        return self.below(_THOUSAND) < permille

    def one_of(self, choices: Sequence[T]) -> T:
        """One of them, each as likely."""
        return choices[self.below(len(choices))]

    def weighted(self, choices: Sequence[tuple[T, int]]) -> T:
        """One of them, each as likely as its weight says."""
        left = self.below(sum(weight for _, weight in choices))
        for choice, weight in choices:
            left -= weight
            if left < 0:
                return choice
        raise AssertionError("the weights add up to their sum")

    def bell(self) -> int:
        """Around zero, as 64 coins fall: bounded, and close to a normal deviate."""
        return self.bits(64).bit_count() - 32

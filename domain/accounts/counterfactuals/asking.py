"""What a trader may ask of a history: smaller, stopped at a loss, without a trade."""

from __future__ import annotations

import re
from dataclasses import dataclass
from fractions import Fraction
from typing import Final, Literal, TypeAlias

from domain.accounts.counterfactuals.errors import CounterfactualRefused
from domain.accounts.events import AccountEvent

WITHOUT_MAX: Final = 100
_SIZE: Final = re.compile(r"(\d{1,4})/(\d{1,4})|(1)|(0\.\d{1,4}|1\.0{1,4})", re.ASCII)

Reason: TypeAlias = Literal[
    "named", "rounds_to_nothing", "after_the_first_loss", "taken_back", "result_without_trades"
]
Doubt: TypeAlias = Literal["open_profit", "extremes", "result_without_trades"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Counterfactual:
    """Applied in this order: trades left out, then the size, then the stop at the first loss."""

    size: Fraction = Fraction(1)
    stop_after_first_loss: bool = False
    without: frozenset[str] = frozenset()

    def __post_init__(self) -> None:
        if not 0 < self.size <= 1:
            raise CounterfactualRefused(
                f"A size of {self.size} is not a part of what was traded; give a ratio above 0 and"
                " at most 1, such as 1/2."
            )
        if len(self.without) > WITHOUT_MAX:
            raise CounterfactualRefused(
                f"{len(self.without)} trades are to be left out; at most {WITHOUT_MAX} can be."
            )

    @property
    def asks_nothing(self) -> bool:
        """Whether every history stays as it is."""
        return self.size == 1 and not self.stop_after_first_loss and not self.without


@dataclass(frozen=True, slots=True, kw_only=True)
class Altered:
    """A history altered: an entry for each of its events, None where it is left out.

    `left_out` are the executions that are gone, by place; `resized` says that others have another
    quantity. `doubts` are the places from which on
    something cannot be known, with why; the first of each kind.
    """

    events: tuple[AccountEvent | None, ...]
    left_out: dict[int, Reason]
    resized: bool
    doubts: dict[Doubt, int]

    @property
    def is_other(self) -> bool:
        """Whether it was altered at all, by as much as leaving a mark out."""
        return bool(self.left_out or self.doubts or self.resized)


def size_of(text: str) -> Fraction:
    """A ratio such as `1/2` or `0.25`. Refuses with CounterfactualRefused."""
    if not _SIZE.fullmatch(text) or text.endswith(("/0", "/00", "/000", "/0000")):
        raise CounterfactualRefused(
            f"{text!r} is not a size; write a ratio above 0 and at most 1, such as 1/2 or 0.25."
        )
    return Counterfactual(size=Fraction(text)).size

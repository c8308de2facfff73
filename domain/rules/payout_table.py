"""The table of a payout decision: each rule that was looked at, what it saw and what it asked for.

A row holds when `current` stands to `required` as the rule's comparison says; so anyone can check
it again from its texts alone.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from operator import eq, ge, gt, le
from typing import Any, Final, Literal, Self, TypeAlias

from domain.money import USD

Comparison: TypeAlias = Literal["at_least", "above", "at_most", "is"]

COMPARISONS: Final[Mapping[str, Comparison]] = {
    "not_funded": "is",
    "not_active": "is",
    "no_profit": "above",
    "open_positions": "at_most",
    "payout_pending": "at_most",
    "winning_days": "at_least",
    "trading_days": "at_least",
    "day_profit": "at_least",
    "buffer": "above",
    "consistency": "at_most",
    "month_count": "at_most",
    "month_cap": "at_most",
    "below_minimum": "at_least",
    "above_maximum": "at_most",
}
"""Every rule by its reason code, and how `current` must stand to `required`."""

NO_RATIO: Final = "none"
_PLACES_MIN: Final = 4
_HOLDS: Final = {"at_least": ge, "above": gt, "at_most": le, "is": eq}


@dataclass(frozen=True, slots=True, kw_only=True)
class Compared:
    """One rule: `current` and `required` are plain texts in `unit`."""

    rule: str
    current: str
    required: str
    unit: str
    met: bool

    @classmethod
    def money(cls, rule: str, current: USD, required: USD) -> Self:
        """A rule on an amount."""
        return cls._of(rule, current, required, unit="USD")

    @classmethod
    def count(cls, rule: str, current: int, required: int, *, unit: str) -> Self:
        """A rule on a number of things."""
        return cls._of(rule, current, required, unit=unit)

    @classmethod
    def word(cls, rule: str, current: str, required: str, *, unit: str) -> Self:
        """A rule on what something is."""
        return cls._of(rule, current, required, unit=unit)

    @classmethod
    def ratio(cls, rule: str, current: Fraction | None, required: Fraction, *, text: str) -> Self:
        """A rule on a ratio; None, while its base is not positive, meets nothing.

        `text` is how the pack writes the limit. The current one is rounded up to as many places,
        four at the least, so that the two texts compare as the exact values do.
        """
        places = max(_PLACES_MIN, len(text.partition(".")[2]))
        shown = NO_RATIO if current is None else _rounded_up(current, places)
        met = current is not None and _HOLDS[COMPARISONS[rule]](current, required)
        return cls(rule=rule, current=shown, required=text, unit="ratio", met=met)

    @classmethod
    def _of(cls, rule: str, current: Any, required: Any, *, unit: str) -> Self:
        met = _HOLDS[COMPARISONS[rule]](current, required)
        return cls(rule=rule, current=str(current), required=str(required), unit=unit, met=met)

    def texts(self) -> dict[str, str]:
        """The row as an event keeps it."""
        return {
            "rule": self.rule,
            "current": self.current,
            "required": self.required,
            "unit": self.unit,
            "met": "true" if self.met else "false",
        }


def reasons_of(table: Sequence[Compared]) -> tuple[str, ...]:
    """The rules that are not met, in the order of the table."""
    return tuple(each.rule for each in table if not each.met)


def _rounded_up(exact: Fraction, places: int) -> str:
    scale = 10**places
    sign = "-" if exact < 0 else ""
    units = abs(-(-exact.numerator * scale // exact.denominator))
    return f"{sign}{units // scale}.{units % scale:0{places}d}"

"""How much of a limit is used, when that is worth a warning, and which limit binds.

Source of the levels, 80 and 90 percent: the firm's own choice, no published rule. The share used is
what is gone of the allowance, which is the money between a floor and the level it is measured from,
or the days that a rule gives.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction
from typing import Final, Literal, TypeAlias

from domain.money import USD
from domain.rules.pack import Basis, Breach

LimitUnit: TypeAlias = Literal["USD", "days", "contracts", "units"]

WARNING_PERCENTS: Final[tuple[Literal[80, 90], ...]] = (80, 90)
"""The levels that are told, rising."""

_PLACES = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class LimitUse:
    """One limit at one moment. `observed`, `limit` and `left` are in `unit`.

    `left` is never below zero. `used` is exact: 0 or less while nothing is used, above 1 beyond the
    limit. `warns` is false for limits that an order is answered by before it can reach them.
    `is_known` is false while the open profit that the use would rest on is old. `evidence` is that
    of a verdict. The last three are set for limits on money: `allowance` makes the whole.
    """

    rule: str
    unit: LimitUnit
    observed: USD | int
    limit: USD | int
    left: USD | int
    used: Fraction
    subject: str | None = None
    warns: bool = True
    is_known: bool = True
    evidence: tuple[int, ...] = ()
    basis: Basis | None = None
    breach: Breach | None = None
    allowance: USD | None = None

    @property
    def used_text(self) -> str:
        """The share used, never below zero, cut to four places: `0.8533`."""
        cut = max(0, self.used.numerator * 10**_PLACES // self.used.denominator)
        return f"{cut // 10**_PLACES}.{cut % 10**_PLACES:0{_PLACES}d}"


def percent_reached(used: Fraction) -> Literal[0, 80, 90]:
    """The highest level of warning that a share used has reached; 0 for none."""
    reached: Literal[0, 80, 90] = 0
    for percent in WARNING_PERCENTS:
        if used.numerator * 100 >= percent * used.denominator:
            reached = percent
    return reached


def is_near(part: int, whole: int) -> bool:
    """Whether so much of a limit is used that it is warned of, or broken; one that gives nothing is
    used up.
    """
    lowest = WARNING_PERCENTS[0] if WARNING_PERCENTS else 100
    return whole <= 0 or part * 100 >= lowest * whole


def warning_level(use: LimitUse, percent: int) -> USD:
    """The equity or balance at which that share of a limit on money is used: there or below it."""
    assert isinstance(use.limit, USD), "only money has a level"
    assert use.allowance is not None, "a limit on money has an allowance"
    return use.limit + use.allowance.share_down(Fraction(100 - percent, 100))


def binding_of(uses: Iterable[LimitUse], *, unit: LimitUnit = "USD") -> LimitUse | None:
    """The limit of this unit of which least is left; at equality the one that stands first."""
    return min((use for use in uses if use.unit == unit), key=_left, default=None)


def _left(use: LimitUse) -> int:
    return use.left.units if isinstance(use.left, USD) else use.left

"""How much of a limit is used, when that is worth a warning, and which limit binds.

Source of the levels, 80 and 90 percent: the firm's own choice, no published rule. The share used is
what is gone of the allowance: of the money between a floor and the level it is measured from, of
the days that a rule gives, of the contracts that may be open.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime
from fractions import Fraction
from typing import Final, Literal, TypeAlias

from domain.money import USD
from domain.rules.pack import Basis, Breach
from domain.values import made_often

LimitUnit: TypeAlias = Literal["USD", "days", "contracts", "units", "requests"]

WARNING_PERCENTS: Final[tuple[Literal[80, 90], ...]] = (80, 90)
"""The levels that are told, rising."""

_PLACES = 4


@made_often(kw_only=True)
class LimitUse:
    """One limit at one moment. `observed`, `limit` and `left` are in `unit`.

    `left` is never below zero. `used` is exact: 0 or less while nothing is used, above 1 beyond the
    limit. `warns` is false for limits that are shown and never told of. `is_known` is false while
    the open profit that the use would rest on is old. `evidence` is that of a verdict. `since` and
    `deadline` are set where time alone uses the limit up: the day that the days are counted from,
    and when they are over. The last three are set for limits on money: `allowance` makes the whole,
    and without a `basis` the open profit itself is compared.
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
    since: date | None = None
    deadline: datetime | None = None
    basis: Basis | None = None
    breach: Breach | None = None
    allowance: USD | None = None

    @property
    def key(self) -> str:
        """What tells it from the other limits of an account; see `limit_key`."""
        since = self.since.isoformat() if self.since else None
        return limit_key(self.rule, subject=self.subject, since=since, limit=str(self.limit))

    @property
    def used_text(self) -> str:
        """The share used, never below zero, cut to four places: `0.8533`."""
        cut = max(0, self.used.numerator * 10**_PLACES // self.used.denominator)
        return f"{cut // 10**_PLACES}.{cut % 10**_PLACES:0{_PLACES}d}"


def limit_key(rule: str, *, subject: str | None, since: str | None, limit: str) -> str:
    """Under what a warning is remembered: `max_loss`, `position_limit:ES`.

    Days that are counted from another day, or up to another one, are another limit:
    `inactivity:2026-03-02:7`.
    """
    parts = [rule, subject, *((since, limit) if since else ())]
    return ":".join(part for part in parts if part)


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
    """The amount compared at which that share of a limit on money is used: there or below it."""
    assert isinstance(use.limit, USD), "only money has a level"
    assert use.allowance is not None, "a limit on money has an allowance"
    return use.limit + use.allowance.share_down(Fraction(100 - percent, 100))


def binding_of(uses: Iterable[LimitUse], *, unit: LimitUnit = "USD") -> LimitUse | None:
    """The limit of this unit of which least is left; at equality the one that stands first."""
    return min((use for use in uses if use.unit == unit), key=_left, default=None)


def binding_across(uses: Iterable[LimitUse]) -> LimitUse | None:
    """The limit that binds among all that warn: in the unit of which the largest share is used, the
    limit of which least is left. At equality that unit which stands first.
    """
    warning = [use for use in uses if use.warns]
    fullest = max(warning, key=lambda use: use.used, default=None)
    return binding_of(warning, unit=fullest.unit) if fullest else None


def _left(use: LimitUse) -> int:
    return use.left.units if isinstance(use.left, USD) else use.left

"""What an evaluation must reach: the target, the consistency of its days, their number.

Sources: FundedNext 10740997 (best day over total profit, inclusive), MyFundedFutures 11994562
(best day over the target; over it is not a breach), the firm's FAQ (half of the profit target).
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from domain.money import USD, ZERO
from domain.rules.pack import RulePack

RATIO_PLACES = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Consistency:
    """Best day over its base. `ratio` is rounded half up to four places for people; `met` is
    decided on the exact fraction. None while the base is not positive.
    """

    ratio: str | None
    met: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """The net profit asked for, and whether it is there."""

    required: USD
    reached: bool


def target_of(pack: RulePack, *, net_profit: USD, best_day: USD | None) -> Target | None:
    """The target in force; a best day beyond the limit raises it where the pack says so."""
    if pack.profit_target is None:
        return None
    required = pack.profit_target
    rule = pack.consistency
    if rule and rule.effect == "raise_target":
        best = max(best_day or ZERO, ZERO)
        # Rounded up to a unit: the smallest profit at which the ratio holds.
        required = max(required, best.share_up(1 / Fraction(rule.limit)))
    return Target(required=required, reached=net_profit >= required)


def consistency_of(pack: RulePack, *, net_profit: USD, best_day: USD | None) -> Consistency | None:
    """The ratio the pack asks for, of closed days."""
    rule = pack.consistency
    if rule is None:
        return None
    base = net_profit if rule.of == "total_profit" else (pack.profit_target or ZERO)
    if base.units <= 0:
        return Consistency(ratio=None, met=False)
    exact = Fraction((best_day or ZERO).units, base.units)
    return Consistency(ratio=ratio_text(exact), met=exact <= Fraction(rule.limit))


def ratio_text(exact: Fraction) -> str:
    """A fraction to four places, half away from zero: `0.5714`."""
    scale = 10**RATIO_PLACES
    sign = "-" if exact < 0 else ""
    rounded = int(abs(exact) * scale + Fraction(1, 2))
    return f"{sign}{rounded // scale}.{rounded % scale:0{RATIO_PLACES}d}"


def days_left(pack: RulePack, trading_days: int) -> int:
    """How many more trading days the pack asks for."""
    return max(0, (pack.minimum_trading_days or 0) - trading_days)

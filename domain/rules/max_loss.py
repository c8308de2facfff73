"""The maximum loss limit: a floor below the start or below a peak.

Sources: Topstep help 8284204 (end-of-day trailing, live test against equity), FundedNext 10740143
(lock), Apex (open profit raises the floor), the firm's FAQ (static, strict).
"""

from __future__ import annotations

from fractions import Fraction

from domain.money import USD
from domain.rules.pack import MaxLoss, RulePack


def max_loss_floor(pack: RulePack, *, peak: USD, fixed_floor: USD | None) -> USD | None:
    """The floor in force; None when the pack has no maximum loss.

    `peak` is what the mode trails: the start, the highest close, the highest equity, the highest
    balance. `fixed_floor` is where a payout has put the floor for good.
    """
    rule = pack.max_loss
    return None if rule is None else USD(floor_units(rule, peak=peak, fixed_floor=fixed_floor))


def floor_units(rule: MaxLoss, *, peak: USD, fixed_floor: USD | None) -> int:
    """The same in units, for whoever asks at every judged moment."""
    if fixed_floor is not None:
        return fixed_floor.units
    given, lock = rule.amount or allowance(rule, peak), rule.lock_at
    floor = peak.units - given.units
    return floor if lock is None or floor <= lock.units else lock.units


def allowance(rule: MaxLoss, peak: USD) -> USD:
    """The money between peak and floor; a fraction is rounded up, so that the floor errs low."""
    if rule.amount is not None:
        return rule.amount
    assert rule.fraction_of_peak is not None, "a pack is read with one of both"
    return peak.share_up(Fraction(rule.fraction_of_peak))


def fixed_by_payout(pack: RulePack) -> USD | None:
    """Where the first payout puts the floor for good; None when it moves nothing."""
    after = pack.max_loss.after_first_payout if pack.max_loss else None
    return pack.starting_balance if after == "starting_balance" else after


def room_after_payout(
    pack: RulePack, *, peak: USD, fixed_floor: USD | None, balance: USD
) -> USD | None:
    """What may be paid out so that the balance does not break the floor that stands afterwards.

    Below zero where the balance breaks it already; None when the pack has no maximum loss.
    """
    rule = pack.max_loss
    fixed = fixed_by_payout(pack) if fixed_floor is None else fixed_floor
    floor = max_loss_floor(pack, peak=peak, fixed_floor=fixed)
    if rule is None or floor is None:
        return None
    return balance - floor if rule.breach == "below" else balance - floor - USD(1)

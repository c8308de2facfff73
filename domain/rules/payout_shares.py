"""How a payout is divided between the trader and the firm.

Sources: the firm's payout page (by the number of the payout), Apex (by all that was withdrawn).
"""

from __future__ import annotations

from fractions import Fraction

from domain.money import USD
from domain.rules.pack import PayoutRule


def trader_share(rule: PayoutRule, *, paid_count: int, paid_out: USD, amount: USD) -> USD:
    """The trader's part in whole cents, rounded down; the firm keeps the rest, nothing is lost."""
    if rule.share_bands:
        share = _banded(rule, paid_out, amount).whole_cents_down()
    else:
        number = paid_count + 1
        shares = [step.share for step in rule.trader_share if step.from_payout <= number]
        part = Fraction(shares[-1]) if shares else Fraction(1)
        share = amount.share_down(part).whole_cents_down()
    assert amount.units < 0 or USD(0) <= share <= amount, "a share is a part of the amount"
    return share


def _banded(rule: PayoutRule, withdrawn: USD, amount: USD) -> USD:
    total, start, end = Fraction(0), withdrawn.units, (withdrawn + amount).units
    for band in rule.share_bands:
        top = end if band.up_to_total is None else min(end, band.up_to_total.units)
        if top > start:
            total += (top - start) * Fraction(band.share)
            start = top
    return USD(int(total))

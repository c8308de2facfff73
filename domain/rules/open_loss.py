"""How much of the profit made so far may be lost again while it is open.

Source: Apex 3.0 (an open loss of at most 30 % of the profit at the start of the day, of a threshold
while the profit is below it, and 50 % once a close is well above; to be corrected, no failure).
"""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

from domain.money import USD, ZERO
from domain.rules.pack import OpenLoss


def open_loss_base(rule: OpenLoss, *, profit_at_close: USD) -> USD:
    """What the fraction is taken of, never negative."""
    return max(ZERO, profit_at_close, rule.base_at_least or ZERO)


def open_loss_fraction(rule: OpenLoss, *, profit_at_close: USD) -> Decimal:
    """The fraction in force, by the profit at the last close."""
    raised = rule.raised_above is not None and profit_at_close > rule.raised_above
    if raised and rule.raised_fraction is not None:
        return rule.raised_fraction
    return rule.fraction


def open_loss_allowed(rule: OpenLoss, *, profit_at_close: USD) -> USD:
    """The open loss that is still within the rule, rounded up, so that it errs for the trader."""
    base = open_loss_base(rule, profit_at_close=profit_at_close)
    return base.share_up(Fraction(open_loss_fraction(rule, profit_at_close=profit_at_close)))

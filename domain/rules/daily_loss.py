"""The daily loss limit: a floor for one trading day.

Sources: Topstep help 8808125387923 (net profit and loss of the session, soft), FundedNext 10740105
(from the previous close), the firm's platform mapping (hard).
"""

from __future__ import annotations

from fractions import Fraction

from domain.money import USD
from domain.rules.pack import DailyLoss


def daily_floor(rule: DailyLoss, *, start: USD) -> USD:
    """The level that the day may not reach (or fall below, as `breach` says).

    `start` is the money that the rule measures it from.
    """
    if rule.amount is not None:
        return start - rule.amount
    assert rule.fraction_of_day_start is not None, "a pack is read with one of both"
    return start - start.share_up(Fraction(rule.fraction_of_day_start))

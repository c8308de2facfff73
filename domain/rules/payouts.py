"""What may be withdrawn: the most, the trader's part of it, and every reason against it.

Sources: MyFundedFutures 12453188 (half of the profit, 80/20), Topstep 4410709082003, the firm's
payout page (minimum, caps, winning days, buffer, cut-off).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction

from domain.money import USD, ZERO
from domain.rules.pack import PayoutRule, Phase


@dataclass(frozen=True, slots=True, kw_only=True)
class PayoutFacts:
    """What the rule looks at, at the moment of the request."""

    phase: Phase
    active: bool
    profit: USD
    open_contracts: int
    winning_days: int
    trading_days: int
    profit_since: USD
    best_day_since: USD
    day_profit: USD
    month_count: int
    month_total: USD
    pending: USD
    paid_count: int
    paid_out: USD


@dataclass(frozen=True, slots=True, kw_only=True)
class PayoutAnswer:
    """Allowed, or every reason why not. `maximum` is zero when another reason than the amount
    stands against it.
    """

    allowed: bool
    maximum: USD
    trader_share: USD
    reasons: tuple[str, ...]


def answer_payout(rule: PayoutRule | None, facts: PayoutFacts, amount: USD) -> PayoutAnswer:
    """Judge one request."""
    rule = rule or PayoutRule()
    reasons = list(_standing_reasons(rule, facts))
    maximum = _ceiling(rule, facts)
    if _month_left(rule, facts) == ZERO:
        reasons.append("month_cap")
    elif maximum.units <= 0 and not reasons:
        reasons.append("no_profit")
    elif rule.minimum and maximum < rule.minimum and not reasons:
        reasons.append("below_minimum")
    if reasons:
        maximum = ZERO
    reasons += _amount_reasons(rule, facts, amount, maximum, reasons)
    share = trader_share(rule, facts, amount)
    return PayoutAnswer(
        allowed=not reasons,
        maximum=maximum,
        trader_share=share if not reasons else ZERO,
        reasons=tuple(dict.fromkeys(reasons)),
    )


def _standing_reasons(rule: PayoutRule, facts: PayoutFacts) -> Iterator[str]:
    """What stands against any amount."""
    days, limit, count = rule.winning_days, rule.consistency, rule.count_per_month
    against = {
        "not_funded": facts.phase != "funded",
        "not_active": not facts.active,
        "no_profit": facts.profit.units <= 0,
        "open_positions": facts.open_contracts > 0,
        "payout_pending": facts.pending.units > 0,
        "winning_days": (
            days is not None and rule.day_profit is None and facts.winning_days < days.required
        ),
        "trading_days": facts.trading_days < (rule.minimum_trading_days or 0),
        "day_profit": rule.day_profit is not None and facts.day_profit < rule.day_profit,
        "buffer": rule.buffer is not None and facts.profit <= rule.buffer,
        "consistency": limit is not None and not _consistent(facts, Fraction(limit)),
        "month_count": count is not None and facts.month_count >= count,
    }
    return (reason for reason, stands in against.items() if stands)


def _consistent(facts: PayoutFacts, limit: Fraction) -> bool:
    if facts.profit_since.units <= 0:
        return False
    return Fraction(facts.best_day_since.units, facts.profit_since.units) <= limit


def _month_left(rule: PayoutRule, facts: PayoutFacts) -> USD | None:
    if rule.cap_per_month is None:
        return None
    return max(ZERO, rule.cap_per_month - facts.month_total)


def _ceiling(rule: PayoutRule, facts: PayoutFacts) -> USD:
    """The most that profit, fraction, buffer and caps leave, in whole cents, rounded down."""
    bounds = [facts.profit]
    if rule.fraction_of_profit is not None:
        bounds.append(facts.profit.share_down(Fraction(rule.fraction_of_profit)))
    if rule.buffer is not None:
        bounds.append(facts.profit - rule.buffer)
    if rule.cap_per_payout is not None:
        bounds.append(rule.cap_per_payout)
    left = _month_left(rule, facts)
    if left is not None:
        bounds.append(left)
    return max(ZERO, min(bounds).whole_cents_down())


def _amount_reasons(
    rule: PayoutRule, facts: PayoutFacts, amount: USD, maximum: USD, standing: list[str]
) -> list[str]:
    found = []
    if amount.units <= 0 or (rule.minimum and amount < rule.minimum):
        found.append("below_minimum")
    left = _month_left(rule, facts)
    if left is not None and amount > left:
        found.append("month_cap")
    elif not standing and amount > maximum:
        found.append("above_maximum")
    return found


def trader_share(rule: PayoutRule, facts: PayoutFacts, amount: USD) -> USD:
    """The trader's part in whole cents, rounded down; the firm keeps the rest, nothing is lost."""
    if rule.share_bands:
        return _banded(rule, facts.paid_out, amount).whole_cents_down()
    number = facts.paid_count + 1
    shares = [step.share for step in rule.trader_share if step.from_payout <= number]
    share = Fraction(shares[-1]) if shares else Fraction(1)
    return amount.share_down(share).whole_cents_down()


def _banded(rule: PayoutRule, withdrawn: USD, amount: USD) -> USD:
    total, start, end = Fraction(0), withdrawn.units, (withdrawn + amount).units
    for band in rule.share_bands:
        top = end if band.up_to_total is None else min(end, band.up_to_total.units)
        if top > start:
            total += (top - start) * Fraction(band.share)
            start = top
    return USD(int(total))

"""What may be withdrawn: the most, the trader's part of it, and the table of every rule.

Sources: MyFundedFutures 12453188 (half of the profit, 80/20), Topstep 4410709082003, the firm's
payout page (minimum, caps, winning days, buffer, cut-off).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

from domain.money import UNITS_MAX, USD, ZERO
from domain.rules.canonical import decimal_text
from domain.rules.pack import PayoutRule
from domain.rules.payout_facts import PayoutFacts
from domain.rules.payout_shares import trader_share
from domain.rules.payout_steps import UNIT, Case, next_steps
from domain.rules.payout_table import Compared, reasons_of

__all__ = ["PayoutAnswer", "PayoutFacts", "answer_approval", "answer_payout"]


@dataclass(frozen=True, slots=True, kw_only=True)
class PayoutAnswer:
    """Every rule that was looked at, and what follows from them.

    `maximum` is zero when another reason than the amount stands against it, `trader_share` when
    anything does. `next_steps` has a sentence for each rule that is not met.
    """

    table: Sequence[Compared]
    maximum: USD
    trader_share: USD
    next_steps: Mapping[str, str]

    @property
    def reasons(self) -> tuple[str, ...]:
        """The rules that are not met."""
        return reasons_of(self.table)

    @property
    def allowed(self) -> bool:
        """Whether every rule is met."""
        return not self.reasons


def answer_payout(rule: PayoutRule | None, facts: PayoutFacts, amount: USD) -> PayoutAnswer:
    """Judge one request."""
    rule = rule or PayoutRule()
    drawable, bound = _least(_bounds(rule, facts))
    most, bound = min((drawable, bound), _floor_bound(facts.floor_room), key=lambda each: each[0])
    left = _month_left(rule, facts)
    spent = left == ZERO
    table = list(_standing(rule, facts))
    if drawable == ZERO and not spent and not reasons_of(table):
        # There is profit, and not a cent of it can be drawn.
        table = [_nothing_drawable(each) for each in table]
    open_so_far = not spent and not reasons_of(table)
    too_little = open_so_far and rule.minimum is not None and most < rule.minimum
    asked = [_minimum(rule, min(amount, most) if too_little else amount)]
    if rule.cap_per_month is not None:
        asked.insert(0 if spent else 1, _month_cap(rule.cap_per_month, facts, amount))
    stands = too_little or not open_so_far
    table += asked
    if not stands and (left is None or amount <= left):
        table.append(Compared.money("above_maximum", amount, most))
    share = trader_share(rule, paid_count=facts.paid_count, paid_out=facts.paid_out, amount=amount)
    return PayoutAnswer(
        table=tuple(table),
        maximum=ZERO if stands else most,
        trader_share=ZERO if reasons_of(table) else share,
        next_steps=next_steps(Case(rule=rule, facts=facts, most=most, bound=bound), table),
    )


def answer_approval(rule: PayoutRule | None, facts: PayoutFacts, amount: USD) -> PayoutAnswer:
    """Judge again what may have changed since the request: whether a reserved amount is there.

    `facts.pending` are the other reservations.
    """
    rule = rule or PayoutRule()
    free = replace(facts, profit=facts.profit - facts.pending)
    room = None if facts.floor_room is None else facts.floor_room - facts.pending
    covered = [(free.profit, "the profit over the start"), _floor_bound(room)]
    table = [_activity(facts)]
    if rule.buffer is not None:
        table.append(Compared.money("buffer", free.profit, rule.buffer))
        covered.append((free.profit - rule.buffer, "the profit over the buffer"))
    most, bound = _least(covered)
    table.append(Compared.money("above_maximum", amount, most))
    missing = f"Reject it, or wait for {amount - most} more; {bound} covers {most}"
    steps = {
        "not_active": "Reject it; the account has ended",
        "buffer": missing,
        "above_maximum": missing,
    }
    unmet = reasons_of(table)
    return PayoutAnswer(
        table=tuple(table),
        maximum=ZERO if unmet else most,
        trader_share=ZERO,
        next_steps={code: steps[code] for code in unmet},
    )


def _standing(rule: PayoutRule, facts: PayoutFacts) -> Iterator[Compared]:
    """What stands against any amount. Rules that the pack does not have are not looked at."""
    days, limit, count = rule.winning_days, rule.consistency, rule.count_per_month
    yield Compared.word("not_funded", facts.phase, "funded", unit="phase")
    yield _activity(facts)
    yield Compared.money("no_profit", facts.profit, ZERO)
    yield Compared.count("open_positions", facts.open_contracts, 0, unit="contracts")
    yield Compared.money("payout_pending", facts.pending, ZERO)
    if days is not None and rule.day_profit is None:
        yield Compared.count("winning_days", facts.winning_days, days.required, unit="days")
    if rule.minimum_trading_days is not None:
        least = rule.minimum_trading_days
        yield Compared.count("trading_days", facts.trading_days, least, unit="days")
    if rule.day_profit is not None:
        yield Compared.money("day_profit", facts.day_profit, rule.day_profit)
    if rule.buffer is not None:
        yield Compared.money("buffer", facts.profit, rule.buffer)
    if limit is not None:
        text = decimal_text(limit)
        yield Compared.ratio("consistency", _ratio(facts), Fraction(limit), text=text)
    if count is not None:
        # The request itself is counted.
        yield Compared.count("month_count", facts.month_count + 1, count, unit="requests")


def _activity(facts: PayoutFacts) -> Compared:
    status = "active" if facts.active else "ended"
    return Compared.word("not_active", status, "active", unit="status")


def _nothing_drawable(row: Compared) -> Compared:
    return Compared.money("no_profit", ZERO, ZERO) if row.rule == "no_profit" else row


def _ratio(facts: PayoutFacts) -> Fraction | None:
    """The best day over the profit since the last payout; None while that is not positive."""
    if facts.profit_since.units <= 0:
        return None
    return Fraction(facts.best_day_since.units, facts.profit_since.units)


def _minimum(rule: PayoutRule, amount: USD) -> Compared:
    return Compared.money("below_minimum", amount, max(rule.minimum or UNIT, UNIT))


def _month_cap(cap: USD, facts: PayoutFacts, amount: USD) -> Compared:
    """The month with this request. One that asks for nothing stands for the least there is."""
    return Compared.money("month_cap", facts.month_total + max(amount, UNIT), cap)


def _month_left(rule: PayoutRule, facts: PayoutFacts) -> USD | None:
    if rule.cap_per_month is None:
        return None
    return max(ZERO, rule.cap_per_month - facts.month_total)


def _bounds(rule: PayoutRule, facts: PayoutFacts) -> Iterator[tuple[USD, str]]:
    """The ceilings on one payout, each with its name."""
    yield facts.profit, "the profit over the start"
    if rule.fraction_of_profit is not None:
        fraction = rule.fraction_of_profit
        name = f"{decimal_text(fraction)} of the profit over the start"
        yield facts.profit.share_down(Fraction(fraction)), name
    if rule.buffer is not None:
        yield facts.profit - rule.buffer, "the profit over the buffer"
    if rule.cap_per_payout is not None:
        yield rule.cap_per_payout, "the cap of one payout"
    left = _month_left(rule, facts)
    if left is not None:
        yield left, "what the cap of the month leaves"


def _floor_bound(room: USD | None) -> tuple[USD, str]:
    """What may leave so that the account does not fail by being paid."""
    if room is None:
        return USD(UNITS_MAX), "without a bound"
    return max(ZERO, room.whole_cents_down()), "what keeps the balance clear of the floor"


def _least(bounds: Iterable[tuple[USD, str]]) -> tuple[USD, str]:
    """The lowest ceiling in whole cents, rounded down; of two equal ones the first."""
    amount, name = min(bounds, key=lambda each: each[0])
    return max(ZERO, amount.whole_cents_down()), name

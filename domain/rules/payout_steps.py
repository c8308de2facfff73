"""What a trader can do about each rule that stands against a payout, in words."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Final

from domain.money import USD, ZERO
from domain.rules.pack import PayoutRule
from domain.rules.payout_facts import PayoutFacts
from domain.rules.payout_table import Compared

UNIT: Final = USD(1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """What the words are made of. `most` is the ceiling on an amount, `bound` what makes it so."""

    rule: PayoutRule
    facts: PayoutFacts
    most: USD
    bound: str


def next_steps(case: Case, table: Sequence[Compared]) -> Mapping[str, str]:
    """The next step for each rule of the table that is not met, by its code."""
    return {each.rule: _STEPS[each.rule](case) for each in table if not each.met}


def more(count: int, thing: str) -> str:
    """`1 more winning day`, `2 more winning days`."""
    return f"{count} more {thing}{'' if count == 1 else 's'}"


def _no_profit(case: Case) -> str:
    if case.facts.profit > ZERO:
        return f"More profit; nothing can be drawn yet of {case.bound}"
    return f"{UNIT - case.facts.profit} more profit, to stand above the start"


def _open_positions(case: Case) -> str:
    count = case.facts.open_contracts
    return f"Close the {count} open contract{'' if count == 1 else 's'}"


def _pending(case: Case) -> str:
    return f"Wait until the pending payout of {case.facts.pending} is paid, or cancel it"


def _winning_days(case: Case) -> str:
    rule = case.rule.winning_days
    assert rule is not None, "a rule that is not met is in the pack"
    missing = more(rule.required - case.facts.winning_days, "winning day")
    return f"{missing} of at least {rule.threshold}"


def _trading_days(case: Case) -> str:
    return more((case.rule.minimum_trading_days or 0) - case.facts.trading_days, "trading day")


def _day_profit(case: Case) -> str:
    assert case.rule.day_profit is not None, "a rule that is not met is in the pack"
    return f"{case.rule.day_profit - case.facts.day_profit} more profit today"


def _buffer(case: Case) -> str:
    assert case.rule.buffer is not None, "a rule that is not met is in the pack"
    missing = case.rule.buffer - case.facts.profit + UNIT
    return f"{missing} more profit, to stand above the buffer of {case.rule.buffer} that must stay"


def _consistency(case: Case) -> str:
    assert case.rule.consistency is not None, "a rule that is not met is in the pack"
    best, profit = max(case.facts.best_day_since, ZERO), case.facts.profit_since
    needed = max(best.share_up(1 / Fraction(case.rule.consistency)), UNIT)
    return f"{needed - profit} more profit since the last payout, with no day above {best}"


def _month_cap(case: Case) -> str:
    assert case.rule.cap_per_month is not None, "a rule that is not met is in the pack"
    left = max(ZERO, case.rule.cap_per_month - case.facts.month_total)
    if left == ZERO:
        return "Wait for the next calendar month; this one has paid all that it may"
    return f"Ask for {left} at most, or wait for the next calendar month"


def _below_minimum(case: Case) -> str:
    least = max(case.rule.minimum or UNIT, UNIT)
    if case.most < least:
        return f"{least} must be drawable; {case.most} is now, which is {case.bound}"
    return f"Ask for at least {least}"


_STEPS: Final[Mapping[str, Callable[[Case], str]]] = {
    "not_funded": lambda _: "Pass the evaluation; payouts are made from funded accounts",
    "not_active": lambda _: "None; the account has ended",
    "no_profit": _no_profit,
    "open_positions": _open_positions,
    "payout_pending": _pending,
    "winning_days": _winning_days,
    "trading_days": _trading_days,
    "day_profit": _day_profit,
    "buffer": _buffer,
    "consistency": _consistency,
    "month_count": lambda _: "Wait for the next calendar month; this one takes no more requests",
    "month_cap": _month_cap,
    "below_minimum": _below_minimum,
    "above_maximum": lambda case: f"Ask for {case.most} at most, which is {case.bound}",
}

"""What is missing until an objective is reached, in one plain sentence each, from exact figures.

The sentences speak of what the objectives of `domain/rules/objectives.py` compare, and claim no
more: consistency can be reached by profit alone only where its base grows with the profit.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from fractions import Fraction

from domain.market.sessions import CHICAGO
from domain.money import USD, ZERO
from domain.rules.canonical import decimal_text
from domain.rules.limits import LimitUse
from domain.rules.objectives import consistency_of, days_left, target_of
from domain.rules.pack import Consistency, RulePack

_NUMBERS = (
    "no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven",
    "twelve",
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class NextStep:
    """One objective: whether it is reached, and the sentence that says what is missing."""

    objective: str
    reached: bool
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """What the objectives look at. `best_day` is of closed days, None without one."""

    net_profit: USD
    best_day: USD | None
    trading_days: int
    winning_days: int


def next_steps(pack: RulePack, progress: Progress) -> list[NextStep]:
    """A step for each objective that the pack has, reached or not."""
    return [
        *_target(pack, progress),
        *_trading_days(pack, progress),
        *_consistency(pack, progress),
        *_winning_days(pack, progress),
    ]


def money_in_words(amount: USD) -> str:
    """`1,250.00`: digits as they are, in groups of three."""
    whole, _, places = str(amount).partition(".")
    return f"{int(whole):,}.{places}"


def count_in_words(count: int) -> str:
    """`two`; from thirteen on in digits."""
    return _NUMBERS[count] if 0 <= count < len(_NUMBERS) else f"{count:,}"


def distance_in_words(use: LimitUse) -> str:
    """How much of a limit is left, as a sentence."""
    if isinstance(use.left, USD):
        return _money_left(use, use.left)
    unit = use.unit.removesuffix("s") if use.left == 1 else use.unit
    left = f"{_upper(count_in_words(use.left))} more {unit}"
    if use.deadline is not None:
        return _until(use, use.deadline)
    match use.rule, use.unit:
        case "maximum_trading_days", _:
            return f"{left} may be traded."
        case _, "requests":
            return f"{left} for a payout may be made this month."
        case _, "days":
            return f"{_upper(count_in_words(use.left))} {unit} {_are(use.left)} left."
        case _:
            what = "" if use.subject in (None, "all") else f" of {use.subject}"
            return f"{left}{what} may be open at once."


def _money_left(use: LimitUse, left: USD) -> str:
    assert isinstance(use.limit, USD), "a limit and what is left of it have one unit"
    more = money_in_words(left) if left != ZERO else "Nothing"
    limit = money_in_words(use.limit)
    match use.rule:
        case "open_loss":
            return f"{more} more may be lost while it is open."
        case "month_cap":
            return f"{more} more of the {limit} for this month may be withdrawn."
        case _:
            return f"{more} is left above the floor of {limit}."


def _until(use: LimitUse, deadline: datetime) -> str:
    """Days that pass of themselves: by when to trade, and how many are left from when on."""
    assert isinstance(use.left, int), "days are counted"
    last = deadline.astimezone(CHICAGO).date()
    if not use.left:
        return f"Trade before the close of {last}: no further day is left."
    days = f"{count_in_words(use.left)} more {'day' if use.left == 1 else 'days'}"
    start = last - timedelta(days=use.left)
    return f"Trade within {days} from {start} on, by the close of {last}."


def _target(pack: RulePack, progress: Progress) -> Iterator[NextStep]:
    target = target_of(pack, net_profit=progress.net_profit, best_day=progress.best_day)
    if target is None or pack.profit_target is None:
        return
    goal, raised = money_in_words(target.required), ""
    if target.required != pack.profit_target:
        best, sold = money_in_words(progress.best_day or ZERO), money_in_words(pack.profit_target)
        raised = f"; the best day of {best} raised it from {sold}"
    if target.reached:
        text = f"The target of {goal} is reached{raised}."
    else:
        more = money_in_words(target.required - progress.net_profit)
        text = f"{more} more net profit reaches the target of {goal}{raised}."
    yield NextStep(objective="profit_target", reached=target.reached, text=text)


def _trading_days(pack: RulePack, progress: Progress) -> Iterator[NextStep]:
    required = pack.minimum_trading_days
    if not required:
        return
    left = days_left(pack, progress.trading_days)
    if left:
        text = f"{_upper(count_in_words(left))} more trading {_days(left)} needed."
    else:
        text = f"The {count_in_words(required)} trading {_days(required)} reached."
    yield NextStep(objective="trading_days", reached=not left, text=text)


def _consistency(pack: RulePack, progress: Progress) -> Iterator[NextStep]:
    """Nothing where a large day raises the target: the target says it."""
    rule = pack.consistency
    found = consistency_of(pack, net_profit=progress.net_profit, best_day=progress.best_day)
    if rule is None or found is None or rule.effect == "raise_target":
        return
    best, limit = progress.best_day or ZERO, decimal_text(rule.limit)
    base = "net profit" if rule.of == "total_profit" else "target"
    if found.met:
        text = f"The best day of {money_in_words(best)} is at most {limit} of the {base}."
    else:
        text = _until_consistent(pack, rule, progress)
    yield NextStep(objective="consistency", reached=found.met, text=text)


def _until_consistent(pack: RulePack, rule: Consistency, progress: Progress) -> str:
    best, limit = progress.best_day or ZERO, decimal_text(rule.limit)
    if rule.of == "profit_target":
        most = (pack.profit_target or ZERO).share_down(Fraction(rule.limit))
        return (
            f"The best day of {money_in_words(best)} is above {money_in_words(most)}, which is"
            f" {limit} of the target; more profit does not change that."
        )
    if best <= ZERO:
        return "There is no net profit yet by which the best day could be measured."
    more = best.share_up(1 / Fraction(rule.limit)) - progress.net_profit
    return (
        f"{money_in_words(more)} more net profit, with no day above {money_in_words(best)}, makes"
        f" the best day at most {limit} of the whole."
    )


def _winning_days(pack: RulePack, progress: Progress) -> Iterator[NextStep]:
    """Days of the payout rule; they are waived where it asks for the day's own profit."""
    rule = pack.payout.winning_days if pack.payout else None
    if rule is None or not rule.required or (pack.payout and pack.payout.day_profit is not None):
        return
    left = max(0, rule.required - progress.winning_days)
    if left:
        days = f"winning day{'s' if left > 1 else ''} of at least {money_in_words(rule.threshold)}"
        text = f"{_upper(count_in_words(left))} more {days} {_are(left)} needed for a payout."
    else:
        text = f"The {count_in_words(rule.required)} winning {_days(rule.required)} reached."
    yield NextStep(objective="winning_days", reached=not left, text=text)


def _days(count: int) -> str:
    return "day is" if count == 1 else "days are"


def _are(count: int) -> str:
    return "is" if count == 1 else "are"


def _upper(text: str) -> str:
    return f"{text[0].upper()}{text[1:]}"

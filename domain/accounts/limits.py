"""How far an account is from each limit of its pack.

A limit is one function here, and all else about warnings goes by what it answers. The days that
pass of themselves are in `domain/accounts/idling.py`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import date
from fractions import Fraction
from typing import Final, TypeAlias

from domain.accounts.holdings import holdings_of, profit_at_close
from domain.accounts.idling import idle_use, known_day
from domain.accounts.judging import daily_floor_of, floor_of, measured
from domain.accounts.payout_book import month_of
from domain.accounts.state import AccountState
from domain.money import USD, ZERO
from domain.rules.exposure import scaling_units, units_of
from domain.rules.limits import LimitUnit, LimitUse
from domain.rules.max_loss import allowance
from domain.rules.open_loss import open_loss_allowed
from domain.rules.pack import DailyLoss, MaxLoss, PositionLimits

LEAST_THAT_WARNS: Final = 5
"""Of fewer contracts or units 80 percent are all of them."""

_Limit: TypeAlias = Callable[[AccountState], Iterator[LimitUse]]


def limits_of(state: AccountState, *, day: date | None = None) -> list[LimitUse]:
    """Every limit that the pack has, as of a trading day or the last one that the account knows.

    First what ends or locks the account, then what may be open, then what may be withdrawn.
    """
    day = day or known_day(state)
    idle, held = idle_use(state, day), _held(state)
    found = (use for of in _OF_MONEY_AND_DAYS for use in of(state))
    return [*found, *((idle,) if idle else ()), *held, *_payouts(state, day)]


def warning_limits_of(state: AccountState) -> list[LimitUse]:
    """The limits that are told of before they are broken, the one that ends the account first; all
    but the days that pass of themselves.
    """
    found = [use for of in _OF_MONEY_AND_DAYS for use in of(state)]
    limits = state.pack.position_limits
    if limits and limits.effect != "flag":
        found += [use for use in _held(state) if use.warns]
    return found


def _max_loss(state: AccountState) -> Iterator[LimitUse]:
    rule, floor = state.pack.max_loss, floor_of(state)
    if rule is None or floor is None:
        return
    whole = allowance(rule, state.peak)
    yield _on_money(
        state, "max_loss", rule, floor=floor, whole=whole, evidence=(state.peak_version,)
    )


def _daily_loss(state: AccountState) -> Iterator[LimitUse]:
    rule, floor = state.pack.daily_loss, daily_floor_of(state)
    if rule is None or floor is None:
        return
    start = {
        "day_start_balance": state.day_start_balance,
        "day_start_equity": state.day_start_equity,
        "highest_close": state.highest_close,
    }[rule.measured_from]
    yield _on_money(state, "daily_loss", rule, floor=floor, whole=start - floor, evidence=())


def _on_money(
    state: AccountState,
    name: str,
    rule: MaxLoss | DailyLoss,
    *,
    floor: USD,
    whole: USD,
    evidence: tuple[int, ...],
) -> LimitUse:
    level = measured(state, rule.basis)
    left = level - floor
    return LimitUse(
        rule=name,
        unit="USD",
        observed=level,
        limit=floor,
        left=max(ZERO, left),
        used=_gone((whole - left).units, whole.units),
        is_known=rule.basis == "balance" or not state.mark_is_old,
        evidence=evidence,
        basis=rule.basis,
        breach=rule.breach,
        allowance=whole,
    )


def _open_loss(state: AccountState) -> Iterator[LimitUse]:
    """No floor: the open result last told is compared as it stands. Without a loss nothing is used,
    even where nothing may be lost.
    """
    rule, mark = state.pack.open_loss, state.mark or ZERO
    if rule is None:
        return
    allowed = open_loss_allowed(rule, profit_at_close=profit_at_close(state))
    yield LimitUse(
        rule="open_loss",
        unit="USD",
        observed=mark,
        limit=ZERO - allowed,
        left=max(ZERO, mark + allowed),
        used=_gone(-mark.units, allowed.units) if mark < ZERO else Fraction(0),
        is_known=not state.mark_is_old and (state.mark is not None or not state.lots),
        breach="below",
        allowance=allowed,
    )


def _trading_days(state: AccountState) -> Iterator[LimitUse]:
    most = state.pack.maximum_trading_days
    if most is not None:
        yield _counted("maximum_trading_days", state.trading_days, most, unit="days")


def _held(state: AccountState) -> Iterator[LimitUse]:
    """What is open beside what may be. Of a rule that only flags nobody is warned: an order is
    answered before it can break it, and nothing follows when it does.
    """
    holdings = holdings_of(state.lots)
    limits = state.pack.position_limits or PositionLimits()
    warns = limits.effect != "flag"
    for root, allowed in (limits.per_symbol or {}).items():
        held = sum(abs(each.quantity) for each in holdings if each.root == root)
        yield _on_open("position_limit", held, allowed, subject=root, warns=warns)
    scaled = scaling_units(state.pack, profit_at_close(state))
    for rule, units in (("position_limit", limits.total_units), ("scaling", scaled)):
        if units is not None:
            yield _on_open(rule, units_of(limits, holdings), units, subject="all", warns=warns)


def _on_open(rule: str, held: int, allowed: int, *, subject: str, warns: bool) -> LimitUse:
    unit: LimitUnit = "units" if subject == "all" else "contracts"
    warns = warns and allowed >= LEAST_THAT_WARNS
    return _counted(rule, held, allowed, unit=unit, subject=subject, warns=warns)


def _payouts(state: AccountState, day: date) -> Iterator[LimitUse]:
    """What requests have taken of the month. A request is answered by it, and nothing breaks."""
    rule, month = state.pack.payout, state.payouts.month(month_of(day))
    if rule is not None and rule.count_per_month is not None:
        most = rule.count_per_month
        yield _counted("month_count", month.count, most, unit="requests", warns=False)
    if rule is not None and rule.cap_per_month is not None:
        yield LimitUse(
            rule="month_cap",
            unit="USD",
            observed=month.total,
            limit=rule.cap_per_month,
            left=max(ZERO, rule.cap_per_month - month.total),
            used=_gone(month.total.units, rule.cap_per_month.units),
            warns=False,
        )


def _counted(
    rule: str,
    count: int,
    most: int,
    *,
    unit: LimitUnit,
    subject: str | None = None,
    warns: bool = True,
) -> LimitUse:
    return LimitUse(
        rule=rule,
        unit=unit,
        observed=count,
        limit=most,
        left=max(0, most - count),
        used=_gone(count, most),
        subject=subject,
        warns=warns,
    )


def _gone(part: int, whole: int) -> Fraction:
    """A limit that gives nothing is used up."""
    return Fraction(part, whole) if whole > 0 else Fraction(1)


_OF_MONEY_AND_DAYS: Final[Sequence[_Limit]] = (_max_loss, _daily_loss, _open_loss, _trading_days)

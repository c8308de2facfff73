"""How far an account is from each limit of its pack.

A limit is one function here, and all else about warnings goes by what it answers. The days that
pass of themselves are in `domain/accounts/idling.py`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import date
from fractions import Fraction
from typing import Final, NamedTuple

from domain.accounts.holdings import holdings_of, profit_at_close
from domain.accounts.idling import idle_use, known_day
from domain.accounts.judging import daily_floor_of, floor_of, measured
from domain.accounts.payout_book import month_of
from domain.accounts.state import AccountState
from domain.accounts.thresholds import day_start_of
from domain.money import USD, ZERO
from domain.rules.daily_loss import daily_floor
from domain.rules.exposure import scaling_units, units_of
from domain.rules.limits import LimitUnit, LimitUse, is_near
from domain.rules.max_loss import allowance
from domain.rules.open_loss import open_loss_allowed
from domain.rules.pack import DailyLoss, MaxLoss, PositionLimits

LEAST_THAT_WARNS: Final = 5
"""Of fewer contracts or units 80 percent are all of them."""


def limits_of(state: AccountState, *, day: date | None = None) -> list[LimitUse]:
    """Every limit that the pack has, as of a trading day or the last one that the account knows.

    First what ends or locks the account, then what may be open, then what may be withdrawn.
    """
    day = day or known_day(state)
    idle, held = idle_use(state, day), _held(state)
    return [*_of_money_and_days(state), *((idle,) if idle else ()), *held, *_payouts(state, day)]


def warning_limits_of(state: AccountState) -> list[LimitUse]:
    """The limits that are told of before they are broken, the one that ends the account first; all
    but the days that pass of themselves.
    """
    found = _of_money_and_days(state)
    if _warns_of_open(state):
        found += [use for use in _held(state) if use.warns]
    return found


def is_clear(state: AccountState, *, told: USD | None = None) -> bool:
    """Whether no limit is near, so that nothing is crossed and no warning is due; `told` is an open
    profit in place of the one told last.

    So it is after most events, and this is quickly seen: by whole numbers, with nothing made.
    """
    pack, mark = state.pack, state.mark if told is None else told
    if pack.open_loss is not None and mark is not None:
        return False
    if state.lots and _warns_of_open(state):
        return False
    days = pack.maximum_trading_days
    if days is not None and is_near(state.trading_days, days):
        return False
    balance = state.balance.units
    equity = balance if mark is None else balance + mark.units
    most, daily, floor = pack.max_loss, pack.daily_loss, floor_of(state)
    if most is not None and floor is not None:
        level, whole = equity if most.basis == "equity" else balance, allowance(most, state.peak)
        if is_near(*_gone_at(level, floor=floor, whole=whole)):
            return False
    if daily is not None:
        level, start = equity if daily.basis == "equity" else balance, day_start_of(state, daily)
        floor = daily_floor(daily, start=start)
        return not is_near(*_gone_at(level, floor=floor, whole=start - floor))
    return True


def _warns_of_open(state: AccountState) -> bool:
    limits = state.pack.position_limits
    return limits is not None and limits.effect != "flag"


def _of_money_and_days(state: AccountState) -> list[LimitUse]:
    floors = (limit_of(state) for limit_of in _OF_MONEY)
    found = [_use_of(state, limit) for limit in floors if limit is not None]
    return [*found, *_open_loss(state), *_trading_days(state)]


class _MoneyLimit(NamedTuple):
    """A floor, and the money that the rule gives down to it."""

    name: str
    rule: MaxLoss | DailyLoss
    floor: USD
    whole: USD
    evidence: tuple[int, ...] = ()


def _max_loss(state: AccountState) -> _MoneyLimit | None:
    rule, floor = state.pack.max_loss, floor_of(state)
    if rule is None or floor is None:
        return None
    return _MoneyLimit(
        "max_loss", rule, floor, allowance(rule, state.peak), evidence=(state.peak_version,)
    )


def _daily_loss(state: AccountState) -> _MoneyLimit | None:
    rule, floor = state.pack.daily_loss, daily_floor_of(state)
    if rule is None or floor is None:
        return None
    return _MoneyLimit("daily_loss", rule, floor, day_start_of(state, rule) - floor)


def _gone_of(state: AccountState, limit: _MoneyLimit) -> tuple[int, int]:
    """How much of a limit is used, and how much it is in all."""
    level = measured(state, limit.rule.basis)
    return _gone_at(level.units, floor=limit.floor, whole=limit.whole)


def _gone_at(level: int, *, floor: USD, whole: USD) -> tuple[int, int]:
    return whole.units - (level - floor.units), whole.units


def _use_of(state: AccountState, limit: _MoneyLimit) -> LimitUse:
    rule, level = limit.rule, measured(state, limit.rule.basis)
    return LimitUse(
        rule=limit.name,
        unit="USD",
        observed=level,
        limit=limit.floor,
        left=max(ZERO, level - limit.floor),
        used=_gone(*_gone_of(state, limit)),
        is_known=rule.basis == "balance" or not state.mark_is_old,
        evidence=limit.evidence,
        basis=rule.basis,
        breach=rule.breach,
        allowance=limit.whole,
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


_OF_MONEY: Final[Sequence[Callable[[AccountState], _MoneyLimit | None]]] = (_max_loss, _daily_loss)

"""How far an account is from each limit of its pack.

A limit that warns is one function here, listed in `_THAT_WARN`, and its threshold; all else about
warnings goes by what the function answers.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from fractions import Fraction
from typing import Final, NamedTuple

from domain.accounts.holdings import holdings_of, profit_at_close
from domain.accounts.judging import daily_floor_of, floor_of, measured
from domain.accounts.state import AccountState
from domain.accounts.thresholds import daily_loss_threshold, day_start_of, max_loss_threshold
from domain.money import USD, ZERO
from domain.rules.exposure import scaling_units, units_of
from domain.rules.limits import LimitUnit, LimitUse, is_near
from domain.rules.max_loss import allowance
from domain.rules.pack import DailyLoss, MaxLoss, PositionLimits


def limits_of(state: AccountState) -> list[LimitUse]:
    """Every limit that the pack has, those that warn first, then what may be open."""
    return [*warning_limits_of(state), *_position_limits(state)]


def warning_limits_of(state: AccountState) -> list[LimitUse]:
    """The limits that are told of before they are broken, the one that ends the account first."""
    found = (limit_of(state) for limit_of in _THAT_WARN)
    return [_use_of(state, limit) for limit in found if limit is not None]


def is_clear(state: AccountState) -> bool:
    """Whether no limit on money is near, so that nothing is crossed and no warning is due.

    So it is after most events, and this is quickly seen.
    """
    if state.pack.open_loss is not None and state.mark is not None:
        return False
    for limit_of in _THAT_WARN:
        limit = limit_of(state)
        if limit is not None and is_near(*_gone_of(state, limit)):
            return False
    return True


def threshold_of(state: AccountState, use: LimitUse) -> dict[str, str]:
    """How a limit that warns came to be, as a verdict would say it."""
    pack = state.pack
    if use.rule == "max_loss" and pack.max_loss:
        return max_loss_threshold(state, pack.max_loss)
    if use.rule == "daily_loss" and pack.daily_loss and isinstance(use.limit, USD):
        return daily_loss_threshold(state, pack.daily_loss, use.limit)
    return {}


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
    level, whole = measured(state, limit.rule.basis), limit.whole.units
    return whole - (level.units - limit.floor.units), whole


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


def _position_limits(state: AccountState) -> Iterator[LimitUse]:
    holdings = holdings_of(state.lots)
    limits = state.pack.position_limits or PositionLimits()
    for root, allowed in (limits.per_symbol or {}).items():
        held = sum(abs(each.quantity) for each in holdings if each.root == root)
        yield _on_open("position_limit", held, allowed, unit="contracts", subject=root)
    scaled = scaling_units(state.pack, profit_at_close(state))
    for rule, units in (("position_limit", limits.total_units), ("scaling", scaled)):
        if units is not None:
            yield _on_open(rule, units_of(limits, holdings), units, unit="units", subject="all")


def _on_open(rule: str, held: int, allowed: int, *, unit: LimitUnit, subject: str) -> LimitUse:
    return LimitUse(
        rule=rule,
        unit=unit,
        observed=held,
        limit=allowed,
        left=max(0, allowed - held),
        used=_gone(held, allowed),
        subject=subject,
        warns=False,
    )


def _gone(part: int, whole: int) -> Fraction:
    """A limit that gives nothing is used up."""
    return Fraction(part, whole) if whole > 0 else Fraction(1)


_THAT_WARN: Final[Sequence[Callable[[AccountState], _MoneyLimit | None]]] = (_max_loss, _daily_loss)

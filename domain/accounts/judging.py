"""Which floors an account has crossed: the verdict, with how each limit came to be."""

from __future__ import annotations

from dataclasses import dataclass

from domain.accounts.holdings import profit_at_close
from domain.accounts.state import AccountState
from domain.accounts.thresholds import (
    daily_loss_threshold,
    day_start_of,
    max_loss_threshold,
    open_loss_threshold,
)
from domain.money import USD, ZERO
from domain.rules.daily_loss import daily_floor
from domain.rules.max_loss import floor_units, max_loss_floor
from domain.rules.open_loss import open_loss_allowed
from domain.rules.pack import Basis, Breach, Effect


@dataclass(frozen=True, slots=True, kw_only=True)
class Crossing:
    """One floor that was reached, or fallen below."""

    rule: str
    effect: Effect
    observed: USD
    limit: USD
    threshold: dict[str, str]
    evidence: tuple[int, ...]


def floor_of(state: AccountState) -> USD | None:
    """The maximum-loss floor in force."""
    return max_loss_floor(state.pack, peak=state.peak, fixed_floor=state.fixed_floor)


def daily_floor_of(state: AccountState) -> USD | None:
    """The floor of the trading day in force."""
    rule = state.pack.daily_loss
    if rule is None:
        return None
    return daily_floor(rule, start=day_start_of(state, rule))


def measured(state: AccountState, basis: Basis) -> USD:
    """What a rule compares with its floor."""
    return state.equity if basis == "equity" else state.balance


def floor_left(state: AccountState) -> USD | None:
    """Money until the maximum-loss floor, never negative; None where the pack has none."""
    left = floor_left_units(state)
    return None if left is None else USD(left)


def judged_left(state: AccountState) -> USD | None:
    """The same at a judged moment; None as well where the open profit is old, so nothing is."""
    rule = state.pack.max_loss
    return None if rule and rule.basis == "equity" and state.mark_is_old else floor_left(state)


def floor_left_units(state: AccountState, *, judged: bool = False) -> int | None:
    """The same, or with `judged` that at a judged moment, in units: every event asks for it."""
    rule = state.pack.max_loss
    if rule is None:
        return None
    level = state.balance.units
    if rule.basis == "equity":
        if judged and state.mark_is_old:
            return None
        if state.mark is not None:
            level += state.mark.units
    floor = floor_units(rule, peak=state.peak, fixed_floor=state.fixed_floor)
    return level - floor if level > floor else 0


def crossings(state: AccountState) -> list[Crossing]:
    """Every floor crossed now, the one crossed first in money first. Nothing is judged on an open
    profit that is older than the last execution: absence of data is no verdict.
    """
    found = [each for each in (_max_loss(state), _daily_loss(state)) if each]
    floors = sorted(found, key=lambda crossing: crossing.limit, reverse=True)
    return [*floors, *_open_loss(state)]


def _is_crossed(state: AccountState, basis: Basis, breach: Breach, floor: USD) -> bool:
    if basis == "equity" and state.mark_is_old:
        return False
    level = measured(state, basis)
    return level <= floor if breach == "at_or_below" else level < floor


def _max_loss(state: AccountState) -> Crossing | None:
    rule, floor = state.pack.max_loss, floor_of(state)
    if rule is None or floor is None or not _is_crossed(state, rule.basis, rule.breach, floor):
        return None
    return Crossing(
        rule="max_loss",
        effect="fail",
        observed=measured(state, rule.basis),
        limit=floor,
        threshold=max_loss_threshold(state, rule),
        evidence=(state.peak_version,),
    )


def _daily_loss(state: AccountState) -> Crossing | None:
    rule, floor = state.pack.daily_loss, daily_floor_of(state)
    if rule is None or floor is None or not _is_crossed(state, rule.basis, rule.breach, floor):
        return None
    return Crossing(
        rule="daily_loss",
        effect=rule.effect,
        observed=measured(state, rule.basis),
        limit=floor,
        threshold=daily_loss_threshold(state, rule, floor),
        evidence=(),
    )


def _open_loss(state: AccountState) -> list[Crossing]:
    """The open loss of all that is open, which is no floor: it is compared as it stands."""
    rule, mark = state.pack.open_loss, state.mark
    if rule is None or mark is None or state.mark_is_old:
        return []
    allowed = open_loss_allowed(rule, profit_at_close=profit_at_close(state))
    if mark >= ZERO - allowed:
        return []
    return [
        Crossing(
            rule="open_loss",
            effect=rule.effect,
            observed=mark,
            limit=ZERO - allowed,
            threshold=open_loss_threshold(state, rule),
            evidence=(),
        )
    ]

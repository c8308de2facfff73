"""From what was broken to events: a verdict and what follows from it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime
from typing import Protocol
from uuid import UUID

from domain.accounts.approaching import Due, due_warnings
from domain.accounts.broken import Broken, crossed
from domain.accounts.events import (
    AccountFailed,
    AccountPassed,
    DayLocked,
    RuleViolated,
)
from domain.accounts.events_warnings import LimitApproached
from domain.accounts.judging import Crossing, crossings
from domain.accounts.limits import is_clear
from domain.accounts.standing import standing_of
from domain.accounts.state import AccountState
from domain.accounts.thresholds import threshold_of
from domain.kernel import Event
from domain.market.calendar import next_trading_day, session_open
from domain.money import ZERO
from domain.rules.objectives import target_of
from domain.rules.pack import Effect, RulePack


class Recording(Protocol):
    """What verdicts are recorded on: an aggregate and its state. `warns` is whether it tells of
    limits that are near; verdicts are the same either way.
    """

    id: UUID
    state: AccountState
    version: int
    opened_at: datetime
    warns: bool

    def record(self, event_class: type[Event], *, at: datetime, **facts: object) -> None:
        """Add an event."""


def judge(
    account: Recording,
    *,
    day: date,
    at: datetime,
    cause: int,
    found: Sequence[Broken] = (),
    only: str | None = None,
) -> None:
    """Pronounce all that one event broke, and warn of limits that are near.

    That is what was `found` beside the floors, then every floor that is newly crossed, or that of
    one rule `only`. `cause` is the version of the event.
    """
    if is_clear(account.state):
        pronounce(account, found, day=day, at=at, cause=cause)
        return
    floors = [
        crossed(each)
        for each in crossings(account.state)
        if is_new(account.state, each) and only in (None, each.rule)
    ]
    pronounce(account, [*found, *floors], day=day, at=at, cause=cause)
    warn(account, day=day, at=at, cause=cause, only=only)


def pronounce(
    account: Recording, found: Sequence[Broken], *, day: date, at: datetime, cause: int
) -> None:
    """Record a verdict on each, and only then what follows: an account that fails by one rule is
    told of the others too. Nothing is judged after the end.

    `cause` is the version of the event that they rest on.
    """
    if account.state.status not in ("active", "locked"):
        return
    pronounced = []
    for each in found:
        account.record(
            RuleViolated,
            at=at,
            rule=each.rule,
            effect=each.effect,
            observed=each.observed,
            limit=each.limit,
            unit=each.unit,
            trading_day=day,
            subject=each.subject,
            threshold=each.threshold,
            evidence=tuple(sorted({*each.evidence, cause})),
            pack_hash=account.state.pack_hash,
        )
        pronounced.append((each.rule, each.effect, account.version))
    carry_out(account, pronounced, day=day, at=at)


def warn(
    account: Recording, *, day: date, at: datetime, cause: int, only: str | None = None
) -> None:
    """Tell of every limit that is newly near, or of that of one rule `only`; nothing follows."""
    if account.warns:
        for each in due_warnings(account.state, only=only):
            tell_warning(account, each, day=day, at=at, cause=cause)


def tell_warning(account: Recording, due: Due, *, day: date, at: datetime, cause: int) -> None:
    """Record one warning. `cause` is the version of the event that it rests on."""
    use = due.use
    account.record(
        LimitApproached,
        at=at,
        rule=use.rule,
        percent=due.percent,
        observed=str(use.observed),
        limit=str(use.limit),
        unit=use.unit,
        used=use.used_text,
        trading_day=day,
        threshold=threshold_of(account.state, use),
        evidence=tuple(sorted({*use.evidence, cause})),
        pack_hash=account.state.pack_hash,
    )


def is_new(state: AccountState, crossing: Crossing) -> bool:
    """Whether it is a verdict: a rule that ends nothing is told once a day, no end is judged."""
    if state.status not in ("active", "locked") or crossing.rule in state.excused:
        return False
    violated = state.session.violated if state.session else ()
    return crossing.effect == "fail" or crossing.rule not in violated


def carry_out(
    account: Recording, pronounced: Sequence[tuple[str, Effect, int]], *, day: date, at: datetime
) -> None:
    """Fail the account, or lock the day, by the first violation that asks for it."""
    if not pronounced:
        return
    state = account.state
    failing = [each for each in pronounced if each[1] == "fail"]
    locking = [each for each in pronounced if each[1] == "lock_day"]
    if failing and state.status != "failed":
        rule, _, version = failing[0]
        account.record(
            AccountFailed,
            at=at,
            rule=rule,
            trading_day=day,
            balance_units=state.balance.units,
            equity_units=state.equity.units,
            evidence=(version,),
            pack_hash=state.pack_hash,
        )
    elif locking and state.status == "active":
        rule, _, version = locking[0]
        account.record(
            DayLocked,
            at=at,
            trading_day=day,
            rule=rule,
            until=session_open(next_trading_day(day)),
            evidence=(version,),
        )


def pass_if_earned(
    account: Recording, *, day: date, at: datetime, by: tuple[RulePack, str]
) -> None:
    """An evaluation passes when target, days and consistency all hold at a close.

    `by` is the pack that the day was traded under, and its hash.
    """
    pack, pack_hash = by
    state = account.state
    if pack is not state.pack:
        state = replace(state, pack=pack, pack_hash=pack_hash)
    target = target_of(pack, net_profit=state.net_profit, best_day=state.best_day)
    if pack.phase != "evaluation" or state.status != "active" or not (target and target.reached):
        return
    standing = standing_of(state)
    rule, consistency = pack.consistency, standing.consistency
    consistent = (
        rule is None or rule.effect == "raise_target" or bool(consistency and consistency.met)
    )
    if standing.trading_days_left or not consistent:
        return
    account.record(
        AccountPassed,
        at=at,
        trading_day=day,
        net_profit_units=standing.net_profit.units,
        required_units=target.required.units,
        trading_days=standing.trading_days,
        required_days=state.pack.minimum_trading_days or 0,
        best_day_units=(state.best_day or ZERO).units,
        consistency_ratio=consistency.ratio if consistency else None,
        evidence=(account.version,),
        pack_hash=state.pack_hash,
    )

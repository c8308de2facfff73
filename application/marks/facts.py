"""What the engine has to know of an account, from its read models or from the account itself."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time
from functools import lru_cache
from uuid import UUID

from application.marks.mark import micros
from domain.accounts.account import TradingAccount
from domain.accounts.approaching import next_warnings, open_loss_levels
from domain.accounts.judging import daily_floor_of, floor_of
from domain.accounts.limits import warning_limits_of
from domain.accounts.state import AccountState, Status
from domain.market.calendar import previous_trading_day
from domain.market.sessions import CHICAGO
from domain.money import USD
from domain.rules.pack import Basis, RulePack

_DAYS_CACHED = 4_096
_TURN = time(17)


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountFacts:
    """An account at one version. Amounts are units; None where there is no such rule or session.

    A mark of a moment before `settled_at` comes too late. `violated` are the rules that were
    pronounced in the session already. `open_since` is when the oldest open lot was opened, None
    while flat; where only the read models are known, `settled_at` stands for it. `warnings` are the
    levels at which a limit on money is told of next, each with what it compares. `open_loss` is the
    open profit at which, or below which, that rule is broken or told of next. `noted` are the
    releases that the account is known to know: all of them, or none where only the read models are
    known.
    """

    account_id: UUID
    version: int
    pack: RulePack
    opened_at: datetime
    settled_at: datetime
    status: Status
    balance: int
    floor: int | None
    daily_floor: int | None
    violated: frozenset[str]
    day: date | None
    last_closed: date | None
    day_start_equity: int
    session_high: int | None
    session_low: int | None
    open_roots: tuple[str, ...] = ()
    open_since: datetime | None = None
    last_traded: date | None = None
    warnings: tuple[tuple[Basis, int], ...] = ()
    open_loss: int | None = None
    noted: frozenset[str] = frozenset()


def facts_of(account: TradingAccount) -> AccountFacts:
    """The facts of an account as its commands see it."""
    state = account.state
    session = state.session
    return AccountFacts(
        account_id=account.id,
        version=account.version,
        pack=state.pack,
        opened_at=account.opened_at,
        settled_at=account.settled_at,
        status=state.status,
        balance=state.balance.units,
        floor=_units(floor_of(state)),
        daily_floor=_units(daily_floor_of(state)),
        violated=frozenset(session.violated) if session else frozenset(),
        day=session.day if session else None,
        last_closed=state.last_closed,
        day_start_equity=state.day_start_equity.units,
        session_high=session.high_equity.units if session else None,
        session_low=session.low_equity.units if session else None,
        open_roots=tuple(sorted({lot.root for lot in state.lots})),
        open_since=min((lot.opened_at for lot in state.lots), default=None),
        last_traded=max(state.traded_days, default=None),
        warnings=tuple(_warnings(state)),
        open_loss=next((level.units for level in open_loss_levels(state)), None),
        noted=frozenset(state.releases),
    )


def _warnings(state: AccountState) -> Iterator[tuple[Basis, int]]:
    for use in warning_limits_of(state):
        for level in next_warnings(state, use)[:1] if use.basis else ():
            assert use.basis is not None, "what has a level compares something"
            yield use.basis, level.units


@lru_cache(maxsize=_DAYS_CACHED)
def window_of(day: date) -> tuple[int, int]:
    """When the moments of a trading day begin and end, in microseconds; the end is not in it.

    It holds what the calendar gives the day beyond its session: the hour after, and the weekend or
    holidays before.
    """
    return _end_of(previous_trading_day(day)), _end_of(day)


def _end_of(day: date) -> int:
    return micros(datetime.combine(day, _TURN, CHICAGO))


def _units(amount: USD | None) -> int | None:
    return None if amount is None else amount.units

"""What the end of a trading day breaks: a position held over it, and a day too many without trade.

Sources: the firm's FAQ (flat over the weekend, overnight allowed), Topstep 8284206 (flat every
day), the help centres of FundedNext, MyFundedFutures and Topstep (idle days).
"""

from __future__ import annotations

from datetime import date

from domain.accounts.broken import Broken
from domain.accounts.holdings import contracts_open
from domain.accounts.idling import active_on
from domain.accounts.state import AccountState
from domain.accounts.thresholds import moment_text
from domain.market.calendar import session_close
from domain.money import USD
from domain.rules.pack import SessionRule
from domain.rules.timing import ends_week


def broken_at_close(state: AccountState, day: date, *, open_pnl: USD | None) -> list[Broken]:
    """The rules that are broken by this day ending as the account stands."""
    contracts = contracts_open(state.lots, open_pnl=open_pnl)
    rule = state.pack.session
    found = held_over(rule, day, contracts=contracts, kind="held") if rule and contracts else []
    return [*found, *_idle(state, day)]


def held_over(rule: SessionRule, day: date, *, contracts: int, kind: str) -> list[Broken]:
    """The rules that a position broke which was held over the close of a day."""
    names = []
    if rule.overnight == "forbidden":
        names.append("overnight")
    if rule.weekend == "forbidden" and ends_week(day):
        names.append("weekend")
    return [
        Broken(
            rule=name,
            effect=rule.effect,
            observed=str(contracts),
            threshold={"deadline": moment_text(session_close(day)), "kind": kind},
        )
        for name in names
    ]


def idle_too_long(state: AccountState, day: date) -> int | None:
    """The calendar days without an execution on a day that comes after the last one allowed."""
    allowed = state.pack.inactivity_days
    if allowed is None:
        return None
    days = (day - active_on(state)).days
    return days if days > allowed else None


def inactivity(state: AccountState, *, days: int, deadline: date) -> Broken:
    """The verdict on an account that was idle; it ends the account, as firms publish it."""
    return Broken(
        rule="inactivity",
        effect="fail",
        observed=str(days),
        limit=str(state.pack.inactivity_days),
        unit="days",
        threshold={
            "last_active": active_on(state).isoformat(),
            "deadline": moment_text(session_close(deadline)),
        },
    )


def _idle(state: AccountState, day: date) -> list[Broken]:
    allowed = state.pack.inactivity_days
    days = (day - active_on(state)).days if allowed is not None else 0
    if allowed is None or days < allowed:
        return []
    return [inactivity(state, days=days, deadline=day)]

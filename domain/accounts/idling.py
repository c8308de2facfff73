"""How long an account has been idle, as a limit on days.

Source: the help centres of FundedNext, MyFundedFutures and Topstep (idle days). The days that a
trader really has are those up to the last session in which an execution would still be in time:
where the last allowed day is a Saturday, Friday is the last one.
"""

from __future__ import annotations

from datetime import date, timedelta
from fractions import Fraction

from domain.accounts.state import AccountState
from domain.market.calendar import session_close, trading_day_of
from domain.market.days import trading_day_from
from domain.rules.limits import WARNING_PERCENTS, LimitUse
from domain.rules.timing import last_active_day


def active_on(state: AccountState) -> date:
    """The last day in which something was executed, or else the day of the opening."""
    return max(state.traded_days, default=trading_day_of(state.opened_at))


def known_day(state: AccountState) -> date:
    """The last trading day that the account has heard of: days may have passed since."""
    known = state.session.day if state.session else state.last_closed
    return known or trading_day_of(state.opened_at)


def idle_use(state: AccountState, day: date) -> LimitUse | None:
    """How many of its idle days an account has used when a trading day begins, that day included.

    The limit is the number of days from the last active one to the last in time. None without the
    rule, and where the calendar does not reach so far.
    """
    allowed = state.pack.inactivity_days
    if allowed is None:
        return None
    since = active_on(state)
    last = last_active_day(since, idle_days=allowed)
    if last is None:
        return None
    given, idle = (last - since).days, max(0, (day - since).days)
    return LimitUse(
        rule="inactivity",
        unit="days",
        observed=idle,
        limit=given,
        left=max(0, given - idle),
        used=Fraction(idle, given) if given else Fraction(1),
        since=since,
        deadline=session_close(last),
    )


def idle_warning_days(since: date, *, idle_days: int) -> list[date]:
    """The trading days with whose beginning a level of warning is reached, in their order."""
    last = last_active_day(since, idle_days=idle_days)
    if last is None:
        return []
    given = (last - since).days
    reached = [-(-given * percent // 100) for percent in WARNING_PERCENTS]
    # Both levels may be reached with the same day.
    return sorted({trading_day_from(since + timedelta(days=days)) for days in reached if days})

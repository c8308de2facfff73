"""Which trading day a moment belongs to, and whether it may still be written to."""

from __future__ import annotations

from datetime import date, datetime

from domain.accounts.errors import (
    AccountEnded,
    BeforeOpening,
    DayNotOver,
    TooManyExecutions,
    TradingDayClosed,
)
from domain.accounts.events import AccountEvent
from domain.accounts.state import EXECUTIONS_PER_DAY_MAX, AccountState
from domain.accounts.time_passing import advance
from domain.accounts.verdicts import Recording
from domain.market.calendar import session_close, trading_day_of


def turn_to(account: Recording, at: datetime, *, adding: bool) -> date:
    """The trading day of a moment. What time alone breaks until then is pronounced here, and a day
    before it that is still open ends.

    Refuses with AccountEnded, BeforeOpening, TradingDayClosed or, when `adding` an execution,
    TooManyExecutions. AccountEnded comes after the verdict when it was time that ended the account:
    that verdict is kept, and what was asked for is not done.
    """
    day, state = trading_day_of(at), account.state
    refuse_ended(account)
    if at < account.opened_at:
        raise _before_opening(account, at)
    session = state.session
    if session is None and state.last_closed and day <= state.last_closed:
        raise _closed(day)
    if session and day < session.day:
        raise _closed(day)
    if (
        session
        and session.day == day
        and adding
        and (len(session.executions) >= EXECUTIONS_PER_DAY_MAX)
    ):
        raise TooManyExecutions(
            f"The trading day {day} holds {EXECUTIONS_PER_DAY_MAX:,} executions; no more are"
            " taken. Check the feed for a loop.",
            trading_day=day.isoformat(),
        )
    advance(account, at, including=not adding)
    refuse_ended(account)
    return day


def day_of(event: AccountEvent) -> date:
    """The trading day that an event belongs to."""
    day = getattr(event, "trading_day", None)
    return day if isinstance(day, date) else trading_day_of(event.effective_at)


def is_late(state: AccountState, at: datetime) -> bool:
    """Whether what happened at a moment belongs to a day that is closed, or to before the end."""
    day, session = trading_day_of(at), state.session
    if state.status == "failed":
        return state.ended_at is not None and at < state.ended_at
    if session is not None:
        return day < session.day
    return state.last_closed is not None and day <= state.last_closed


def due_to_close(account: Recording, *, day: date, at: datetime) -> bool:
    """Whether a day is there to be closed; False when it was closed before.

    Refuses with DayNotOver, AccountEnded, BeforeOpening or TradingDayClosed. Days before it that
    are still open end here; as in `turn_to`, what time alone broke in them is kept.
    """
    state = account.state
    if at < session_close(day):
        raise DayNotOver(
            f"The session of {day} ends at {session_close(day).isoformat()}; close the day after"
            " that.",
            trading_day=day.isoformat(),
        )
    if state.last_closed is not None and day <= state.last_closed:
        return False
    session = state.session
    if state.status == "failed" and (session is None or session.day != day):
        raise ended(account)
    if session is None and session_close(day) <= account.opened_at:
        raise _before_opening(account, session_close(day))
    if session and session.day > day:
        raise _closed(day)
    if state.status != "failed":
        advance(account, session_close(day))
        if state.session is None or state.session.day != day:
            refuse_ended(account)
    return True


def refuse_ended(account: Recording) -> None:
    """Raises AccountEnded after a failure."""
    if account.state.status == "failed":
        raise ended(account)


def ended(account: Recording) -> AccountEnded:
    """The refusal of everything but reading, after a failure."""
    return AccountEnded(
        f"The account failed by the rule {account.state.ended_by} and takes no more; see its"
        " violations for why.",
        account_id=str(account.id),
        rule=account.state.ended_by,
    )


def _before_opening(account: Recording, at: datetime) -> BeforeOpening:
    return BeforeOpening(
        f"This happened at {at.isoformat()}, before the account was opened at"
        f" {account.opened_at.isoformat()}; open the account at an earlier time, or leave it out.",
        opened_at=account.opened_at.isoformat(),
    )


def _closed(day: date) -> TradingDayClosed:
    return TradingDayClosed(
        f"The trading day {day} is closed and its figures are final; nothing can be added to it or"
        " taken out of it.",
        trading_day=day.isoformat(),
    )

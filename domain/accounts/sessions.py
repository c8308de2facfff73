"""The trading day in progress: when it begins, and the extremes of equity in it."""

from __future__ import annotations

from datetime import date

from domain.accounts.state import TRADED_DAYS_MAX, AccountState, Session
from domain.money import USD


def session_of(state: AccountState, day: date) -> Session:
    """The session of a day, begun by its first event."""
    if state.session is None:
        state.session = Session(
            day=day,
            opening_lots=state.lots,
            high_equity=state.day_start_equity,
            low_equity=state.day_start_equity,
        )
    return state.session


def note_equity(state: AccountState, version: int) -> None:
    """Let the session's extremes and the trailing peak follow, unless the open profit is old."""
    rule, session = state.pack.max_loss, state.session
    mode = rule.mode if rule else None
    if not state.mark_is_old:
        # In whole units: every mark comes through here, and seldom is one an extreme.
        units = (
            state.balance.units if state.mark is None else state.balance.units + state.mark.units
        )
        if session and units > session.high_equity.units:
            session.high_equity = USD(units)
        if session and units < session.low_equity.units:
            session.low_equity = USD(units)
        if mode == "intraday_trailing" and units > state.peak.units:
            state.peak, state.peak_version = USD(units), version
    if mode == "realised_trailing" and state.balance.units > state.peak.units:
        state.peak, state.peak_version = state.balance, version


def count_traded_day(state: AccountState, day: date) -> None:
    """Count a day in which a position was opened or closed, once."""
    if day not in state.traded_days:
        state.trading_days += 1
        state.payouts.trading_days_since += 1
    state.traded_days[day] = state.traded_days.get(day, 0) + 1
    while len(state.traded_days) > TRADED_DAYS_MAX:
        del state.traded_days[next(iter(state.traded_days))]
    _note_traded(state, day)


def uncount_traded_day(state: AccountState, day: date) -> None:
    """One execution of the day was taken back; without another the day no longer counts."""
    left = state.traded_days.get(day, 0) - 1
    if left > 0:
        state.traded_days[day] = left
    elif left == 0:
        del state.traded_days[day]
        state.trading_days -= 1
        state.payouts.trading_days_since = max(0, state.payouts.trading_days_since - 1)
    _note_traded(state, day)


def _note_traded(state: AccountState, day: date) -> None:
    if state.session and state.session.day == day:
        state.session.traded = day in state.traded_days

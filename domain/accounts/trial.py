"""The state as it would be at a later moment, with nothing recorded."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime
from uuid import UUID

from domain.accounts.evolve import evolve
from domain.accounts.state import AccountState
from domain.accounts.time_passing import pass_time
from domain.kernel import Event
from domain.market.calendar import session_open


def at_moment(state: AccountState, at: datetime) -> AccountState:
    """The state that a question of this moment is answered from.

    Days before it that are still open have ended, with their locks and their figures, and what time
    alone breaks is broken. The state given stays as it is.
    """
    trial = _Trial(state)
    pass_time(trial, at)
    return trial.state if trial.version else state


def on_day(state: AccountState, day: date) -> AccountState:
    """The same, for the moment at which a trading day begins."""
    return at_moment(state, session_open(day))


class _Trial:
    """Takes events in as an account does, and forgets them."""

    def __init__(self, state: AccountState) -> None:
        self.id = UUID(int=0)
        self.version = 0
        self.opened_at = state.opened_at
        self.warns = True
        # Time and closes assign to these, and reach into nothing else that is shared.
        session = state.session
        own = replace(session, violated=set(session.violated)) if session else None
        self.state = replace(state, payouts=replace(state.payouts), session=own)

    def record(self, event_class: type[Event], *, at: datetime, **facts: object) -> None:
        """Take an event in."""
        self.version += 1
        event = event_class(
            originator_id=self.id, originator_version=self.version, timestamp=at, **facts
        )
        evolve(self.state, event)  # type: ignore[arg-type]

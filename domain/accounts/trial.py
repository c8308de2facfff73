"""The state as it would be at a later moment, with nothing recorded."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime
from uuid import UUID

from domain.accounts.closing import close_session
from domain.accounts.evolve import evolve
from domain.accounts.state import AccountState
from domain.kernel import Event
from domain.market.calendar import session_close


def on_day(state: AccountState, day: date) -> AccountState:
    """The state that a question of this trading day is answered from.

    A day before it that is still open has ended: its lock has fallen, its figures count. The state
    given stays as it is.
    """
    session = state.session
    if session is None or session.day >= day or state.status == "failed":
        return state
    trial = _Trial(state, opened_at=session_close(session.day))
    close_session(trial, day=session.day, open_pnl=None)
    return trial.state


class _Trial:
    """Takes events in as an account does, and forgets them."""

    def __init__(self, state: AccountState, *, opened_at: datetime) -> None:
        self.id = UUID(int=0)
        self.version = 0
        self.opened_at = opened_at
        self.warns = True
        # The close of a day assigns to these two, and reaches into nothing else that is shared.
        self.state = replace(state, payouts=replace(state.payouts))

    def record(self, event_class: type[Event], *, at: datetime, **facts: object) -> None:
        """Take an event in."""
        self.version += 1
        event = event_class(
            originator_id=self.id, originator_version=self.version, timestamp=at, **facts
        )
        evolve(self.state, event)  # type: ignore[arg-type]

"""Absence of data is a state of its own: who has something open and is not heard of."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from uuid import UUID

from application.marks.mark import moment_of
from application.marks.ports import MarkState
from application.marks.watch import Watch
from domain.market.calendar import session_close, session_open, trading_day_of


class Silence:
    """What was noted of each account, and what has changed since.

    While the market is closed nobody is expected to tell anything, so nothing becomes unknown; a
    new session, and a new owner of the account, begin to wait anew.
    """

    def __init__(self, *, after: timedelta) -> None:
        self._after = after
        self._noted: dict[UUID, MarkState] = {}
        self._unclosed: dict[UUID, str] = {}

    def take_over(self, states: Iterable[MarkState]) -> None:
        """Go on from what the owner before has noted."""
        for state in states:
            self._noted[state.account_id] = state
            if state.unclosed_day is not None:
                self._unclosed[state.account_id] = state.unclosed_day

    def drop(self, accounts: Iterable[UUID]) -> None:
        """Forget accounts that are another's now."""
        for account_id in accounts:
            self._noted.pop(account_id, None)
            self._unclosed.pop(account_id, None)

    def unclosed(self, watch: Watch) -> None:
        """The day of this account could not be closed."""
        assert watch.facts.day is not None, "only a day in progress is closed"
        self._unclosed[watch.facts.account_id] = watch.facts.day.isoformat()

    def changes(
        self, watches: Iterable[Watch], *, now: datetime, owned_since: datetime
    ) -> tuple[list[MarkState], list[UUID]]:
        """The states to be noted, and the accounts that went flat since they were noted."""
        noted, flat = [], []
        floor = self._expected_since(now, owned_since)
        for watch in watches:
            account_id = watch.facts.account_id
            known = self._noted.get(account_id)
            if not watch.is_open:
                if known is not None:
                    self.drop([account_id])
                    flat.append(account_id)
                continue
            state = self._state(watch, known, now=now, floor=floor)
            if known is None or _differs(state, known):
                self._noted[account_id] = state
                noted.append(state)
        return noted, flat

    def _expected_since(self, now: datetime, owned_since: datetime) -> datetime | None:
        """Since when marks could have been told; None while the market is closed."""
        day = trading_day_of(now)
        if not session_open(day) <= now < session_close(day):
            return None
        return max(session_open(day), owned_since)

    def _state(
        self, watch: Watch, known: MarkState | None, *, now: datetime, floor: datetime | None
    ) -> MarkState:
        facts = watch.facts
        opened = facts.open_since or facts.settled_at
        marked = moment_of(watch.marked_at) if watch.marked_at else None
        if marked is None and known is not None:
            marked = known.last_mark_at
        heard = max(marked, opened) if marked else opened
        since = known.unknown_since if known else None
        if floor is not None and now - max(heard, floor) > self._after:
            since = since or heard
        elif since is not None and watch.marked_at and moment_of(watch.marked_at) > since:
            since = None
        unclosed = self._unclosed.get(facts.account_id)
        if unclosed is not None and (facts.day is None or facts.day.isoformat() != unclosed):
            unclosed = self._unclosed.pop(facts.account_id) and None
        return MarkState(
            account_id=facts.account_id,
            last_mark_at=marked,
            unknown_since=since,
            unclosed_day=unclosed,
        )


def _differs(state: MarkState, noted: MarkState) -> bool:
    """Whether a person should know: not every mark is."""
    first = (state.last_mark_at is None) != (noted.last_mark_at is None)
    return first or (
        (state.unknown_since, state.unclosed_day) != (noted.unknown_since, noted.unclosed_day)
    )

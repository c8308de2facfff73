"""An account as it was known at one time, folded as the read models fold it, cut at a moment.

The read models hold what is known now. Their rows of another time are made of the account's own
stream, by the functions that make them now.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import takewhile
from typing import cast
from uuid import UUID

from application.accounts.queries import TwoClocks, not_yet, recorded_as_known
from application.log import Log, RecordedEvent
from domain.accounts.as_of import true_at
from domain.accounts.events import AccountEvent, AccountOpened
from domain.accounts.events_corrections import HistoryCorrected
from domain.accounts.restating import Restated
from domain.accounts.state import AccountState
from projections.folding import AccountFold
from projections.kernel import Projected


@dataclass(frozen=True, slots=True)
class Past:
    """All events that were known, folded, in the order of the log.

    `moment` cuts a history that was corrected, and `true` is what that comes to by then. Both are
    None in any other: there the events themselves end with the moment.
    """

    events: Sequence[Projected]
    fold: AccountFold
    moment: datetime | None = None
    true: Restated | None = None

    @property
    def trader_id(self) -> UUID:
        """Whose account it is."""
        return self.fold.state.trader_id

    @property
    def state(self) -> AccountState:
        """The account at the moment."""
        return self.fold.state if self.true is None else self.true.account.state

    def holds(self, at: datetime) -> bool:
        """Whether what took effect then is before the cut."""
        return self.moment is None or at <= self.moment


def past_of(log: Log, account_id: UUID, asked: TwoClocks) -> Past:
    """The account on two clocks. Refuses with StreamNotFound when there was none yet."""
    known = [
        (recorded, cast("AccountEvent", log.decode(recorded)))
        for recorded in recorded_as_known(log, account_id, asked)
    ]
    moment = asked.as_of
    if not known or (moment is not None and known[0][1].effective_at > moment):
        raise not_yet(account_id)
    if moment is None or all(event.effective_at <= moment for _, event in known):
        return _folded(account_id, known)
    if not any(isinstance(event, HistoryCorrected) for _, event in known):
        then = takewhile(lambda each: each[1].effective_at <= moment, known)
        return _folded(account_id, list(then))
    whole = _folded(account_id, known)
    return Past(whole.events, whole.fold, moment, true_at([each for _, each in known], moment))


def _folded(account_id: UUID, known: Sequence[tuple[RecordedEvent, AccountEvent]]) -> Past:
    (first, opened), *later = known
    if not isinstance(opened, AccountOpened):
        raise not_yet(account_id)
    fold = AccountFold(opened, position=first.ledger_seq)
    events = [Projected(first, opened, fold.moment())]
    for recorded, event in later:
        moment = fold.take_in(event, position=recorded.ledger_seq)
        events.append(Projected(recorded, event, moment))
    return Past(events, fold)

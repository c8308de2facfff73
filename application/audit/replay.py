"""An account's history, one event at a time, with its figures before and after each."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import cast
from uuid import UUID

from application.audit.figures import Change, Value, changes_between, figures_of
from application.errors import StreamNotFound
from application.log import Log, LogSelection, RecordedEvent
from domain.accounts.events import AccountEvent, AccountOpened
from domain.accounts.evolve import begin, evolve
from domain.accounts.standing import Standing, standing_of
from domain.accounts.state import AccountState
from domain.kernel import Event


@dataclass(frozen=True, slots=True, kw_only=True)
class Until:
    """Where a replay stops; a bound that is None does not bind.

    `as_of` is what was true then: the history ends before the first event that took effect later.
    `at_seq` is what was known then: the last `ledger_seq` that counts.
    """

    as_of: datetime | None = None
    at_seq: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One event and what it did. `before` is None for the event that opened the account."""

    recorded: RecordedEvent
    event: Event
    before: Standing | None
    after: Standing
    changes: Sequence[Change]


def replay(account_id: UUID, log: Log, until: Until) -> Iterator[Step]:
    """The steps of an account, oldest first, read in pieces.

    Refuses with StreamNotFound when there is no such account, or none yet at that moment.
    """
    selection = LogSelection(stream_id=account_id, last_seq=until.at_seq)
    state: AccountState | None = None
    before: Standing | None = None
    figures: dict[str, Value] = {}
    for recorded in log.stream(selection):
        if until.as_of is not None and recorded.effective_at > until.as_of:
            break
        event = log.decode(recorded)
        state = _taken_in(state, event)
        if state is None:
            break
        after, held = standing_of(state), figures_of(state)
        yield Step(
            recorded=recorded,
            event=event,
            before=before,
            after=after,
            changes=changes_between(figures, held),
        )
        before, figures = after, held
    if before is None:
        raise StreamNotFound(
            f"There is no account {account_id}, or none yet at the moment asked for. Check the"
            " identifier, --as-of and --at-seq.",
            stream_id=str(account_id),
        )


def _taken_in(state: AccountState | None, event: Event) -> AccountState | None:
    """The state after the event; None when the stream is not that of an account."""
    if isinstance(event, AccountOpened):
        return begin(event)
    if state is not None:
        evolve(state, cast("AccountEvent", event))
    return state

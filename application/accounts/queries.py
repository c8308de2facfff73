"""Accounts on two clocks, out of the log itself."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final, cast
from uuid import UUID

from application.errors import StreamNotFound
from application.log import Log, LogSelection, RecordedEvent
from domain.accounts.account import TradingAccount
from domain.accounts.as_of import account_at
from domain.accounts.events import AccountEvent, AccountOpened

_NEXT = timedelta(microseconds=1)
_LATEST = datetime.max.replace(tzinfo=UTC) - _NEXT


@dataclass(frozen=True, slots=True, kw_only=True)
class TwoClocks:
    """What is asked for; a bound that is None does not bind.

    `as_of` is when it was true, in the world. `known_at` and `at_seq` are when it was known: by the
    time of recording, or by the last `ledger_seq` that counts.
    """

    as_of: datetime | None = None
    known_at: datetime | None = None
    at_seq: int | None = None

    @property
    def recorded_before(self) -> datetime | None:
        """What is known was recorded before this."""
        return None if self.known_at is None else min(self.known_at, _LATEST) + _NEXT


NOW: Final = TwoClocks()
"""What is true now, by all that is known."""


def account_as_known(log: Log, account_id: UUID, asked: TwoClocks) -> TradingAccount:
    """The account as it was at one time, by what was known at another.

    Refuses with StreamNotFound when there was none yet.
    """
    known = [log.decode(recorded) for recorded in recorded_as_known(log, account_id, asked)]
    found = None
    if known and isinstance(known[0], AccountOpened):
        found = account_at(cast("Sequence[AccountEvent]", known), asked.as_of)
    if found is None:
        raise not_yet(account_id)
    return found


def recorded_as_known(log: Log, account_id: UUID, asked: TwoClocks) -> Iterator[RecordedEvent]:
    """What was recorded of an account by the time at which it was known, oldest first."""
    return log.stream(
        LogSelection(
            stream_id=account_id, last_seq=asked.at_seq, recorded_before=asked.recorded_before
        )
    )


def not_yet(account_id: UUID) -> StreamNotFound:
    """The refusal of a question about an account that was not there."""
    return StreamNotFound(
        f"There is no account {account_id}, or none yet at the moment asked for. Check the"
        " identifier and the moment.",
        stream_id=str(account_id),
    )

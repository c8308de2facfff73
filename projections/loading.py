"""Whole histories, stream by stream, into tables that are built: every row is written once.

What a range of streams comes to goes in with one transaction, or not at all.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final, Protocol, TypeAlias
from uuid import UUID

from psycopg import Connection, Cursor
from psycopg.errors import ProgramLimitExceeded

from application.log import Log, RecordedEvent, StreamRange, WholeStreams
from projections.accounts_cache import AccountFolds, poison
from projections.collecting import cycles_left_alone
from projections.dead_letters import DeadLetter, standing_letters
from projections.errors import PoisonEvent
from projections.kernel import Projection
from projections.search_path import use_schema
from projections.transient import TRANSIENT
from projections.withholding import Withheld

BATCH: Final = 4_000
STREAM_MAX: Final = 40_000
"""Events that are taken in at once at the most: a longer stream is cut, and its rows changed."""

Told: TypeAlias = Callable[[int], None]
"""Told after each batch how many events of the range are in."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Loaded:
    """How many events are in, and the letters of accounts that were left standing."""

    events: int
    letters: Sequence[int]


class StreamLog(Log, WholeStreams, Protocol):
    """The log, in both of its orders."""


@dataclass(frozen=True, slots=True)
class Loader:
    """Loads ranges of streams up to the position `head` into the tables of a schema."""

    log: StreamLog
    models: Sequence[Projection]
    schema: str
    head: int
    batch: int = BATCH
    stream_max: int = STREAM_MAX

    def load(self, connection: Connection[Any], within: StreamRange, *, told: Told) -> Loaded:
        """Write the rows of a range, in the transaction that is under way.

        Events of parked accounts are kept from the build as they are from the live models. Refuses
        with PoisonEvent. Then, as with any other error, the transaction has to be undone.
        """
        done, folds = 0, AccountFolds(self.log, accounts_max=1)
        letters = standing_letters(connection, [model.name for model in self.models])
        withheld, streams = Withheld(letters), set[UUID]()
        with cycles_left_alone(), connection.cursor() as cursor:
            use_schema(cursor, self.schema)
            # The log has it all: nobody has to wait for the disk, here as in a step.
            cursor.execute("SET LOCAL synchronous_commit = off")
            # Whoever is told may wait, for a throttle; the lease of the range sees to its end.
            cursor.execute("SET LOCAL idle_in_transaction_session_timeout = 0")
            for events in self._batches(within):
                for part in _parts(events, withheld):
                    self._project(cursor, folds, part, withheld)
                streams |= {each.stream_id for each in events} if letters else set()
                done += len(events)
                told(done)
        held = [each.letter_id for each in letters if self._holds(each, streams)]
        return Loaded(events=done, letters=held)

    def first_poison(self, connection: Connection[Any], within: StreamRange) -> PoisonEvent | None:
        """Load a range event by event until one is refused; None when none is. Nothing stays."""
        folds = AccountFolds(self.log, accounts_max=1)
        with connection.transaction(force_rollback=True), connection.cursor() as cursor:
            use_schema(cursor, self.schema)
            letters = standing_letters(connection, [model.name for model in self.models])
            for recorded in self.log.streams(within, last_seq=self.head):
                try:
                    self._project(cursor, folds, [recorded], Withheld(letters))
                except PoisonEvent as refusal:
                    return refusal
        return None

    def _holds(self, letter: DeadLetter, streams: Collection[UUID]) -> bool:
        is_reached = letter.ledger_seq <= self.head and letter.stream_id in streams
        return letter.status == "parked" and is_reached

    def _batches(self, within: StreamRange) -> Iterator[Sequence[RecordedEvent]]:
        events = self.log.streams(within, last_seq=self.head)
        return whole_streams(events, size=self.batch, stream_max=self.stream_max)

    def _project(
        self,
        cursor: Cursor[Any],
        folds: AccountFolds,
        events: Sequence[RecordedEvent],
        withheld: Withheld,
    ) -> None:
        last, touched = events[-1], withheld.touches(events)
        if touched:
            events = withheld.wanted(events, [model.name for model in self.models])
        batch = folds.batch(events)
        for model in self.models if batch.events else ():
            part = withheld.part(batch, model.name) if touched else batch
            try:
                model.project(part, cursor)
            except ProgramLimitExceeded as error:
                # psycopg counts it among the failures that may pass; a row too long stays so.
                raise poison(last, f"the read model {model.name}", error) from error
            except TRANSIENT:
                raise
            except Exception as error:
                raise poison(last, f"the read model {model.name}", error) from error


def _parts(
    events: Sequence[RecordedEvent], withheld: Withheld
) -> Iterator[Sequence[RecordedEvent]]:
    """A batch as it is, or event by event, so that nobody is shown an account as it stood later."""
    if withheld.touches(events):
        yield from ([each] for each in events)
    else:
        yield events


def whole_streams(
    events: Iterable[RecordedEvent], *, size: int, stream_max: int
) -> Iterator[Sequence[RecordedEvent]]:
    """Batches of at least `size` events, each of whole streams; but none has more than `stream_max`
    events, if that is more, so that a long stream comes in pieces.
    """
    batch: list[RecordedEvent] = []
    last = None
    for each in events:
        if len(batch) >= size and (last != each.stream_id or len(batch) >= stream_max):
            yield batch
            batch = []
        batch.append(each)
        last = each.stream_id
    if batch:
        yield batch

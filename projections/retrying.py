"""Letting a parked account go on: with the event that stopped it, or without."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, TypeAlias

from psycopg import Connection, Cursor
from psycopg.errors import ProgramLimitExceeded
from psycopg.rows import TupleRow
from psycopg_pool import ConnectionPool

from application.log import Log, LogSelection, RecordedEvent
from projections.accounts_cache import AccountFolds, poison
from projections.dead_letters import DeadLetter, Status, close, letter, note_attempt
from projections.errors import DeadLetterStrict, PoisonEvent
from projections.kernel import Batch, Projection
from projections.positions import places_of
from projections.read_models import READ_MODELS
from projections.search_path import LIVE, use_schema
from projections.stepping import BATCH
from projections.transient import TRANSIENT, is_of_the_event

Pool: TypeAlias = ConnectionPool[Connection[TupleRow]]

UNHURRIED: Final = "SET LOCAL statement_timeout = 0"


@dataclass(frozen=True, slots=True)
class Attempt:
    """What came of it: the letter as it is now, how many events were taken in, or what fails."""

    letter: DeadLetter
    events: int = 0
    still: PoisonEvent | None = None


@dataclass(frozen=True, slots=True)
class Retrier:
    """`pool` connects as `dynasty_projector`."""

    log: Log
    pool: Pool
    models: Sequence[Projection] = READ_MODELS

    def look(self, letter_id: int) -> DeadLetter:
        """A letter as it is. Refuses with DeadLetterNotFound."""
        with self.pool.connection() as connection:
            return letter(connection, letter_id)

    def waiting(self, parked: DeadLetter) -> int:
        """How many later events of the stream wait behind a letter, at the head of the log."""
        behind = LogSelection(stream_id=parked.stream_id, first_seq=parked.ledger_seq + 1)
        return sum(1 for _ in self.log.stream(behind))

    def retry(self, letter_id: int) -> Attempt:
        """Take in the event and all that waits behind it, and let the account go on.

        The account is folded from its first event on; its rows stand where the event stopped them,
        and are brought to where the lane is in one transaction. A letter that is closed already is
        left alone. Refuses with DeadLetterNotFound.
        """
        return self._attempt(letter_id, "retried")

    def discard(self, letter_id: int) -> Attempt:
        """Take in all that waits behind the event, and never the event.

        Refuses with DeadLetterStrict, where a read model needs it; with DeadLetterNotFound.
        """
        return self._attempt(letter_id, "discarded")

    def insist_on_discardable(self, parked: DeadLetter) -> None:
        """Refuse with DeadLetterStrict unless all its read models can do without the event."""
        strict = [
            each.name
            for each in self.models
            if each.strict and each.name in set(parked.projections)
        ]
        if strict:
            raise DeadLetterStrict(
                f"The event at position {parked.ledger_seq} cannot be left out of"
                f" {', '.join(strict)}: figures rest on it. Run the release that can read it, then"
                f" `dynasty dlq retry {parked.letter_id}`.",
                letter_id=parked.letter_id,
                projections=strict,
            )

    def _attempt(self, letter_id: int, becomes: Status) -> Attempt:
        with self.pool.connection() as connection:
            try:
                with connection.transaction(), connection.cursor() as cursor:
                    parked = letter(connection, letter_id, lock=True)
                    if parked.status != "parked":
                        return Attempt(parked)
                    if becomes == "discarded":
                        self.insist_on_discardable(parked)
                    events = self._take_in(connection, cursor, parked, becomes)
                    close(cursor, parked, becomes)
            except PoisonEvent as still:
                if still.__cause__ is not None and not is_of_the_event(still.__cause__):
                    raise
                with connection.transaction(), connection.cursor() as cursor:
                    note_attempt(cursor, letter_id, still)
                return Attempt(letter(connection, letter_id), still=still)
            return Attempt(letter(connection, letter_id), events)

    def _take_in(
        self,
        connection: Connection[Any],
        cursor: Cursor[Any],
        parked: DeadLetter,
        becomes: Status,
    ) -> int:
        """Bring the rows of the stream to where each read model is in the lane; how many events.

        From here to the commit nobody moves a position of the lane.
        """
        cursor.execute(UNHURRIED)
        names = [each.name for each in self.models if each.name in set(parked.projections)]
        places = places_of(connection, names, lanes=[parked.lane], lock=True)
        use_schema(cursor, LIVE)
        reached = {name: places[name, parked.lane].position for name in names}
        taken: set[int] = set()
        for last, models in self._by_position(reached).items():
            folds = AccountFolds(self.log)
            for recorded in self._pieces(parked, last):
                batch = folds.batch(recorded)
                if becomes == "discarded":
                    batch = _without(batch, parked.ledger_seq)
                taken |= {each.recorded.ledger_seq for each in batch.events}
                for model in models if batch.events else ():
                    _project(cursor, model, batch, recorded[-1])
        return len(taken)

    def _by_position(self, reached: Mapping[str, int]) -> Mapping[int, Sequence[Projection]]:
        found: dict[int, list[Projection]] = {}
        for model in self.models:
            if model.name in reached:
                found.setdefault(reached[model.name], []).append(model)
        return found

    def _pieces(self, parked: DeadLetter, last: int) -> Iterator[Sequence[RecordedEvent]]:
        """The event and what came after it in its stream, in order, in pieces."""
        piece: list[RecordedEvent] = []
        behind = LogSelection(
            stream_id=parked.stream_id, first_seq=parked.ledger_seq, last_seq=last
        )
        for each in self.log.stream(behind):
            piece.append(each)
            if len(piece) == BATCH:
                yield piece
                piece = []
        if piece:
            yield piece


def _without(batch: Batch, ledger_seq: int) -> Batch:
    events = [each for each in batch.events if each.recorded.ledger_seq != ledger_seq]
    return Batch(events, batch.accounts)


def _project(cursor: Cursor[Any], model: Projection, batch: Batch, last: RecordedEvent) -> None:
    try:
        model.project(batch, cursor)
    except ProgramLimitExceeded as error:
        raise poison(last, f"the read model {model.name}", error) from error
    except TRANSIENT:
        raise
    except Exception as error:
        raise poison(last, f"the read model {model.name}", error) from error

"""One step along the log: a batch of events, their rows and the position, in one transaction."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from time import monotonic_ns
from typing import Any, Final

from psycopg import Connection, Cursor
from psycopg.errors import ProgramLimitExceeded, UndefinedTable

from application.log import Log, RecordedEvent
from projections.accounts_cache import ACCOUNTS_MAX, AccountFolds, poison
from projections.checking import missing_read_models
from projections.collecting import cycles_left_alone
from projections.dead_letters import park, standing_letters
from projections.errors import PoisonEvent
from projections.hindmost import Hindmost, hindmost
from projections.kernel import Batch, Projection
from projections.lanes import ALL_LANES, in_lanes
from projections.positions import advance
from projections.read_models import READ_MODELS
from projections.search_path import LIVE, use_schema
from projections.transient import TRANSIENT, is_of_the_event
from projections.watching import StepObserver
from projections.withholding import Withheld

BATCH: Final = 2_000


@dataclass(frozen=True, slots=True)
class Stepped:
    """Which models moved, how far, and over how many events; none at the head of the log."""

    names: Sequence[str]
    position: int
    events: int


class _Stopped(Exception):
    """Some models could not take in a batch; `poison` is what is said where that is the end."""

    def __init__(self, poison: PoisonEvent, names: Collection[str]) -> None:
        super().__init__(poison.sentence)
        self.poison, self.names = poison, frozenset(names)

    @property
    def of_the_event(self) -> bool:
        """Whether the cause may be the event, and no lack of the machine or the database."""
        return self.__cause__ is None or is_of_the_event(self.__cause__)


class Stepper:
    """Moves read models along the log in some lanes, those that are furthest behind first.

    Models and lanes at one position move together, so that each event is read and folded once. An
    event that cannot be taken in parks its stream, while fewer than `parked_max` are parked.
    """

    def __init__(
        self,
        log: Log,
        *,
        models: Sequence[Projection] = READ_MODELS,
        schema: str = LIVE,
        lanes: Collection[int] = ALL_LANES,
        parked_max: int = 0,
        accounts_max: int = ACCOUNTS_MAX,
        observer: StepObserver | None = None,
    ) -> None:
        assert models, "somebody must want the events"
        assert lanes, "an event belongs to a lane"
        self._log, self._models, self._schema = log, models, schema
        self._lanes, self._observer = lanes, observer
        self._epochs: Mapping[int, int] = {}
        self._parked_max, self._withheld = parked_max, Withheld()
        self._parkings: dict[int, int] = {}
        self._names = [model.name for model in models]
        self._folds = AccountFolds(log, accounts_max=accounts_max)

    def step(
        self, connection: Connection[Any], *, limit: int = BATCH, last: int | None = None
    ) -> Stepped:
        """Apply the next events, at most `limit` and none after position `last`.

        Refuses with PoisonEvent, when all before that event is applied and its account may not be
        parked; with PositionMoved, when another projector was faster or has the lane now; with
        ReadModelsMissing.
        """
        began_ns = monotonic_ns()
        group = self._hindmost(connection)
        self._look_at_letters(connection, group)
        given = (group.ahead, last, self._withheld.before(group.position))
        bounds = [bound - group.position for bound in given if bound is not None]
        with cycles_left_alone():
            recorded = self._log.read(after=group.position, limit=max(0, min([limit, *bounds])))
            if not recorded:
                return Stepped(group.names, group.position, 0)
            try:
                self._apply(connection, group, recorded)
            except _Stopped:
                recorded = self._apply_around(connection, group, recorded)
        if self._observer is not None:
            self._observer.stepped(
                models=group.names, recorded=recorded, began_ns=began_ns, ended_ns=monotonic_ns()
            )
        return Stepped(group.names, recorded[-1].ledger_seq, len(recorded))

    def reach(self, connection: Connection[Any], last: int, *, limit: int = BATCH) -> None:
        """Step up to a position. Refuses as a step does."""
        while self.step(connection, limit=limit, last=last).events:
            pass

    def hold(self, epochs: Mapping[int, int]) -> None:
        """From here on work in these lanes, each under the epoch by which it is held."""
        assert epochs, "an event belongs to a lane"
        self._lanes, self._epochs = tuple(epochs), epochs

    def visit(self, lanes: Collection[int]) -> None:
        """From here on work in these lanes as a guest, under the epochs that are found there."""
        self._lanes, self._epochs = lanes, {}

    def forget(self) -> None:
        """Drop what is held in memory: a transaction around the last steps was rolled back."""
        self._folds.forget()

    def _hindmost(self, connection: Connection[Any]) -> Hindmost:
        return hindmost(
            connection, self._models, lanes=self._lanes, epochs=self._epochs, schema=self._schema
        )

    def _look_at_letters(self, connection: Connection[Any], group: Hindmost) -> None:
        """Learn anew what is withheld, if that has changed in a lane."""
        seen = {lane: place.parkings for lane, place in group.lanes.items()}
        if seen.items() <= self._parkings.items():
            return
        # Asked first: a look that fails is no look.
        self._withheld = Withheld(standing_letters(connection, self._names))
        self._parkings |= seen

    def _apply_around(
        self, connection: Connection[Any], group: Hindmost, recorded: Sequence[RecordedEvent]
    ) -> Sequence[RecordedEvent]:
        """Apply what comes before the event that fails, by halves, and park that; what was applied.

        Without leave to park it is refused.
        """
        applied: list[RecordedEvent] = []
        rest = recorded
        while len(rest) > 1:
            half = rest[: len(rest) // 2]
            try:
                self._apply(connection, group, half)
            except _Stopped:
                rest = half
            else:
                applied += half
                rest = rest[len(half) :]
                group = group.at(half[-1].ledger_seq)
        self._apply_or_park(connection, group, rest)
        return [*applied, *rest]

    def _apply_or_park(
        self, connection: Connection[Any], group: Hindmost, single: Sequence[RecordedEvent]
    ) -> None:
        """Apply one event; models that cannot bear it park its stream."""
        stopped: set[str] = set()
        cause: PoisonEvent | None = None
        while True:
            try:
                return self._apply(connection, group, single, parking=cause, stopped=stopped)
            except _Stopped as error:
                cause = cause or error.poison
                new = self._newly_stopped(connection, single[0], error.names - stopped)
                if new and (not self._parked_max or not error.of_the_event):
                    raise error.poison from error.__cause__
                stopped |= new

    def _newly_stopped(
        self, connection: Connection[Any], single: RecordedEvent, names: frozenset[str]
    ) -> set[str]:
        """Which of these models are not known to do without the event."""
        if self._schema != LIVE:
            # A build withholds what the live models do, also what was parked since it began.
            self._withheld = Withheld(standing_letters(connection, self._names))
        return {name for name in names if not self._withheld.keeps(single, name)}

    def _apply(
        self,
        connection: Connection[Any],
        group: Hindmost,
        recorded: Sequence[RecordedEvent],
        *,
        parking: PoisonEvent | None = None,
        stopped: Collection[str] = (),
    ) -> None:
        """Apply events, but not to models that are `stopped`: these park the stream, for a cause.

        Then it is one event.
        """
        last, taking = recorded[-1], [each for each in group.names if each not in stopped]
        with (
            self._folded(recorded, group.lanes, taking) as (batch, withheld),
            connection.transaction(),
            connection.cursor() as cursor,
        ):
            use_schema(cursor, self._schema)
            # Rows and position are lost together, if at all, and the log has them: no need to wait
            # for the disk.
            cursor.execute("SET LOCAL synchronous_commit = off")
            advance(cursor, group.names, group.lanes, position=last.ledger_seq)
            for model in group.models if batch.events else ():
                part = withheld.part(batch, model.name) if withheld else batch
                if model.name in taking and part.events:
                    self._project(cursor, model, part, last)
            if parking and stopped:
                park(cursor, last, stopped, cause=parking, parked_max=self._parked_max)

    @contextmanager
    def _folded(
        self, recorded: Sequence[RecordedEvent], lanes: Collection[int], names: Sequence[str]
    ) -> Iterator[tuple[Batch, Withheld | None]]:
        """The events as far as any of these models wants them. What is held in memory is dropped
        when they do not reach the database.
        """
        mine, withheld = in_lanes(recorded, lanes), None
        if self._withheld.touches(mine):
            withheld, mine = self._withheld, self._withheld.wanted(mine, names)
        try:
            yield self._folds.batch(mine if names else ()), withheld
        except PoisonEvent as error:
            self._folds.forget()
            if error.__cause__ is None:
                raise
            raise _Stopped(error, names) from error.__cause__
        except BaseException:
            self._folds.forget()
            raise

    def _project(
        self, cursor: Cursor[Any], model: Projection, batch: Batch, last: RecordedEvent
    ) -> None:
        try:
            model.project(batch, cursor)
        except UndefinedTable as error:
            raise missing_read_models([model]) from error
        except ProgramLimitExceeded as error:
            # psycopg counts it among the failures that may pass; a row too long stays so.
            stops = poison(last, f"the read model {model.name}", error)
            raise _Stopped(stops, [model.name]) from error
        except TRANSIENT:
            raise
        except Exception as error:
            stops = poison(last, f"the read model {model.name}", error)
            raise _Stopped(stops, [model.name]) from error

"""One step along the log: a batch of events, their rows and the position, in one transaction."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from time import monotonic_ns
from typing import Any, Final

from psycopg import Connection, Cursor
from psycopg.errors import ProgramLimitExceeded, UndefinedTable

from application.log import Log, RecordedEvent
from projections.accounts_cache import ACCOUNTS_MAX, AccountFolds, poison
from projections.checking import missing_read_models
from projections.kernel import Batch, Projection
from projections.lanes import ALL_LANES, in_lanes
from projections.positions import Place, PositionMoved, advance, places_of
from projections.read_models import READ_MODELS
from projections.search_path import LIVE, use_schema
from projections.transient import TRANSIENT
from projections.watching import StepObserver

BATCH: Final = 1_000


@dataclass(frozen=True, slots=True)
class Stepped:
    """Which models moved, how far, and over how many events; none at the head of the log."""

    names: Sequence[str]
    position: int
    events: int


@dataclass(frozen=True, slots=True)
class _Hindmost:
    """Models at one position in the same lanes; `ahead` is the next position that any is at."""

    models: Sequence[Projection]
    lanes: Mapping[int, Place]
    position: int
    ahead: int | None

    @property
    def names(self) -> Sequence[str]:
        return [model.name for model in self.models]

    def at(self, position: int) -> _Hindmost:
        """The same, further on."""
        lanes = {lane: replace(place, position=position) for lane, place in self.lanes.items()}
        return replace(self, lanes=lanes, position=position)


class Stepper:
    """Moves read models along the log in some lanes, those that are furthest behind first.

    Models and lanes at one position move together, so that each event is read and folded once.
    """

    def __init__(
        self,
        log: Log,
        *,
        models: Sequence[Projection] = READ_MODELS,
        schema: str = LIVE,
        lanes: Collection[int] = ALL_LANES,
        accounts_max: int = ACCOUNTS_MAX,
        observer: StepObserver | None = None,
    ) -> None:
        assert models, "somebody must want the events"
        assert lanes, "an event belongs to a lane"
        self._log, self._models, self._schema = log, models, schema
        self._lanes, self._observer = lanes, observer
        self._names = [model.name for model in models]
        self._folds = AccountFolds(log, accounts_max=accounts_max)

    def step(
        self, connection: Connection[Any], *, limit: int = BATCH, last: int | None = None
    ) -> Stepped:
        """Apply the next events, at most `limit` and none after position `last`.

        Refuses with PoisonEvent, when all before that event is applied; with PositionMoved, when
        another projector was faster; with ReadModelsMissing.
        """
        began_ns = monotonic_ns()
        group = self._hindmost(connection)
        bounds = [bound - group.position for bound in (group.ahead, last) if bound is not None]
        recorded = self._log.read(after=group.position, limit=max(0, min([limit, *bounds])))
        if not recorded:
            return Stepped(group.names, group.position, 0)
        try:
            self._apply(connection, group, recorded)
        except (*TRANSIENT, PositionMoved):
            self._folds.forget()
            raise
        except Exception:
            self._folds.forget()
            if len(recorded) == 1:
                raise
            self._apply_singly(connection, group, recorded)
        if self._observer is not None:
            self._observer.stepped(
                models=group.names, recorded=recorded, began_ns=began_ns, ended_ns=monotonic_ns()
            )
        return Stepped(group.names, recorded[-1].ledger_seq, len(recorded))

    def forget(self) -> None:
        """Drop what is held in memory: a transaction around the last steps was rolled back."""
        self._folds.forget()

    def _hindmost(self, connection: Connection[Any]) -> _Hindmost:
        """What is furthest behind: models that share the lanes in which they are."""
        places = places_of(connection, self._names, lanes=self._lanes, schema=self._schema)
        if len(places) < len(self._names) * len(self._lanes):
            missing = [
                model
                for model in self._models
                if any((model.name, lane) not in places for lane in self._lanes)
            ]
            raise missing_read_models(missing)
        least = min(place.position for place in places.values())
        behind: dict[str, dict[int, Place]] = {name: {} for name in self._names}
        for (name, lane), place in places.items():
            if place.position == least:
                behind[name][lane] = place
        lanes = next(lanes for lanes in behind.values() if lanes)
        return _Hindmost(
            models=[model for model in self._models if behind[model.name] == lanes],
            lanes=lanes,
            position=least,
            ahead=min(
                (place.position for place in places.values() if place.position > least),
                default=None,
            ),
        )

    def _apply_singly(
        self, connection: Connection[Any], group: _Hindmost, recorded: Sequence[RecordedEvent]
    ) -> None:
        """One event a transaction: all before the one that fails gets through, and it is named."""
        for each in recorded:
            try:
                self._apply(connection, group, [each])
            except Exception:
                self._folds.forget()
                raise
            group = group.at(each.ledger_seq)

    def _apply(
        self, connection: Connection[Any], group: _Hindmost, recorded: Sequence[RecordedEvent]
    ) -> None:
        last = recorded[-1]
        batch = self._folds.batch(in_lanes(recorded, group.lanes))
        with connection.transaction(), connection.cursor() as cursor:
            use_schema(cursor, self._schema)
            # Rows and position are lost together, if at all, and the log has them: no need to wait
            # for the disk.
            cursor.execute("SET LOCAL synchronous_commit = off")
            advance(cursor, group.names, group.lanes, position=last.ledger_seq)
            for model in group.models if batch.events else ():
                self._project(cursor, model, batch, last)

    def _project(
        self, cursor: Cursor[Any], model: Projection, batch: Batch, last: RecordedEvent
    ) -> None:
        try:
            model.project(batch, cursor)
        except UndefinedTable as error:
            raise missing_read_models([model]) from error
        except ProgramLimitExceeded as error:
            # psycopg counts it among the failures that may pass; a row too long stays so.
            raise poison(last, f"the read model {model.name}", error) from error
        except TRANSIENT:
            raise
        except Exception as error:
            raise poison(last, f"the read model {model.name}", error) from error

"""One step along the log: a batch of events, their rows and the position, in one transaction."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from psycopg import Connection
from psycopg.errors import ProgramLimitExceeded, UndefinedTable

from application.log import Log, RecordedEvent
from projections.accounts_cache import ACCOUNTS_MAX, AccountFolds, poison
from projections.checking import missing_read_models
from projections.kernel import Projection
from projections.positions import PositionMoved, advance, positions_of
from projections.read_models import READ_MODELS
from projections.search_path import LIVE, use_schema
from projections.transient import TRANSIENT

BATCH: Final = 1_000


@dataclass(frozen=True, slots=True)
class Stepped:
    """Which models moved, how far, and over how many events; none at the head of the log."""

    names: Sequence[str]
    position: int
    events: int


class Stepper:
    """Moves read models along the log, those that are furthest behind first.

    Models at one position move together, so that each event is read and folded once.
    """

    def __init__(
        self,
        log: Log,
        *,
        models: Sequence[Projection] = READ_MODELS,
        schema: str = LIVE,
        accounts_max: int = ACCOUNTS_MAX,
    ) -> None:
        assert models, "somebody must want the events"
        self._log, self._models, self._schema = log, models, schema
        self._names = [model.name for model in models]
        self._folds = AccountFolds(log, accounts_max=accounts_max)

    def step(
        self, connection: Connection[Any], *, limit: int = BATCH, last: int | None = None
    ) -> Stepped:
        """Apply the next events, at most `limit` and none after position `last`.

        Refuses with PoisonEvent, when all before that event is applied; with PositionMoved, when
        another projector was faster; with ReadModelsMissing.
        """
        group, least, ahead = self._hindmost(connection)
        bounds = [bound - least for bound in (ahead, last) if bound is not None]
        recorded = self._log.read(after=least, limit=max(0, min([limit, *bounds])))
        names = [model.name for model in group]
        if not recorded:
            return Stepped(names, least, 0)
        try:
            self._apply(connection, group, recorded, least)
        except (*TRANSIENT, PositionMoved):
            self._folds.forget()
            raise
        except Exception:
            self._folds.forget()
            if len(recorded) == 1:
                raise
            self._apply_singly(connection, group, recorded)
        return Stepped(names, recorded[-1].ledger_seq, len(recorded))

    def forget(self) -> None:
        """Drop what is held in memory: a transaction around the last steps was rolled back."""
        self._folds.forget()

    def _hindmost(
        self, connection: Connection[Any]
    ) -> tuple[Sequence[Projection], int, int | None]:
        """The models furthest behind, where they are, and where the next one is."""
        positions = positions_of(connection, self._names, schema=self._schema)
        if len(positions) < len(self._names):
            missing = [model for model in self._models if model.name not in positions]
            raise missing_read_models(missing)
        least = min(positions.values())
        group = [model for model in self._models if positions[model.name] == least]
        ahead = min((each for each in positions.values() if each > least), default=None)
        return group, least, ahead

    def _apply_singly(
        self,
        connection: Connection[Any],
        group: Sequence[Projection],
        recorded: Sequence[RecordedEvent],
    ) -> None:
        """One event a transaction: all before the one that fails gets through, and it is named."""
        for each in recorded:
            try:
                self._apply(connection, group, [each], each.ledger_seq - 1)
            except Exception:
                self._folds.forget()
                raise

    def _apply(
        self,
        connection: Connection[Any],
        group: Sequence[Projection],
        recorded: Sequence[RecordedEvent],
        expected: int,
    ) -> None:
        last = recorded[-1]
        batch = self._folds.batch(recorded)
        with connection.transaction(), connection.cursor() as cursor:
            use_schema(cursor, self._schema)
            # Rows and position are lost together, if at all, and the log has them: no need to wait
            # for the disk.
            cursor.execute("SET LOCAL synchronous_commit = off")
            names = [model.name for model in group]
            advance(cursor, names, expected=expected, position=last.ledger_seq)
            for model in group:
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

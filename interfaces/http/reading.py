"""Reading the read models: position and rows in one snapshot, after waiting for it if asked."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Annotated, Any, Final, LiteralString, TypeAlias
from uuid import UUID

from fastapi import Depends, Response
from psycopg import Connection, OperationalError
from psycopg.errors import IdleInTransactionSessionTimeout, UndefinedColumn, UndefinedTable
from psycopg.rows import TupleRow, dict_row

from domain.errors import DomainError
from interfaces.http.desk import Caller, Desk, TheDesk
from interfaces.http.positions import (
    MinimumPosition,
    Preference,
    ProjectionBehind,
    opened,
    patience,
    sealed,
)
from interfaces.paging import Condition, paged
from projections.checking import outdated_read_models
from projections.dead_letters import parked_streams
from projections.errors import AccountParked
from projections.gate import least_position, wait_until

Row: TypeAlias = Mapping[str, Any]
_BEGIN: Final = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"
_BEHIND: Final = (
    "SELECT greatest(0, extract(epoch FROM clock_timestamp() - ledger.waiting_since(%s)))::int"
)


class ReadModelsUnavailable(DomainError):
    """The read models could not be reached."""

    code = "read-models-unavailable"


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The read models at one moment; `position` is what all models asked for hold.

    Rows of the streams that are `parked` stand still behind an event that could not be taken in.
    """

    session: Connection[TupleRow]
    position: int
    parked: frozenset[UUID] = frozenset()

    def insist_on_whole(self, account_id: UUID) -> None:
        """Refuse with AccountParked to show an account whose rows stand still."""
        if account_id in self.parked:
            raise AccountParked(
                "An event of this account could not be taken in, so the answer would not show all"
                " of it. Operators see why with `dynasty dlq list`; ask again when they are done.",
            )

    def page(
        self,
        select: LiteralString,
        *conditions: Condition,
        order: LiteralString,
        limit: int,
    ) -> Sequence[Row]:
        """Rows that meet every condition whose values are given; none may be None among them."""
        query, values = paged(select, *conditions, order=order, limit=limit)
        with self.session.cursor(row_factory=dict_row) as cursor:
            return cursor.execute(query, values).fetchall()

    def one(self, query: LiteralString, *values: object) -> Row | None:
        """The row of a query, or None."""
        with self.session.cursor(row_factory=dict_row) as cursor:
            return cursor.execute(query, values).fetchone()


@dataclass(frozen=True, slots=True, kw_only=True)
class Reader:
    """Reads for one request: knows its caller, and what it waits for."""

    desk: Desk
    caller: Caller
    response: Response
    minimum: int
    wait: timedelta

    @contextmanager
    def snapshot(self, *models: str, at_least: int = 0) -> Iterator[Snapshot]:
        """The read models, holding what the caller asked for, and `at_least` that position.

        Sets `Ledger-Position`, and `Ledger-Parked` when rows of so many streams stand still.
        Refuses with ProjectionBehind, ReadModelsMissing, ReadModelOutdated or
        ReadModelsUnavailable.
        """
        wanted = max(self.minimum, at_least)
        try:
            if wanted:
                self._await(models, wanted)
            with self.desk.runtime.read_models.connection() as session:
                session.execute(_BEGIN)
                position = least_position(session, models)
                parked = frozenset(parked_streams(session, models))
                if parked:
                    self.response.headers["Ledger-Parked"] = str(len(parked))
                yield Snapshot(session, position, parked)
                session.commit()
        except (UndefinedColumn, UndefinedTable) as fault:
            raise outdated_read_models(models) from fault
        except (OperationalError, IdleInTransactionSessionTimeout) as fault:
            raise ReadModelsUnavailable("The read models do not answer. Ask again soon.") from fault
        self.response.headers["Ledger-Position"] = sealed(self.desk, position)

    def _await(self, models: Sequence[str], wanted: int) -> None:
        pool, patience = self.desk.runtime.read_models, self.wait.total_seconds()
        held = least_position(pool, models)
        # Whoever waits holds a thread: above the ceiling nobody waits.
        if held < wanted and self.desk.waiters.acquire(blocking=False):
            try:
                wait_until(pool, projections=models, position=wanted, within_seconds=patience)
            finally:
                self.desk.waiters.release()
            held = least_position(pool, models)
        if held < wanted:
            raise self._behind(held)

    def _behind(self, held: int) -> ProjectionBehind:
        with self.desk.runtime.read_models.connection() as session:
            row = session.execute(_BEHIND, (held + 1,)).fetchone()
        return ProjectionBehind(
            "The answer does not hold yet what you asked to see. Ask again in a second.",
            behind_seconds=row[0] if row else 0,
        )


def reader_of(
    desk: TheDesk,
    caller: Caller,
    response: Response,
    minimum: MinimumPosition = None,
    prefer: Preference = None,
) -> Reader:
    """The reader of a request. Refuses with PositionRefused."""
    return Reader(
        desk=desk,
        caller=caller,
        response=response,
        minimum=opened(desk, minimum),
        wait=patience(desk, prefer),
    )


TheReader = Annotated[Reader, Depends(reader_of)]

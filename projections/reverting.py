"""The way back from a rebuild: the tables that were live before, as long as they are kept."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, TypeAlias

from psycopg import Connection
from psycopg.rows import TupleRow
from psycopg.sql import SQL, Identifier
from psycopg_pool import ConnectionPool

from application.log import Log
from projections.aligning import bring_to
from projections.building import sole_rebuild
from projections.errors import RetiredOutdated
from projections.kernel import Projection
from projections.left_standing import Parked, parked_now
from projections.positions import positions_of
from projections.stepping import Stepper
from projections.switching import (
    RETIRED,
    check_retired,
    drop_retired,
    exchange,
    held_still,
    made_alike,
    patiently,
)

Pool: TypeAlias = ConnectionPool[Connection[TupleRow]]
BATCH: Final = 4_000
LET_GO: Final = """
SELECT EXISTS (
    SELECT FROM work.dead_letters AS l, {} AS v
    WHERE v.projection = %s AND l.projections @> ARRAY[v.projection]
        AND l.closed_at > v.retired_at AND l.parked_at < v.retired_at
)
"""


def refuse_let_go(connection: Connection[TupleRow], model: Projection) -> None:
    """Refuse with RetiredOutdated where a parked account was let go since: its events went into the
    tables that are live now, and into no others.
    """
    query = SQL(LET_GO).format(Identifier(RETIRED, "versions"))
    if connection.execute(query, (model.name,)).fetchone() == (True,):
        raise RetiredOutdated(
            f"A parked account was let go since the tables of {model.name} were retired, and they"
            " have nothing of it. Rebuild the model instead.",
            name=model.name,
        )


@dataclass(frozen=True, slots=True)
class Reverter:
    """`pool` connects as `dynasty_projector`."""

    log: Log
    pool: Pool
    batch: int = BATCH

    def revert(self, model: Projection) -> int:
        """Bring the retired tables up to date and let them change places with the live ones.

        What was live is retired then: reverting again goes forth again. Returns the position of the
        model. Refuses with RebuildRunning, NothingRetired, or RetiredOutdated where this release
        cannot write the tables; and as a step does.
        """
        with self.pool.connection() as connection, sole_rebuild(connection):
            check_retired(connection, model)
            if not made_alike(connection, [model], schema=RETIRED):
                raise RetiredOutdated(
                    f"The retired tables of {model.name} have a shape that this release does not"
                    " write. Run the release that made them and revert with it, or rebuild.",
                    name=model.name,
                )
            # In this order: an account that is let go in between is seen by one of the two.
            parked = parked_now(connection, [model.name])
            refuse_let_go(connection, model)
            stepper = Stepper(self.log, models=[model], schema=RETIRED)
            stepper.reach(connection, self.log.head(), limit=self.batch)
            return patiently(lambda: self._switch(connection, model, parked))

    def drop(self, model: Projection) -> None:
        """Remove the retired tables. Refuses with RebuildRunning or NothingRetired."""
        with self.pool.connection() as connection, sole_rebuild(connection):
            check_retired(connection, model)
            with connection.transaction(), connection.cursor() as cursor:
                drop_retired(cursor, model)

    def _switch(self, connection: Connection[TupleRow], model: Projection, parked: Parked) -> int:
        with connection.transaction(), connection.cursor() as cursor:
            live = held_still(cursor, [model.name])
            bring_to(
                connection, self.log, [model], live, schema=RETIRED, parked=parked, batch=self.batch
            )
            reached = positions_of(connection, [model.name], schema=RETIRED)
            exchange(cursor, model, schema=RETIRED)
        return reached[model.name]

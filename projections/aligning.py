"""A build brought to exactly where the live models are, and the two compared there."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from queue import SimpleQueue
from typing import Any, Final, TypeAlias

from psycopg import Connection
from psycopg.rows import TupleRow
from psycopg.sql import SQL, Literal
from psycopg_pool import ConnectionPool

from application.log import Log
from projections.comparing import Comparison, compare
from projections.kernel import Projection
from projections.lanes import ALL_LANES
from projections.left_standing import Parked, insist_on_the_same, parked_now
from projections.positions import Places, places_of
from projections.search_path import LIVE
from projections.stepping import Stepper
from projections.switching import held_still

Pool: TypeAlias = ConnectionPool[Connection[TupleRow]]
BATCH: Final = 4_000
LOOKERS: Final = 2
UNHURRIED: Final = "SET LOCAL statement_timeout = 0"
ONE_SIGHT: Final = "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY"


def bring_to(
    connection: Connection[Any],
    log: Log,
    models: Sequence[Projection],
    places: Places,
    *,
    schema: str,
    parked: Parked,
    batch: int = BATCH,
) -> None:
    """Step a build to where the live models are in each lane. Where it is ahead it stays.

    Refuses with PositionMoved where other accounts are `parked` by now.
    """
    names = [model.name for model in models]
    known = {(letter, name) for letter, name in parked if name in names}
    insist_on_the_same(known, parked_now(connection, names))
    for together, positions in _together(models, places).items():
        for position in sorted(set(positions)):
            lanes = [lane for lane in ALL_LANES if positions[lane] == position]
            stepper = Stepper(log, models=together, schema=schema, lanes=lanes)
            while stepper.step(connection, limit=batch, last=position).events:
                pass
    insist_on_the_same(known, parked_now(connection, names))


def compared(
    building: Connection[TupleRow],
    pool: Pool,
    log: Log,
    models: Sequence[Projection],
    *,
    schema: str,
    parked: Parked,
) -> Sequence[Comparison] | None:
    """Compare a build with the live models at one position; None where it is ahead of them.

    The live ones are held only until the build has caught up and both are in sight. From there on
    they are looked at as they were at that moment, and go on. Gives up with LockNotAvailable.
    """
    names = [model.name for model in models]
    with ExitStack() as stack:
        with still(pool, names) as places:
            bring_to(building, log, models, places, schema=schema, parked=parked)
            built = places_of(building, names, schema=schema)
            if any(built[each].position != place.position for each, place in places.items()):
                return None
            lookers = [stack.enter_context(_looking(pool)) for _ in range(LOOKERS)]
            first, *others = lookers
            # The first look decides what is seen for the rest of the transaction, by all of them.
            ((sight,),) = first.execute("SELECT pg_export_snapshot()").fetchall()
            for each in others:
                each.execute(SQL("SET TRANSACTION SNAPSHOT {}").format(Literal(sight)))
                places_of(each, names)
        return _compared(lookers, models, schema)


def _compared(
    lookers: Sequence[Connection[TupleRow]], models: Sequence[Projection], schema: str
) -> Sequence[Comparison]:
    """Each looks at one model after the other; the models stay in their order."""
    free: SimpleQueue[Connection[TupleRow]] = SimpleQueue()
    for each in lookers:
        free.put(each)

    def look(model: Projection) -> Sequence[Comparison]:
        looking = free.get()
        try:
            return compare(looking, model, live=LIVE, built=schema)
        finally:
            free.put(looking)

    with ThreadPoolExecutor(len(lookers)) as threads:
        return [each for pair in threads.map(look, models) for each in pair]


@contextmanager
def _looking(pool: Pool) -> Iterator[Connection[TupleRow]]:
    with pool.connection() as connection, connection.transaction():
        connection.execute(ONE_SIGHT)
        connection.execute(UNHURRIED)
        yield connection


@contextmanager
def still(pool: Pool, names: Sequence[str]) -> Iterator[Places]:
    """Hold the live models where they are for the length of the block: nobody projects then."""
    with pool.connection() as holding, holding.transaction(), holding.cursor() as cursor:
        yield held_still(cursor, names)


def _together(
    models: Sequence[Projection], places: Places
) -> Mapping[tuple[Projection, ...], Sequence[int]]:
    """Models that are at the same position in each lane move together."""
    found: dict[tuple[int, ...], list[Projection]] = {}
    for model in models:
        where = tuple(places[model.name, lane].position for lane in ALL_LANES)
        found.setdefault(where, []).append(model)
    return {tuple(group): where for where, group in found.items()}

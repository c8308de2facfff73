"""Read models built anew beside the live ones, then put in their place in one transaction.

Queries are answered throughout. A rebuild that is killed leaves a schema behind, which nobody reads
and the next rebuild drops.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import groupby
from time import sleep
from typing import Any, Final, TypeAlias

from psycopg import Connection
from psycopg.errors import LockNotAvailable
from psycopg.rows import TupleRow
from psycopg.sql import SQL, Identifier
from psycopg_pool import ConnectionPool

from application.log import Log
from projections.checking import check_tables
from projections.comparing import Comparison, compare
from projections.dead_letters import standing_letters
from projections.errors import RebuildRunning
from projections.kernel import Projection
from projections.lanes import ALL_LANES
from projections.positions import Places, places_of, positions_of
from projections.schema import POSITIONS, make_indexes, make_tables
from projections.search_path import LIVE, use_schema
from projections.stepping import Stepper
from projections.withholding import insist_on_the_same, settle_letters

Pool: TypeAlias = ConnectionPool[Connection[TupleRow]]
Progress: TypeAlias = Callable[[int, int], None]
"""Told the position reached and the position to reach."""

# Any constant will do, as long as every release has the same.
REBUILD_LOCK: Final = 4_217_004
BUILD_PREFIX: Final = "read_build_"
BATCH: Final = 4_000
# Less than a second: the switch must give way before a reader is taken for its deadlock.
SWITCH_PATIENCE: Final = "700ms"
SWITCH_ATTEMPTS_MAX: Final = 60
SWITCH_PAUSE_SECONDS: Final = 0.25
UNHURRIED: Final = "SET LOCAL statement_timeout = 0"
TAKE_OVER: Final = """
UPDATE positions SET position = %s, definition = %s, updated_at = clock_timestamp()
WHERE projection = %s
"""


@dataclass(frozen=True, slots=True)
class Rebuilder:
    """`pool` connects as `dynasty_projector`."""

    log: Log
    pool: Pool
    batch: int = BATCH

    def rebuild(self, models: Sequence[Projection], *, progress: Progress) -> int:
        """Build the models from the first event on and switch to them; return their position.

        They end at the head of the log, or where the live ones are. Refuses with RebuildRunning,
        ReadModelsMissing or PoisonEvent; the live ones stay as they are then.
        """
        with self._building(models) as (connection, schema):
            stepper = Stepper(self.log, models=models, schema=schema)
            head = self.log.head()
            self._advance(connection, stepper, head, progress)
            for model in models:
                with connection.transaction(), connection.cursor() as cursor:
                    cursor.execute(UNHURRIED)
                    use_schema(cursor, schema)
                    make_indexes(cursor, model)
            self._advance(connection, stepper, self.log.head(), progress)
            return self._switch(connection, stepper, models, schema)

    def check(self, models: Sequence[Projection], *, progress: Progress) -> Sequence[Comparison]:
        """Build the models beside the live ones and compare the two at one position.

        The live ones stay; they stand still while they are compared. Refuses as `rebuild` does.
        """
        found: list[Comparison] = []
        for group in self._by_position(models):
            with self._building(group) as (connection, schema):
                stepper = Stepper(self.log, models=group, schema=schema)
                live = min(positions_of(connection, _names(group)).values())
                self._advance(connection, stepper, live, progress)
                with connection.transaction():
                    connection.execute(UNHURRIED)
                    held = places_of(connection, _names(group), lock=True)
                    for lanes, position in _lanes_by_position(held):
                        there = Stepper(self.log, models=group, schema=schema, lanes=lanes)
                        self._advance(connection, there, position, progress)
                    insist_on_the_same(
                        stepper.withheld, standing_letters(connection, _names(group))
                    )
                    for model in group:
                        found += compare(connection, model, live=LIVE, built=schema)
        return found

    def _by_position(self, models: Sequence[Projection]) -> Sequence[Sequence[Projection]]:
        """Models at one position move together, so that their builds can be held at one, too."""
        with self.pool.connection() as connection:
            check_tables(connection, models=models)
            places = places_of(connection, _names(models))

        def where(model: Projection) -> list[int]:
            return [places[model.name, lane].position for lane in ALL_LANES]

        return [list(group) for _, group in groupby(sorted(models, key=where), where)]

    @contextmanager
    def _building(self, models: Sequence[Projection]) -> Iterator[tuple[Connection[TupleRow], str]]:
        """A schema with the models' tables, empty; dropped at the end, if it is still there."""
        name = models[0].name if len(models) == 1 else "all"
        schema = f"{BUILD_PREFIX}{name}"
        with self.pool.connection() as connection, _sole_rebuild(connection):
            check_tables(connection, models=models)
            _drop_left_over(connection)
            with connection.transaction(), connection.cursor() as cursor:
                cursor.execute(SQL("CREATE SCHEMA {}").format(Identifier(schema)))
                use_schema(cursor, schema)
                cursor.execute(POSITIONS)
                for model in models:
                    make_tables(cursor, model)
            try:
                yield connection, schema
            finally:
                if not connection.closed:
                    _drop_left_over(connection)

    def _advance(
        self, connection: Connection[TupleRow], stepper: Stepper, last: int, progress: Progress
    ) -> None:
        while True:
            stepped = stepper.step(connection, limit=self.batch, last=last)
            progress(stepped.position, last)
            if not stepped.events:
                return

    def _switch(
        self,
        connection: Connection[TupleRow],
        stepper: Stepper,
        models: Sequence[Projection],
        schema: str,
    ) -> int:
        """Try until no reader is in the way; readers wait for moments, and are never refused."""
        for attempt in range(1, SWITCH_ATTEMPTS_MAX + 1):
            try:
                return self._switch_now(connection, stepper, models, schema)
            except LockNotAvailable:
                if attempt == SWITCH_ATTEMPTS_MAX:
                    raise
                stepper.forget()
                sleep(SWITCH_PAUSE_SECONDS)
        raise AssertionError("the last attempt switches or raises")

    def _switch_now(
        self,
        connection: Connection[TupleRow],
        stepper: Stepper,
        models: Sequence[Projection],
        schema: str,
    ) -> int:
        names = _names(models)
        with connection.transaction(), connection.cursor() as cursor:
            cursor.execute("SELECT set_config('lock_timeout', %s, true)", (SWITCH_PATIENCE,))
            # From here to the commit the projector waits, so the build can reach the live rows.
            live = positions_of(connection, names, lock=True)
            self._advance(connection, stepper, max(live.values()), lambda _, __: None)
            reached = positions_of(connection, names, schema=schema)
            use_schema(cursor, LIVE)
            settle_letters(connection, cursor, stepper.withheld, names)
            for model in models:
                for table in model.ddl.names:
                    cursor.execute(SQL("DROP TABLE IF EXISTS {}").format(Identifier(table)))
                    move = SQL("ALTER TABLE {} SET SCHEMA {}")
                    cursor.execute(move.format(Identifier(schema, table), Identifier(LIVE)))
                cursor.execute(TAKE_OVER, (reached[model.name], model.ddl.definition, model.name))
        return min(reached.values())


def _lanes_by_position(places: Places) -> Sequence[tuple[Sequence[int], int]]:
    """The lanes at each position, first those that are furthest behind."""
    reached = {lane: place.position for (_, lane), place in places.items()}
    return [
        ([lane for lane, position in reached.items() if position == each], each)
        for each in sorted(set(reached.values()))
    ]


def _names(models: Sequence[Projection]) -> Sequence[str]:
    return [model.name for model in models]


@contextmanager
def _sole_rebuild(connection: Connection[Any]) -> Iterator[None]:
    row = connection.execute("SELECT pg_try_advisory_lock(%s)", (REBUILD_LOCK,)).fetchone()
    if row != (True,):
        raise RebuildRunning("Another rebuild is at work on this database; wait until it ends.")
    try:
        yield
    finally:
        if not connection.closed:
            connection.execute("SELECT pg_advisory_unlock(%s)", (REBUILD_LOCK,))


def _drop_left_over(connection: Connection[Any]) -> None:
    """What rebuilds have left; the rebuild lock says that none of it is in use."""
    pattern = BUILD_PREFIX.replace("_", r"\_") + "%"
    found = connection.execute("SELECT nspname FROM pg_namespace WHERE nspname LIKE %s", (pattern,))
    for (schema,) in found.fetchall():
        connection.execute(SQL("DROP SCHEMA {} CASCADE").format(Identifier(schema)))

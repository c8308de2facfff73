"""The place in which read models are built, begun once and found again after a kill."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any, Final, TypeAlias
from uuid import uuid4

from psycopg import Connection, Cursor
from psycopg.rows import TupleRow
from psycopg.sql import SQL, Identifier
from psycopg_pool import ConnectionPool

from projections.errors import RebuildRunning
from projections.kernel import Projection
from projections.loading import StreamLog
from projections.positions import positions_of
from projections.rebuilds import (
    Rebuild,
    end,
    find_rebuild,
    insert_rebuild,
    open_rebuild,
)
from projections.schema import POSITIONS, VERSIONS, make_tables
from projections.search_path import use_schema

Pool: TypeAlias = ConnectionPool[Connection[TupleRow]]

# Any constant will do, as long as every release has the same.
REBUILD_LOCK: Final = 4_217_004
BUILD_PREFIX: Final = "read_build_"
RANGE_EVENTS: Final = 10_000
RANGE_EVENTS_MIN: Final = 2_000
RANGES_WANTED: Final = 64
"""Of a short log ranges are smaller: whoever is done with the last one waits for the others."""

AT_ONCE: Final = 2
LOADED: Final = "UPDATE positions SET position = %s, updated_at = clock_timestamp()"
# A third of the usual sample is taken in a third of the time, and says enough of keys and times.
UNHURRIED: Final = """
SELECT set_config(name, value, true) FROM (VALUES
    ('statement_timeout', '0'), ('lock_timeout', '0'), ('maintenance_work_mem', '128MB'),
    ('default_statistics_target', '33')
) AS s(name, value)
"""


@contextmanager
def sole_rebuild(connection: Connection[Any]) -> Iterator[None]:
    """Nobody else rebuilds, reverts or drops during the block. Refuses with RebuildRunning."""
    row = connection.execute("SELECT pg_try_advisory_lock(%s)", (REBUILD_LOCK,)).fetchone()
    if row != (True,):
        raise RebuildRunning("Another rebuild is at work on this database; wait until it ends.")
    try:
        yield
    finally:
        if not connection.closed:
            connection.execute("SELECT pg_advisory_unlock(%s)", (REBUILD_LOCK,))


def begun(
    connection: Connection[Any],
    log: StreamLog,
    models: Sequence[Projection],
    *,
    range_events: int | None,
    throttle: int | None,
    restart: bool,
) -> Rebuild:
    """The rebuild of these models that was left, or a new one. Any other that was left is dropped.

    The rebuild lock must be held: it says that nobody minds the one that was left.
    """
    left = open_rebuild(connection)
    if left is not None and not restart and left.is_of(models):
        return left
    if left is not None:
        end(connection, left.rebuild_id, "abandoned")
    drop_builds(connection)
    rebuild_id = uuid4()
    schema = f"{BUILD_PREFIX}{rebuild_id.hex[:12]}"
    head = _head(connection, log, models)
    events = range_events or min(RANGE_EVENTS, max(RANGE_EVENTS_MIN, head // RANGES_WANTED))
    ranges = log.ranges(events=events, last_seq=head)
    with connection.transaction(), connection.cursor() as cursor:
        make_build(cursor, models, schema=schema)
        insert_rebuild(
            cursor, rebuild_id, schema=schema, models=models, head=head, throttle=throttle,
            ranges=ranges,
        )  # fmt: skip
    return find_rebuild(connection, rebuild_id)


def make_build(cursor: Cursor[Any], models: Sequence[Projection], *, schema: str) -> None:
    """Make a schema with the models' tables, empty and without indexes."""
    cursor.execute(SQL("CREATE SCHEMA {}").format(Identifier(schema)))
    use_schema(cursor, schema)
    cursor.execute(POSITIONS)
    cursor.execute(VERSIONS)
    for model in models:
        make_tables(cursor, model)


def loaded(cursor: Cursor[Any], schema: str, head: int) -> None:
    """All ranges are in: the build is at the position up to which they were loaded."""
    use_schema(cursor, schema)
    cursor.execute(LOADED, (head,))


def index(pool: Pool, models: Sequence[Projection], *, schema: str) -> None:
    """Make the indexes that are not there yet, several at once; then look at the rows, so that
    queries are planned well from the first on.
    """
    indexes = [each for model in models for each in model.ddl.each_index]
    looks = [f"ANALYZE {table}" for model in models for table in model.ddl.names]
    with ThreadPoolExecutor(AT_ONCE) as threads:
        # First all of the one kind: on one table they would wait for each other.
        for statements in (indexes, looks):
            for done in [threads.submit(_run, pool, each, schema) for each in statements]:
                done.result()


def drop_builds(connection: Connection[Any], *, keep: str = "") -> None:
    """Drop what rebuilds have left. The rebuild lock must be held: nobody minds them."""
    pattern = BUILD_PREFIX.replace("_", r"\_") + "%"
    found = connection.execute("SELECT nspname FROM pg_namespace WHERE nspname LIKE %s", (pattern,))
    for (schema,) in found.fetchall():
        if schema != keep:
            connection.execute(SQL("DROP SCHEMA {} CASCADE").format(Identifier(schema)))


def _head(connection: Connection[Any], log: StreamLog, models: Sequence[Projection]) -> int:
    """Up to where whole streams are loaded: the rest is stepped, which takes longer.

    Live models that follow the log closely are not overtaken, so that the two can be compared.
    """
    head = log.head()
    names = [model.name for model in models]
    least = min(positions_of(connection, names).values())
    return least if head - least <= head // 10 else head


def _run(pool: Pool, statement: str, schema: str) -> None:
    with pool.connection() as connection, connection.transaction(), connection.cursor() as cursor:
        cursor.execute(UNHURRIED)
        use_schema(cursor, schema)
        cursor.execute(statement.encode(), prepare=False)

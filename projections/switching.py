"""Tables of a read model taken into the place of the live ones, and those kept for a way back.

Each function is part of one transaction, which holds the positions of the live models: nobody
projects meanwhile, and whoever reads sees the one or the other.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from time import sleep
from typing import Any, Final, TypeVar

from psycopg import Connection, Cursor
from psycopg.errors import LockNotAvailable
from psycopg.sql import SQL, Identifier

from projections.checking import is_complete
from projections.errors import NothingRetired
from projections.kernel import Projection, Row
from projections.lanes import ALL_LANES
from projections.positions import Places, places_of
from projections.schema import POSITIONS, VERSIONS
from projections.search_path import LIVE, use_schema

Found = TypeVar("Found")

RETIRED: Final = "read_retired"
"""Where the tables stay that were live before the last switch of each model."""

SCRATCH: Final = "read_scratch"
# Less than a second: the switch must give way before a reader is taken for its deadlock.
PATIENCE: Final = "700ms"
TABLE_EXISTS: Final = "SELECT to_regclass(%s) IS NOT NULL"
ATTEMPTS_MAX: Final = 60
PAUSE_SECONDS: Final = 0.25
SWAP_POSITIONS: Final = """
WITH live AS (SELECT * FROM {live} WHERE projection = %(name)s),
other AS (SELECT * FROM {other} WHERE projection = %(name)s),
kept AS (
    UPDATE {other} AS p
    SET position = live.position, definition = live.definition, updated_at = clock_timestamp()
    FROM live WHERE p.projection = live.projection AND p.lane = live.lane
)
UPDATE {live} AS p
SET position = other.position, definition = other.definition, updated_at = clock_timestamp()
FROM other WHERE p.projection = other.projection AND p.lane = other.lane
"""
MOVE_POSITIONS: Final = """
INSERT INTO {to} (projection, lane, position, definition)
SELECT projection, lane, position, definition FROM {source} WHERE projection = %s
"""
TAKE_VERSION: Final = "DELETE FROM {} WHERE projection = %s RETURNING version, made_at"
PUT_VERSION: Final = """
INSERT INTO {} (projection, version, made_at, retired_at)
VALUES (%s, %s, %s, CASE WHEN %s THEN clock_timestamp() END)
"""


def held_still(
    cursor: Cursor[Any], names: Sequence[str], *, lanes: Collection[int] = ALL_LANES
) -> Places:
    """Where the live models are; there they stay until the transaction ends. Gives up early."""
    cursor.execute("SELECT set_config('lock_timeout', %s, true)", (PATIENCE,))
    return places_of(cursor.connection, names, lanes=lanes, lock=True)


def take_in(cursor: Cursor[Any], models: Sequence[Projection], *, schema: str) -> None:
    """Put the tables of a schema in the place of the live ones, which are retired."""
    make_retired(cursor)
    for model in models:
        exchange(cursor, model, schema=schema)
        drop_retired(cursor, model)
        _move(cursor, model, source=schema, to=RETIRED)
        places = {
            name: Identifier(each, "positions")
            for name, each in (("to", RETIRED), ("source", schema))
        }
        cursor.execute(SQL(MOVE_POSITIONS).format(**places), (model.name,))
        _put_version(cursor, model, RETIRED, _taken_version(cursor, model, schema))


def exchange(cursor: Cursor[Any], model: Projection, *, schema: str) -> None:
    """Let the live tables and those of a schema change places, with positions and versions."""
    with _scratch(cursor):
        _move(cursor, model, source=LIVE, to=SCRATCH)
        _move(cursor, model, source=schema, to=LIVE)
        _move(cursor, model, source=SCRATCH, to=schema)
    places = {"live": Identifier(LIVE, "positions"), "other": Identifier(schema, "positions")}
    cursor.execute(SQL(SWAP_POSITIONS).format(**places), {"name": model.name})
    was_live, was_other = (_taken_version(cursor, model, each) for each in (LIVE, schema))
    _put_version(cursor, model, LIVE, was_other)
    _put_version(cursor, model, schema, was_live)


def drop_retired(cursor: Cursor[Any], model: Projection) -> None:
    """Remove a model's retired tables, if there are any."""
    for table in model.ddl.names:
        cursor.execute(SQL("DROP TABLE IF EXISTS {}").format(Identifier(RETIRED, table)))
    for table in ("positions", "versions"):
        forget = SQL("DELETE FROM {} WHERE projection = %s").format(Identifier(RETIRED, table))
        cursor.execute(forget, (model.name,))


def make_retired(cursor: Cursor[Any]) -> None:
    """Make the place for retired tables, unless it is there."""
    cursor.execute(SQL("CREATE SCHEMA IF NOT EXISTS {}").format(Identifier(RETIRED)))
    use_schema(cursor, RETIRED)
    cursor.execute(POSITIONS)
    cursor.execute(VERSIONS)


def check_retired(connection: Connection[Any], model: Projection) -> None:
    """Refuse with NothingRetired unless all that a way back needs is there."""
    with connection.transaction(), connection.cursor() as cursor:
        is_there = cursor.execute(TABLE_EXISTS, (f"{RETIRED}.positions",)).fetchone() == (True,)
        use_schema(cursor, RETIRED)
        if not is_there or not is_complete(cursor, model):
            raise NothingRetired(
                f"No earlier tables of {model.name} are kept: it was not rebuilt, or they were"
                " dropped. `dynasty projections status` shows of which models there are any.",
                name=model.name,
            )


def names_retired(connection: Connection[Any]) -> Collection[str]:
    """The models of which earlier tables are kept."""
    if connection.execute(TABLE_EXISTS, (f"{RETIRED}.positions",)).fetchone() != (True,):
        return ()
    query = SQL("SELECT DISTINCT projection FROM {}").format(Identifier(RETIRED, "positions"))
    return {name for (name,) in connection.execute(query).fetchall()}


def made_alike(
    connection: Connection[Any], models: Sequence[Projection], *, schema: str = LIVE
) -> Sequence[Projection]:
    """The models whose tables in a schema have the shape that this release writes."""
    query = SQL("SELECT DISTINCT projection, definition FROM {}").format(
        Identifier(schema, "positions")
    )
    shapes = dict(connection.execute(query).fetchall())
    return [model for model in models if shapes.get(model.name) == model.ddl.definition]


def versions_in(connection: Connection[Any], *, schema: str) -> Mapping[str, str]:
    """The version by which each model's tables in a schema were made, where that was kept."""
    query = SQL("SELECT projection, version FROM {}").format(Identifier(schema, "versions"))
    return dict(connection.execute(query).fetchall())


def patiently(action: Callable[[], Found]) -> Found:
    """Try until nobody is in the way; who reads waits for moments, and is never refused."""
    for _ in range(ATTEMPTS_MAX - 1):
        try:
            return action()
        except LockNotAvailable:
            sleep(PAUSE_SECONDS)
    return action()


@contextmanager
def _scratch(cursor: Cursor[Any]) -> Iterator[None]:
    cursor.execute(SQL("CREATE SCHEMA {}").format(Identifier(SCRATCH)))
    yield
    cursor.execute(SQL("DROP SCHEMA {}").format(Identifier(SCRATCH)))


def _taken_version(cursor: Cursor[Any], model: Projection, schema: str) -> Row | None:
    """A release before this one kept none."""
    take = SQL(TAKE_VERSION).format(Identifier(schema, "versions"))
    return cursor.execute(take, (model.name,)).fetchone()


def _put_version(cursor: Cursor[Any], model: Projection, schema: str, version: Row | None) -> None:
    if version is not None:
        put = SQL(PUT_VERSION).format(Identifier(schema, "versions"))
        cursor.execute(put, (model.name, *version, schema == RETIRED))


def _move(cursor: Cursor[Any], model: Projection, *, source: str, to: str) -> None:
    for table in model.ddl.names:
        move = SQL("ALTER TABLE IF EXISTS {} SET SCHEMA {}")
        cursor.execute(move.format(Identifier(source, table), Identifier(to)))

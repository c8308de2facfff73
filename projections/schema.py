"""The making of the tables.

A command calls `create_read_models`, never the start of a process.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from psycopg import Connection, Cursor
from psycopg.sql import SQL, Identifier

from projections.checking import has_lanes, is_complete
from projections.kernel import Projection
from projections.lanes import ALL_LANES, LANES
from projections.read_models import READ_MODELS
from projections.search_path import LIVE, use_schema
from projections.versions import version_of

# Any constant will do, as long as every release has the same.
CREATION_LOCK: Final = 4_217_002
POSITIONS: Final = f"""
CREATE TABLE IF NOT EXISTS positions (
    projection text NOT NULL,
    lane smallint NOT NULL CHECK (lane >= 0 AND lane < {LANES}),
    position bigint NOT NULL CHECK (position >= 0),
    epoch bigint NOT NULL DEFAULT 0,
    parkings bigint NOT NULL DEFAULT 0,
    updated_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    definition text NOT NULL,
    PRIMARY KEY (projection, lane)
) WITH (fillfactor = 30)
"""
VERSIONS: Final = """
CREATE TABLE IF NOT EXISTS versions (
    projection text PRIMARY KEY,
    version text NOT NULL,
    made_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    retired_at timestamptz
)
"""
SET_VERSION: Final = """
INSERT INTO versions (projection, version) VALUES (%s, %s)
ON CONFLICT (projection) DO UPDATE SET version = excluded.version, made_at = excluded.made_at
"""
BEGIN_AT_ZERO: Final = """
INSERT INTO positions (projection, lane, position, definition, epoch, parkings)
SELECT %s, each.lane, 0, %s, coalesce(max(p.epoch), 0), coalesce(max(p.parkings), 0)
FROM unnest(%s::smallint[]) AS each (lane) LEFT JOIN positions AS p ON p.lane = each.lane
GROUP BY each.lane
ON CONFLICT (projection, lane) DO UPDATE
SET position = 0, definition = excluded.definition, updated_at = clock_timestamp()
"""
INTO_LANES: Final = """
INSERT INTO positions (projection, lane, position, updated_at, definition)
SELECT projection, lane, position, updated_at, definition
FROM positions_without_lanes CROSS JOIN unnest(%s::smallint[]) AS lane
"""


def create_read_models(
    connection: Connection[Any], *, models: Sequence[Projection] = READ_MODELS
) -> Sequence[str]:
    """Make the tables that are missing, empty and at position 0; return the models they are of.

    The database must be migrated, the login a member of `dynasty_projector`. Calling it again, or
    from two places at once, changes nothing.
    """
    with connection.transaction(), connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", (CREATION_LOCK,))
        cursor.execute("SET LOCAL ROLE dynasty_projector")
        use_schema(cursor, LIVE)
        cursor.execute(POSITIONS)
        cursor.execute(VERSIONS)
        if not has_lanes(cursor):
            _bring_into_lanes(cursor)
        missing = [model for model in models if not is_complete(cursor, model)]
        for model in missing:
            for table in model.ddl.names:
                cursor.execute(SQL("DROP TABLE IF EXISTS {}").format(Identifier(table)))
            make_tables(cursor, model)
            make_indexes(cursor, model)
    return [model.name for model in missing]


def _bring_into_lanes(cursor: Cursor[Any]) -> None:
    """Positions of a release that had one for each model: its place in the log is every lane's."""
    cursor.execute("ALTER TABLE positions RENAME TO positions_without_lanes")
    cursor.execute("ALTER INDEX positions_pkey RENAME TO positions_without_lanes_pkey")
    cursor.execute(POSITIONS)
    cursor.execute(INTO_LANES, (list(ALL_LANES),))
    cursor.execute("DROP TABLE positions_without_lanes")


def make_tables(cursor: Cursor[Any], model: Projection) -> None:
    """Make a model's tables in the schema in use, with keys and without indexes, at position 0."""
    cursor.execute(model.ddl.tables.encode(), prepare=False)
    cursor.execute(BEGIN_AT_ZERO, (model.name, model.ddl.definition, list(ALL_LANES)))
    cursor.execute(SET_VERSION, (model.name, version_of(model)))


def make_indexes(cursor: Cursor[Any], model: Projection) -> None:
    """Make a model's indexes in the schema in use."""
    for statement in model.ddl.each_index:
        cursor.execute(statement.encode(), prepare=False)

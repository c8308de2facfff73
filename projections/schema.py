"""The making of the tables.

A command calls `create_read_models`, never the start of a process.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from psycopg import Connection, Cursor
from psycopg.sql import SQL, Identifier

from projections.checking import is_complete
from projections.kernel import Projection
from projections.read_models import READ_MODELS
from projections.search_path import LIVE, use_schema

# Any constant will do, as long as every release has the same.
CREATION_LOCK: Final = 4_217_002
POSITIONS: Final = """
CREATE TABLE IF NOT EXISTS positions (
    projection text PRIMARY KEY,
    position bigint NOT NULL CHECK (position >= 0),
    updated_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    definition text NOT NULL
) WITH (fillfactor = 10)
"""
BEGIN_AT_ZERO: Final = """
INSERT INTO positions (projection, position, definition) VALUES (%s, 0, %s)
ON CONFLICT (projection) DO UPDATE
SET position = 0, definition = excluded.definition, updated_at = clock_timestamp()
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
        missing = [model for model in models if not is_complete(cursor, model)]
        for model in missing:
            for table in model.ddl.names:
                cursor.execute(SQL("DROP TABLE IF EXISTS {}").format(Identifier(table)))
            make_tables(cursor, model)
            make_indexes(cursor, model)
    return [model.name for model in missing]


def make_tables(cursor: Cursor[Any], model: Projection) -> None:
    """Make a model's tables in the schema in use, with keys and without indexes, at position 0."""
    cursor.execute(model.ddl.tables.encode(), prepare=False)
    cursor.execute(BEGIN_AT_ZERO, (model.name, model.ddl.definition))


def make_indexes(cursor: Cursor[Any], model: Projection) -> None:
    """Make a model's indexes in the schema in use."""
    if model.ddl.indexes:
        cursor.execute(model.ddl.indexes.encode(), prepare=False)

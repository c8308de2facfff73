"""The refusal to work without tables, or with those of another release."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from psycopg import Connection, Cursor
from psycopg.sql import SQL, Identifier

from projections.errors import ReadModelOutdated, ReadModelsMissing
from projections.kernel import Projection
from projections.lanes import LANES
from projections.read_models import READ_MODELS
from projections.search_path import LIVE, use_schema

LANE_COLUMN: Final = """
SELECT EXISTS (
    SELECT FROM pg_attribute WHERE attrelid = to_regclass('positions') AND attname = 'lane'
)
"""


def check_tables(
    connection: Connection[Any], *, models: Sequence[Projection] = READ_MODELS
) -> None:
    """Refuse with ReadModelsMissing unless every table is there."""
    with connection.transaction(), connection.cursor() as cursor:
        use_schema(cursor, LIVE)
        kept = _exists(cursor, "positions") and _exists(cursor, "versions")
        if not kept or not has_lanes(cursor):
            raise missing_read_models(models)
        missing = [model for model in models if not is_complete(cursor, model)]
    if missing:
        raise missing_read_models(missing)


def check_read_models(
    connection: Connection[Any], *, models: Sequence[Projection] = READ_MODELS
) -> None:
    """Refuse with ReadModelsMissing or ReadModelOutdated unless the tables are there, and ours."""
    check_tables(connection, models=models)
    query = SQL("SELECT DISTINCT projection, definition FROM {}").format(
        Identifier(LIVE, "positions")
    )
    made = dict(connection.execute(query).fetchall())
    for model in models:
        if made[model.name] != model.ddl.definition:
            raise ReadModelOutdated(
                f"The tables of {model.name} were made by another release. Run `dynasty projections"
                f" rebuild {model.name}`; queries that need nothing new are answered meanwhile.",
                name=model.name,
            )


def missing_read_models(models: Sequence[Projection]) -> ReadModelsMissing:
    """The refusal that names what is not there."""
    names = [model.name for model in models]
    return ReadModelsMissing(
        f"The database has no tables for {', '.join(names)}. Run `dynasty migrate` first.",
        names=names,
    )


def outdated_read_models(names: Sequence[str]) -> ReadModelOutdated:
    """The refusal of a question that tables of another release cannot answer."""
    return ReadModelOutdated(
        f"The tables of {' or '.join(names)} were made by another release. An operator runs"
        " `dynasty projections rebuild --outdated`; then ask again.",
        names=list(names),
    )


def is_complete(cursor: Cursor[Any], model: Projection) -> bool:
    """Whether the schema in use has a model's position in every lane, and all its tables."""
    cursor.execute("SELECT count(*) FROM positions WHERE projection = %s", (model.name,))
    return cursor.fetchone() == (LANES,) and all(_exists(cursor, name) for name in model.ddl.names)


def has_lanes(cursor: Cursor[Any]) -> bool:
    """Whether the positions of the schema in use are kept by lane, as earlier releases did not."""
    cursor.execute(LANE_COLUMN)
    return cursor.fetchone() == (True,)


def _exists(cursor: Cursor[Any], table: str) -> bool:
    cursor.execute("SELECT to_regclass(%s) IS NOT NULL", (table,))
    return cursor.fetchone() == (True,)

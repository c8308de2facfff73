"""How far each read model is. A position moves only from where its mover believes it to be."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from psycopg import Connection, Cursor
from psycopg.sql import SQL, Identifier

from domain.errors import DomainError
from projections.search_path import LIVE

ADVANCE: Final = """
UPDATE positions SET position = %s, updated_at = clock_timestamp()
WHERE projection = ANY(%s) AND position = %s
"""


class PositionMoved(DomainError):
    """Another projector moved the read model meanwhile; this one has applied nothing."""

    code = "position-moved"


def positions_of(
    connection: Connection[Any], names: Sequence[str], *, schema: str = LIVE, lock: bool = False
) -> Mapping[str, int]:
    """The position of each named model; `lock` holds them still until the transaction ends."""
    query = SQL("SELECT projection, position FROM {} WHERE projection = ANY(%s){}").format(
        Identifier(schema, "positions"),
        SQL(" ORDER BY projection FOR UPDATE" if lock else ""),
    )
    return dict(connection.execute(query, (list(names),)).fetchall())


def advance(cursor: Cursor[Any], names: Sequence[str], *, expected: int, position: int) -> None:
    """Move the models of the schema in use. Refuses with PositionMoved; then nothing may stay."""
    cursor.execute(ADVANCE, (position, list(names), expected))
    if cursor.rowcount != len(names):
        raise PositionMoved(
            f"A read model of {', '.join(names)} is no longer at position {expected}: another"
            " projector is at work. Nothing was applied twice; look for the position again.",
            expected=expected,
        )

"""Whether two builds of a read model hold the same rows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from psycopg import Connection
from psycopg.sql import SQL, Composed, Identifier

from projections.kernel import Projection

ROWS_SHOWN: Final = 5
# Rows are compared as text; the sum of their hashes does not depend on their order.
TALLY: Final = """
SELECT count(*), coalesce(sum(hashtextextended(each::text, 0)::numeric), 0)::text FROM {} AS each
"""
ONLY_IN: Final = """
SELECT each::text FROM {} AS each EXCEPT ALL SELECT each::text FROM {} AS each
ORDER BY 1 LIMIT %s
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """One table in two schemas: rows, an order-free hash of them, and the first that differ."""

    table: str
    live_rows: int
    built_rows: int
    live_hash: str
    built_hash: str
    only_live: Sequence[str] = ()
    only_built: Sequence[str] = ()

    @property
    def same(self) -> bool:
        """Whether both hold the same rows."""
        return (self.live_rows, self.live_hash) == (self.built_rows, self.built_hash)


def compare(
    connection: Connection[Any], model: Projection, *, live: str, built: str
) -> Sequence[Comparison]:
    """Compare a model's tables in two schemas. Both must stand still and at one position."""
    return [_compare(connection, table, live=live, built=built) for table in model.ddl.names]


def _compare(connection: Connection[Any], table: str, *, live: str, built: str) -> Comparison:
    left, right = Identifier(live, table), Identifier(built, table)
    live_rows, live_hash = _tally(connection, left)
    built_rows, built_hash = _tally(connection, right)
    differ = (live_rows, live_hash) != (built_rows, built_hash)
    return Comparison(
        table=table,
        live_rows=live_rows,
        built_rows=built_rows,
        live_hash=live_hash,
        built_hash=built_hash,
        only_live=_only_in(connection, left, right) if differ else (),
        only_built=_only_in(connection, right, left) if differ else (),
    )


def _tally(connection: Connection[Any], table: Identifier) -> tuple[int, str]:
    ((rows, total),) = connection.execute(SQL(TALLY).format(table)).fetchall()
    return rows, total


def _only_in(connection: Connection[Any], one: Identifier, other: Identifier) -> Sequence[str]:
    query: Composed = SQL(ONLY_IN).format(one, other)
    return [text for (text,) in connection.execute(query, (ROWS_SHOWN,)).fetchall()]

"""Whether two builds of a read model hold the same rows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from psycopg import Connection
from psycopg.sql import SQL, Composed, Identifier

from domain.errors import DomainError
from projections.kernel import Projection

ROWS_SHOWN: Final = 5
# The sum of hashes does not depend on the order of rows. Numbers and JSON may be equal and yet look
# different, so these are hashed as they look.
TALLY: Final = """
SELECT count(*), coalesce(sum(hash_record_extended(ROW({}), 0)), 0)::text FROM {}
"""
LOOKED_AT: Final = ("numeric", "jsonb")
COLUMNS: Final = """
SELECT attname, atttypid::regtype::text FROM pg_attribute
WHERE attrelid = %s::regclass AND attnum > 0 AND NOT attisdropped ORDER BY attname
"""
ONLY_IN: Final = """
SELECT to_jsonb(each)::text FROM {} AS each
EXCEPT ALL
SELECT to_jsonb(each)::text FROM {} AS each
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


class RebuildDiffers(DomainError):
    """A build has other rows than the live model, and no change of its code says why."""

    code = "rebuild-differs"

    def __init__(self, sentence: str, /, *, compared: Sequence[Comparison]) -> None:
        super().__init__(sentence, tables=[each.table for each in compared if not each.same])
        self.compared = compared


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
    columns = connection.execute(COLUMNS, (table.as_string(connection),)).fetchall()
    values = [
        SQL("{}::text").format(Identifier(name)) if kind in LOOKED_AT else Identifier(name)
        for name, kind in columns
    ]
    query = SQL(TALLY).format(SQL(", ").join(values), table)
    ((rows, total),) = connection.execute(query).fetchall()
    return rows, total


def _only_in(connection: Connection[Any], one: Identifier, other: Identifier) -> Sequence[str]:
    query: Composed = SQL(ONLY_IN).format(one, other)
    return [text for (text,) in connection.execute(query, (ROWS_SHOWN,)).fetchall()]

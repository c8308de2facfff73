"""The few ways in which read models write: many rows with one statement."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Any, LiteralString

from psycopg import Cursor
from psycopg.sql import SQL, Composed, Identifier

from projections.copying import FORMAT, array_text, csv_of
from projections.kernel import Row


def copy_rows(
    cursor: Cursor[Any],
    table: str,
    columns: Sequence[str],
    rows: Sequence[Row],
    *,
    arrays: Sequence[str] = (),
) -> None:
    """Add rows that are new. A row whose key is there already is an error of the database.

    Only values of the columns named as `arrays` may be lists.
    """
    if not rows:
        return
    into = _into(table, tuple(columns))
    if lists := [columns.index(name) for name in arrays]:
        rows = [_with_texts(row, lists) for row in rows]
    csv = csv_of(rows)
    if csv is not None:
        with cursor.copy(SQL("{} {}").format(into, SQL(FORMAT))) as copy:
            copy.write(csv)
        return
    with cursor.copy(into) as copy:
        for row in rows:
            copy.write_row(row)


def _with_texts(row: Row, lists: Sequence[int]) -> Row:
    values = list(row)
    for place in lists:
        values[place] = None if row[place] is None else array_text(row[place])
    return tuple(values)


@cache
def _into(table: str, columns: tuple[str, ...]) -> Composed:
    names = SQL(", ").join(map(Identifier, columns))
    return SQL("COPY {} ({}) FROM STDIN").format(Identifier(table), names)


def replace_rows(
    cursor: Cursor[Any],
    table: str,
    columns: Sequence[str],
    rows: Sequence[Row],
    *,
    key: Sequence[tuple[str, LiteralString]],
) -> None:
    """Put rows in the place of those with the same key, names and types of which come first.

    Deleting and copying anew takes less than half the time of an upsert row by row.
    """
    if not rows:
        return
    names = SQL(", ").join(Identifier(name) for name, _ in key)
    arrays = SQL(", ").join(SQL("%s::" + kind + "[]") for _, kind in key)
    gone = SQL("DELETE FROM {} WHERE ({}) IN (SELECT * FROM unnest({}))").format(
        Identifier(table), names, arrays
    )
    keys = [[row[place] for row in rows] for place in range(len(key))]
    cursor.execute(gone, keys)
    copy_rows(cursor, table, columns, rows)

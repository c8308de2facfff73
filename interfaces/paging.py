"""A page of a read model as a statement, for the API and for the command line."""

from __future__ import annotations

from collections.abc import Sequence
from typing import LiteralString, TypeAlias

from psycopg.sql import SQL, Composed

Condition: TypeAlias = tuple[LiteralString, Sequence[object] | None]
"""A condition and its values; None in place of the values leaves it out."""


def paged(
    select: LiteralString, *conditions: Condition, order: LiteralString, limit: int
) -> tuple[Composed, Sequence[object]]:
    """The rows that meet every condition whose values are given; none may be None among them.

    A statement for each set of conditions, so that each has a plan of its own.
    """
    bound = [(SQL(text), values) for text, values in conditions if values is not None]
    where = [SQL("WHERE "), SQL(" AND ").join(text for text, _ in bound)] if bound else []
    query = SQL(select), *where, SQL(" ORDER BY "), SQL(order), SQL(" LIMIT %s")
    values = [value for _, values in bound for value in values]
    return Composed(query), [*values, limit]


def given(value: object) -> tuple[object] | None:
    """The one value of a condition, or no condition."""
    return None if value is None else (value,)

"""Pages of a selection of the log, as statements."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, Final

from psycopg.sql import SQL, Composed

from application.log import LogSelection
from infrastructure.event_store.rows import COLUMNS

# The bound of the archive comes with the rows, out of one snapshot, and comes where no row does.
PAGE: Final = SQL(
    "SELECT a.bound, e.* FROM"
    " (SELECT coalesce(max(last_seq), 0) AS bound FROM ledger.archives) AS a LEFT JOIN LATERAL"
    " (SELECT {columns} FROM ledger.events AS e {where} {order} LIMIT %s) AS e ON true {order}"
)
# The stream's row says where in the log it lies, so that other partitions are not looked into.
OF_STREAM: Final = (
    "e.stream_id = %s"
    " AND e.ledger_seq >= (SELECT s.first_seq FROM ledger.streams AS s WHERE s.stream_id = %s)"
    " AND e.ledger_seq <= ANY (ARRAY["
    "(SELECT s.last_seq FROM ledger.streams AS s WHERE s.stream_id = %s)])"
)


def within_bounds(selection: LogSelection) -> LogSelection:
    """The same selection: positions bound what lies between them, so that the partitions and the
    files in which none of them is are passed over.
    """
    if not selection.positions:
        return selection
    least, last_seq = min(selection.positions), max(selection.positions)
    if selection.last_seq is not None:
        last_seq = min(last_seq, selection.last_seq)
    return replace(selection, first_seq=max(selection.first_seq or 1, least), last_seq=last_seq)


def page_of(
    selection: LogSelection, *, newest_first: bool, limit: int
) -> tuple[Composed, Sequence[Any]]:
    """The statement and its values. Each row begins with the bound of the archive."""
    where, values = _conditions(selection)
    order = SQL("ORDER BY e.ledger_seq DESC" if newest_first else "ORDER BY e.ledger_seq")
    return PAGE.format(columns=COLUMNS, where=where, order=order), [*values, limit]


def _conditions(selection: LogSelection) -> tuple[Composed, Sequence[Any]]:
    types, positions = selection.event_types, selection.positions
    asked = (
        ("e.ledger_seq >= %s", selection.first_seq),
        ("e.ledger_seq <= %s", selection.last_seq),
        (OF_STREAM, selection.stream_id),
        ("e.event_type = ANY(%s)", None if types is None else list(types)),
        ("e.actor = %s", selection.actor),
        ("e.ledger_seq = ANY(%s)", None if positions is None else sorted(positions)),
    )
    bound = [(condition, value) for condition, value in asked if value is not None]
    conditions = SQL(" AND ").join(SQL(condition) for condition, _ in bound)
    where = SQL("WHERE ") + conditions if bound else SQL("") + SQL("")
    return where, [value for condition, value in bound for _ in range(condition.count("%s"))]

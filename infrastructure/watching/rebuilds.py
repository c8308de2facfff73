"""Rebuilds that run: of which read models, and how far they are."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from psycopg import Connection

from application.watching.figures import RebuildFigures
from application.watching.wording import named

REBUILDS: Final = """
SELECT b.models, coalesce(b.problem_code, b.status), b.started_at, coalesce(sum(r.done), 0)::bigint,
    coalesce(sum(r.events), 0)::bigint
FROM work.rebuilds AS b LEFT JOIN work.rebuild_ranges AS r USING (rebuild_id)
WHERE b.finished_at IS NULL GROUP BY b.rebuild_id ORDER BY b.started_at
"""


def rebuilds(session: Connection[Any]) -> Sequence[RebuildFigures]:
    """The oldest first; those that have ended are not told of."""
    rows = session.execute(REBUILDS).fetchall()
    return [
        RebuildFigures(name=named(models, most=1), state=state, began_at=at, done=done, total=total)
        for models, state, at, done, total in rows
    ]

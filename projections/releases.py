"""The news calendar as the rules engine reads it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Final, TypeAlias

from psycopg import Connection, InterfaceError, OperationalError
from psycopg.rows import TupleRow
from psycopg_pool import ConnectionPool
from typing_extensions import override

from application.errors import LedgerUnavailable
from application.marks.ports import Releases
from domain.market.releases import Release

Pool: TypeAlias = ConnectionPool[Connection[TupleRow]]

# A month of the calendar has its own bound, so this needs none.
STANDING: Final = """
SELECT release_id, title, released_at, impact, roots FROM read.news_releases
WHERE released_at BETWEEN %s AND %s AND impact = 'high' AND withdrawn_at IS NULL
ORDER BY released_at, ledger_seq
"""


class ReadModelReleases(Releases):
    """The port on `read.news_releases`."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    @override
    def standing(self, begins: datetime, ends: datetime) -> Sequence[Release]:
        try:
            with self._pool.connection() as session:
                rows = session.execute(STANDING, (begins, ends)).fetchall()
        except (OperationalError, InterfaceError) as fault:
            raise LedgerUnavailable(
                f"The news calendar does not answer ({type(fault).__name__}). Marks wait."
            ) from fault
        return [
            Release(
                release_id=release_id,
                title=title,
                released_at=released_at,
                impact=impact,
                roots=tuple(roots) if roots else None,
            )
            for release_id, title, released_at, impact, roots in rows
        ]

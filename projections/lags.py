"""How far each projection is behind the log, in events and in time."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from itertools import groupby
from operator import itemgetter
from typing import Any, Final

from psycopg import Connection

from application.watching.figures import LaneFigures, ProjectionFigures
from application.watching.stillness import still_since
from projections.kernel import Projection
from projections.read_models import READ_MODELS

TABLES: Final = ("read.positions",)
LAGS: Final = """
SELECT p.projection, p.lane, p.position, p.updated_at,
    ledger.waiting_since(p.position + 1),
    (SELECT h.last_seq FROM ledger.head AS h)
FROM read.positions AS p WHERE p.projection = ANY(%s) ORDER BY p.projection, p.lane
"""


def lags_of(
    connection: Connection[Any], *, models: Sequence[Projection] = READ_MODELS
) -> Sequence[ProjectionFigures]:
    """Every projection of this release that the database has, by name."""
    names = [model.name for model in models]
    rows = connection.execute(LAGS, (names,)).fetchall()
    return [
        ProjectionFigures(name=name, lanes=[_lane(*row[1:]) for row in lanes])
        for name, lanes in groupby(rows, key=itemgetter(0))
    ]


def _lane(
    lane: int, position: int, moved_at: datetime, recorded_at: datetime | None, head: int
) -> LaneFigures:
    # An event that was moved to the archive has waited since before the last move.
    waiting_since = (recorded_at or moved_at) if position < head else None
    return LaneFigures(
        lane=lane,
        position=position,
        moved_at=moved_at,
        waiting_since=waiting_since,
        still_since=still_since(
            position=position, head=head, moved_at=moved_at, waiting_since=waiting_since
        ),
    )

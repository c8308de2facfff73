"""Events that could not be projected and were set aside, by each projection that they stopped."""

from __future__ import annotations

from typing import Any, Final

from psycopg import Connection

from application.watching.figures import DeadLetters

DEAD: Final = """
SELECT count(*), min(parked_at) FROM work.dead_letters WHERE status = 'parked'
"""
BY_PROJECTION: Final = """
SELECT projection, count(*)
FROM work.dead_letters CROSS JOIN unnest(projections) AS projection
WHERE status = 'parked' GROUP BY projection ORDER BY projection
"""


def dead_letters(session: Connection[Any]) -> DeadLetters:
    """Those that wait for somebody; the ones that were seen to are not counted."""
    ((count, oldest_at),) = session.execute(DEAD).fetchall()
    found = session.execute(BY_PROJECTION).fetchall()
    return DeadLetters(count=count, by_projection=dict(found), oldest_at=oldest_at)

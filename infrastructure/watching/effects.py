"""Orders to the platform: how many wait, how many failed, and how far the log was searched."""

from __future__ import annotations

from typing import Any, Final

from psycopg import Connection

from application.watching.figures import EffectFigures

# Sent ones are many and of no interest; both counts go by an index of their own.
EFFECTS: Final = """
SELECT
    (SELECT count(*) FROM work.effects WHERE status = 'pending'),
    (SELECT count(*) FROM work.effects WHERE status = 'failed'),
    (SELECT min(created_at) FROM work.effects WHERE status = 'pending'),
    coalesce(min(position), 0), ledger.waiting_since(coalesce(min(position), 0) + 1)
FROM work.followers WHERE name LIKE 'effects%'
"""


def effects(session: Connection[Any]) -> EffectFigures:
    """The orders that are not sent."""
    ((pending, failed, oldest_at, position, waiting_since),) = session.execute(EFFECTS).fetchall()
    return EffectFigures(
        pending=pending,
        failed=failed,
        oldest_pending_at=oldest_at,
        position=position,
        waiting_since=waiting_since,
    )

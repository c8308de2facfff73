"""Leases: those of the daemon's lanes and duties, and those of the partitions of the marks."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from psycopg import Connection

from application.watching.figures import LeaseFigures

# A partition that nobody ever watched is no lease.
LEASES: Final = """
SELECT name, owner, CASE WHEN isfinite(expires_at) THEN expires_at ELSE now() END FROM (
    SELECT name, owner, expires_at FROM work.leases
    UNION ALL
    SELECT 'marks-' || partition, owner, expires_at FROM work.mark_leases WHERE epoch > 0
) AS leases ORDER BY name
"""


def leases(session: Connection[Any]) -> Sequence[LeaseFigures]:
    """All of them, by name."""
    rows = session.execute(LEASES).fetchall()
    return [
        LeaseFigures(name=name, owner=owner, expires_at=expires_at)
        for name, owner, expires_at in rows
    ]

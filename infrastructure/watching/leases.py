"""Leases: those of the daemon's lanes and duties, and those of the partitions of the marks."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from psycopg import Connection

from application.watching.figures import LeaseFigures

OF_DUTIES: Final = """
SELECT name, owner, CASE WHEN isfinite(expires_at) THEN expires_at ELSE now() END
FROM work.leases ORDER BY name
"""
# A partition that nobody ever watched is no lease.
OF_MARKS: Final = """
SELECT 'marks ' || partition, owner, CASE WHEN isfinite(expires_at) THEN expires_at ELSE now() END
FROM work.mark_leases WHERE epoch > 0 ORDER BY partition
"""
IS_THERE: Final = "SELECT to_regclass('work.leases') IS NOT NULL"


def leases(session: Connection[Any]) -> Sequence[LeaseFigures]:
    """All of them, by name."""
    rows = session.execute(OF_MARKS).fetchall()
    if session.execute(IS_THERE).fetchone() == (True,):
        rows = [*session.execute(OF_DUTIES).fetchall(), *rows]
    return [
        LeaseFigures(name=name, owner=owner, expires_at=expires_at)
        for name, owner, expires_at in rows
    ]

"""The rules engine: instances that were heard of lately, and the partitions they watch."""

from __future__ import annotations

from typing import Any, Final

from psycopg import Connection

from application.watching.figures import EngineFigures

ENGINE: Final = """
SELECT
    (SELECT count(*) FROM work.engine_instances
        WHERE seen_at > clock_timestamp() - interval '1 minute'),
    (SELECT count(*) FROM work.mark_leases),
    (SELECT count(*) FROM work.mark_leases
        WHERE owner IS NOT NULL AND expires_at > clock_timestamp())
"""


def engine(session: Connection[Any]) -> EngineFigures:
    """Who watches open profit and time."""
    ((instances, partitions, watched),) = session.execute(ENGINE).fetchall()
    return EngineFigures(instances=instances, partitions=partitions, watched=watched)

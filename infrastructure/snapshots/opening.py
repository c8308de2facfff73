"""The connections that snapshots are kept by."""

from __future__ import annotations

from infrastructure.postgres.persistence import open_pool
from infrastructure.postgres.pools import Pool, new_pool
from infrastructure.postgres.sessions import session_conninfo


def open_keeper(conninfo: str, *, pool_size: int) -> Pool:
    """Connections of the database of this libpq URL or keyword string; close them after use.

    The login must be a member of `dynasty_keeper`. Refuses with DatabaseUnusable.
    """
    pool = new_pool(
        session_conninfo(conninfo, role="dynasty_keeper", application="dynasty-snapshots"),
        pool_size=pool_size,
        name="dynasty-snapshots",
    )
    open_pool(pool)
    return pool

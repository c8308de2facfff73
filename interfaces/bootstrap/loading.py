"""What loads read models and does nothing else. It is little, so that it is there at once."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Final

from application.archiving.ports import ArchiveOptions
from infrastructure.archive.office import ArchiveOffice
from infrastructure.event_store.log import PostgresLog, open_log
from infrastructure.postgres.persistence import open_pool
from infrastructure.postgres.pools import Pool, new_pool
from infrastructure.postgres.sessions import session_conninfo

_CONNECTIONS: Final = 2


@contextmanager
def loading_on(database_url: str, *, archive: ArchiveOptions) -> Iterator[tuple[PostgresLog, Pool]]:
    """The log, and connections that write read models, for a process that does nothing else."""
    with ExitStack() as stack:
        office = ArchiveOffice(archive, database_url=database_url)
        log = open_log(database_url, pool_size=1, shelf=office.shelf)
        stack.callback(log.close)
        yield log, stack.enter_context(projector_pool(database_url, size=_CONNECTIONS))


def projector_pool(database_url: str, *, size: int) -> Pool:
    """Connections that write the read models of a database; open, and to be closed after use."""
    conninfo = session_conninfo(
        database_url, role="dynasty_projector", application="dynasty-projector"
    )
    pool = new_pool(conninfo, pool_size=size, name="dynasty-projector")
    open_pool(pool)
    return pool

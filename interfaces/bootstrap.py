"""The composition root: the only module that knows which adapter stands behind which port."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from psycopg import connect

from application.imports.ports import TradeSource
from infrastructure.embedded.servers import embedded_servers, shared_servers
from infrastructure.event_store.ledger import EventSourcedLedger, open_ledger
from infrastructure.event_store.log import PostgresLog, open_log
from infrastructure.importers.topstepx import TopstepXExport
from infrastructure.importers.yourpropfirm import YourPropFirmHistory
from infrastructure.postgres.migrator import Migration, migrate
from infrastructure.postgres.pools import Pool, new_pool
from infrastructure.postgres.sessions import session_conninfo
from interfaces.settings import Settings
from projections.schema import create_read_models


@dataclass(frozen=True, slots=True, kw_only=True)
class Runtime:
    """What a process works with: the write side, the read side, and pools for the read models.

    `read_models` reads them as `dynasty_reader`; `projector` writes them as `dynasty_projector`.
    """

    settings: Settings
    ledger: EventSourcedLedger
    log: PostgresLog
    read_models: Pool
    projector: Pool
    database_url: str
    redis_url: str


@contextmanager
def running(
    settings: Settings, *, data_dir: Path | None = None, shares: bool = True
) -> Iterator[Runtime]:
    """Open everything for the length of the block.

    With no DATABASE_URL, real servers are started in `data_dir` (temporary when None) and migrated;
    where another process runs them there, those are used, unless this one `shares` with nobody.
    Against a given database, migrations are a command of their own, never a side effect.
    """
    with ExitStack() as stack:
        if settings.database_url is None or settings.redis_url is None:
            shared = shared_servers(data_dir) if data_dir and shares else None
            start = shared or embedded_servers(data_dir)
            servers = stack.enter_context(start)
            database_url, redis_url = servers.database_url, servers.redis_url
            prepare_database(database_url)
        else:
            database_url = settings.database_url.get_secret_value()
            redis_url = settings.redis_url.get_secret_value()
        yield _connected(stack, settings, database_url, redis_url)


def prepare_database(database_url: str) -> Sequence[Migration]:
    """Apply what is missing of the migrations, and make the read models' tables; say what was new.

    The login must own the database, or be allowed to make roles and schemas in it.
    """
    applied = migrate(database_url)
    with connect(database_url, autocommit=True) as connection:
        create_read_models(connection)
    return applied


def _connected(stack: ExitStack, settings: Settings, database_url: str, redis_url: str) -> Runtime:
    size = settings.database_pool_max
    ledger = open_ledger(database_url, pool_size=size)
    stack.callback(ledger.close)
    log = open_log(database_url, pool_size=size)
    stack.callback(log.close)
    reader = session_conninfo(database_url, role="dynasty_reader", application="dynasty-queries")
    projector = session_conninfo(
        database_url, role="dynasty_projector", application="dynasty-projector"
    )
    return Runtime(
        settings=settings,
        ledger=ledger,
        log=log,
        read_models=stack.enter_context(new_pool(reader, pool_size=size, name="read-models")),
        projector=stack.enter_context(new_pool(projector, pool_size=4, name="projector")),
        database_url=database_url,
        redis_url=redis_url,
    )


def trade_sources() -> Mapping[str, TradeSource]:
    """The file formats that trades can be imported from, by name."""
    return {source.name: source for source in (TopstepXExport(), YourPropFirmHistory())}

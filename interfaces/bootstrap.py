"""The composition root: the only module that knows which adapter stands behind which port."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from functools import cached_property
from pathlib import Path
from typing import Final

from psycopg import connect

from application.certificates.ports import EventCodec
from application.imports.ports import TradeSource
from infrastructure.embedded.servers import embedded_servers, shared_servers
from infrastructure.event_store.canonical import CanonicalCodec
from infrastructure.event_store.ledger import EventSourcedLedger, open_ledger
from infrastructure.event_store.log import PostgresLog, open_log
from infrastructure.importers.topstepx import TopstepXExport
from infrastructure.importers.yourpropfirm import YourPropFirmHistory
from infrastructure.postgres.migrator import Migration, migrate
from infrastructure.postgres.persistence import open_pool
from infrastructure.postgres.pools import Pool, new_pool
from infrastructure.postgres.sessions import Role, session_conninfo
from interfaces.settings import Settings
from projections.schema import create_read_models

_PROJECTOR_CONNECTIONS: Final = 4


class Runtime:
    """What a process works with, each part opened when it is first asked for.

    A login thus needs only the roles of what it does. `ledger` writes as `dynasty_writer`; `log`
    and `read_models` read as `dynasty_reader`; `projector` writes read models as
    `dynasty_projector`. Opening refuses with DatabaseUnusable.
    """

    def __init__(
        self, settings: Settings, *, database_url: str, redis_url: str, closing: ExitStack
    ) -> None:
        self.settings = settings
        self.database_url, self.redis_url = database_url, redis_url
        self._closing = closing

    @cached_property
    def ledger(self) -> EventSourcedLedger:
        """The write side of the log."""
        ledger = open_ledger(self.database_url, pool_size=self.settings.database_pool_max)
        self._closing.callback(ledger.close)
        return ledger

    @cached_property
    def log(self) -> PostgresLog:
        """The read side of the log."""
        log = open_log(self.database_url, pool_size=self.settings.database_pool_max)
        self._closing.callback(log.close)
        return log

    @cached_property
    def read_models(self) -> Pool:
        """Connections that read the read models."""
        size = self.settings.database_pool_max
        return self._pool("dynasty_reader", "dynasty-queries", size)

    @cached_property
    def projector(self) -> Pool:
        """Connections that write the read models: one works, the others compare and rebuild."""
        return self._pool("dynasty_projector", "dynasty-projector", _PROJECTOR_CONNECTIONS)

    def _pool(self, role: Role, application: str, size: int) -> Pool:
        conninfo = session_conninfo(self.database_url, role=role, application=application)
        pool = new_pool(conninfo, pool_size=size, name=application)
        open_pool(pool)
        self._closing.callback(pool.close)
        return pool


@contextmanager
def running(
    settings: Settings, *, data_dir: Path | None = None, serves: bool = False
) -> Iterator[Runtime]:
    """A runtime for the length of the block; whatever it opened is closed after it.

    With no DATABASE_URL, real servers are started in `data_dir` (temporary when None) and migrated;
    where a process that `serves` runs them there already, a command uses those instead.
    Against a given database, migrations are a command of their own, never a side effect.
    """
    with ExitStack() as stack:
        if settings.database_url is None or settings.redis_url is None:
            beside = shared_servers(data_dir) if data_dir and not serves else None
            start = beside or embedded_servers(data_dir, announced=serves)
            servers = stack.enter_context(start)
            database_url, redis_url = servers.database_url, servers.redis_url
            prepare_database(database_url)
        else:
            database_url = settings.database_url.get_secret_value()
            redis_url = settings.redis_url.get_secret_value()
        yield Runtime(settings, database_url=database_url, redis_url=redis_url, closing=stack)


def prepare_database(database_url: str) -> Sequence[Migration]:
    """Apply what is missing of the migrations, and make the read models' tables; say what was new.

    The login must own the database, or be allowed to make roles and schemas in it.
    """
    applied = migrate(database_url)
    with connect(database_url, autocommit=True) as connection:
        create_read_models(connection)
    return applied


def trade_sources() -> Mapping[str, TradeSource]:
    """The file formats that trades can be imported from, by name."""
    return {source.name: source for source in (TopstepXExport(), YourPropFirmHistory())}


def event_codec() -> EventCodec:
    """The log's form of an event, for work that needs no log."""
    return CanonicalCodec()

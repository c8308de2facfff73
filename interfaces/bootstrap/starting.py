"""The start of a process: servers, migrations, and what stands alone."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Final

from psycopg import connect

from application.certificates.ports import EventCodec
from application.imports.ports import TradeSource
from application.proofs.ports import Signer
from infrastructure.archive.office import ArchiveOffice
from infrastructure.embedded.servers import embedded_servers, shared_servers
from infrastructure.event_store.canonical import CanonicalCodec
from infrastructure.event_store.histories import PostgresHistories, open_histories
from infrastructure.importers.topstepx import TopstepXExport
from infrastructure.importers.yourpropfirm import YourPropFirmHistory
from infrastructure.postgres.migrator import Migration, migrate
from infrastructure.proofs.key_file import new_key_file, open_key_file
from interfaces.archive_settings import archive_options
from interfaces.bootstrap.runtime import Runtime
from interfaces.settings import Settings, load_settings
from projections.schema import create_read_models

_LOADING_CONNECTIONS: Final = 2


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


def histories_on(database_url: str) -> PostgresHistories:
    """The histories of a database, for a process that does nothing else; they end with it."""
    archive = ArchiveOffice(archive_options(load_settings()), database_url=database_url)
    return open_histories(database_url, shelf=archive.shelf)


def trade_sources() -> Mapping[str, TradeSource]:
    """The file formats that trades can be imported from, by name."""
    return {source.name: source for source in (TopstepXExport(), YourPropFirmHistory())}


def new_log_key(path: Path, *, name: str) -> Signer:
    """Make a key that signs checkpoints. Refuses with SigningKeyRefused."""
    new_key_file(path)
    return open_key_file(path, name=name)


def event_codec() -> EventCodec:
    """The log's form of an event, for work that needs no log."""
    return CanonicalCodec()

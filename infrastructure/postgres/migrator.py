"""Brings a database to the newest schema, from numbered SQL files.

A command calls this, never the start of a process. Any number may call it at once: each step holds
an advisory lock and looks again at what is applied.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from hashlib import sha256
from importlib.resources import files
from typing import Final

from psycopg import Connection, OperationalError, connect
from psycopg.errors import InsufficientPrivilege
from psycopg.rows import TupleRow

from domain.errors import DomainError
from infrastructure.postgres.errors import DatabaseUnusable
from infrastructure.postgres.sessions import session_conninfo

# Any constant will do, as long as every version of the migrator has the same.
MIGRATION_LOCK: Final = 4_217_001
PATIENCE: Final = {"lock_timeout": "60s", "statement_timeout": "10min"}
BOOKKEEPING: Final = """
CREATE SCHEMA IF NOT EXISTS dynasty;
CREATE TABLE IF NOT EXISTS dynasty.migrations (
    number integer PRIMARY KEY,
    name text NOT NULL,
    sha256 text NOT NULL,
    applied_at timestamptz NOT NULL DEFAULT clock_timestamp()
)
"""


class MigrationChanged(DomainError):
    """A migration that was applied is not the one in this release: its file changed or is gone."""

    code = "migration-changed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Migration:
    """One numbered file; `sha256` is the hex digest of its bytes."""

    number: int
    name: str
    sql: str = field(repr=False)

    @property
    def sha256(self) -> str:
        """The identity of its text."""
        return sha256(self.sql.encode()).hexdigest()


@cache
def packaged_migrations() -> tuple[Migration, ...]:
    """The migrations of this release, by number."""
    found = (file for file in files("infrastructure.migrations").iterdir())
    return tuple(
        Migration(number=int(name.partition("_")[0]), name=name, sql=file.read_text("utf-8"))
        for name, file in sorted((file.name, file) for file in found)
        if name.endswith(".sql")
    )


def migrate(conninfo: str, *, migrations: Sequence[Migration] | None = None) -> Sequence[Migration]:
    """Apply what is missing, each file in its own transaction, and return what was applied.

    The login must be allowed to create roles and schemas. Refuses with MigrationChanged or
    DatabaseUnusable.
    """
    wanted = packaged_migrations() if migrations is None else migrations
    applied = []
    try:
        with connect(_session(conninfo), autocommit=True) as connection:
            while (migration := _apply_next(connection, wanted)) is not None:
                applied.append(migration)
    except (OperationalError, InsufficientPrivilege) as fault:
        raise DatabaseUnusable.because(fault) from fault
    return applied


def pending(conninfo: str, *, migrations: Sequence[Migration] | None = None) -> Sequence[Migration]:
    """What `migrate` would apply. Changes nothing; refuses with MigrationChanged."""
    wanted = packaged_migrations() if migrations is None else migrations
    with connect(_session(conninfo), autocommit=True) as connection:
        known = connection.execute("SELECT to_regclass('dynasty.migrations')").fetchone()
        return _missing(_applied(connection), wanted) if known != (None,) else wanted


def _session(conninfo: str) -> str:
    return session_conninfo(conninfo, role=None, application="dynasty-migrator", limits=PATIENCE)


def _apply_next(connection: Connection[TupleRow], wanted: Sequence[Migration]) -> Migration | None:
    with connection.transaction():
        connection.execute("SELECT pg_advisory_xact_lock(%s)", (MIGRATION_LOCK,))
        connection.execute(BOOKKEEPING, prepare=False)
        missing = _missing(_applied(connection), wanted)
        if not missing:
            return None
        migration = missing[0]
        connection.execute(migration.sql.encode(), prepare=False)
        connection.execute("RESET ROLE")
        connection.execute(
            "INSERT INTO dynasty.migrations (number, name, sha256) VALUES (%s, %s, %s)",
            (migration.number, migration.name, migration.sha256),
        )
        return migration


def _applied(connection: Connection[TupleRow]) -> Mapping[int, str]:
    rows = connection.execute("SELECT number, sha256 FROM dynasty.migrations").fetchall()
    return dict(rows)


def _missing(applied: Mapping[int, str], wanted: Sequence[Migration]) -> Sequence[Migration]:
    hashes = {migration.number: migration.sha256 for migration in wanted}
    for number, recorded in sorted(applied.items()):
        if hashes.get(number) != recorded:
            raise MigrationChanged(
                f"Migration {number} was applied to this database with other content than this"
                " release has. Run the release that applied it, or add a new migration instead"
                " of editing an old one.",
                number=number,
                applied_sha256=recorded,
                release_sha256=hashes.get(number),
            )
    return [migration for migration in wanted if migration.number not in applied]

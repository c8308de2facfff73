"""PostgreSQL and Redis of an ordeal's own, which may be killed at any moment and started again."""

from __future__ import annotations

import os
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from signal import SIGKILL, SIGSTOP
from time import monotonic, sleep
from typing import Final

from psycopg import Error, connect

from infrastructure.embedded.guarded import Guarded
from infrastructure.embedded.postgres import Postgres
from infrastructure.embedded.program import Program
from infrastructure.embedded.redis import Redis
from tests.integration.embedded.processes import descendants, wait_until_gone

PATIENCE_SECONDS: Final = 60
SETTINGS: Final = """
fsync = on
full_page_writes = on
max_wal_size = 16MB
min_wal_size = 2MB
checkpoint_timeout = 30s
log_min_error_statement = panic
log_error_verbosity = terse
"""
"""Checkpoints come often and little of the server's own log is kept ready, so that a kill hits
them and a full disk is felt.
"""

SEGMENT_MEGABYTES: Final = 1


class KillableServer:
    """A program under a guardian, which ends with whoever started it."""

    def __init__(self, program: Program, lock: Path) -> None:
        self._program, self._lock = program, lock
        self._guarded: Guarded | None = None

    @property
    def runs(self) -> bool:
        """Whether it was started and has not ended."""
        return self._guarded is not None and self._guarded.ended() is None

    def start(self) -> None:
        """Start it; it may take a while before it answers."""
        self.stop()
        lock = os.open(self._lock, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            self._guarded = Guarded(self._program, lock=lock, remove=())
        finally:
            os.close(lock)

    def kill(self) -> None:
        """SIGKILL for it and all its children at once; none of them is left when this returns."""
        if self._guarded is None:
            return
        guardian = self._guarded._process.pid
        _freeze(guardian)
        below = descendants(guardian)
        for process, _ in below:
            with suppress(ProcessLookupError):
                os.kill(process, SIGKILL)
        if below:
            assert not wait_until_gone(below), "they were killed"
        self.stop()

    def stop(self) -> None:
        """End it in order, if it runs."""
        if self._guarded is not None:
            self._guarded.stop()
            self._guarded = None


def _freeze(guardian: int) -> None:
    """Let the server have no more children between the look at them and their end."""
    for process, _ in descendants(guardian):
        with suppress(ProcessLookupError):
            os.kill(process, SIGSTOP)


class KillablePostgres(KillableServer):
    """PostgreSQL as the embedded one, with its own log of changes on a disk of its own or not."""

    def __init__(self, directory: Path, *, data: Path, wal: Path | None) -> None:
        self.sockets = directory / "pg"
        self.postgres = Postgres(directory=data, sockets=self.sockets, temporary=True)
        self._wal, self._answered = wal, False
        self.postgres.prepare()
        self._create(directory / "lock-initdb")
        super().__init__(self.postgres.server(), directory / "lock-postgres")

    @property
    def url(self) -> str:
        """Where it answers, past any proxy."""
        return self.postgres.url

    def start(self) -> None:
        (self.postgres.data / "postmaster.pid").unlink(missing_ok=True)
        super().start()

    def wait_until_ready(self) -> None:
        """Until it takes connections. It is started again as often as it ends meanwhile."""
        give_up_at = monotonic() + PATIENCE_SECONDS
        while not self.postgres.answers():
            assert monotonic() < give_up_at, f"PostgreSQL did not answer: {self.last_words()}"
            if not self.runs:
                self.start()
            sleep(0.05)

    def begin_segment(self) -> None:
        """Let the server go on to a new file of its own log, if it still can."""
        with suppress(Error), connect(self.url, autocommit=True) as session:
            session.execute("SELECT pg_switch_wal()")

    def last_words(self) -> str:
        """The end of its log."""
        return self.postgres.log.read_text(errors="replace")[-3_000:]

    def _create(self, lock: Path) -> None:
        creation = self.postgres.creation()
        assert creation is not None, "the directory is new"
        sized = (*creation.argv, f"--wal-segsize={SEGMENT_MEGABYTES}")
        maker = KillableServer(replace(creation, argv=sized), lock)
        maker.start()
        assert maker._guarded is not None
        status = maker._guarded.wait()
        maker.stop()
        assert status == 0, self.last_words()
        self.postgres.created()
        with (self.postgres.data / "postgresql.auto.conf").open("a") as configuration:
            configuration.write(SETTINGS)
        if self._wal is not None:
            _move(self.postgres.data / "pg_wal", self._wal / "pg_wal")


class KillableRedis(KillableServer):
    """Redis as the embedded one; what it held is gone when it comes back."""

    def __init__(self, directory: Path) -> None:
        self.redis = Redis(directory=directory, socket=directory / "redis.sock")
        super().__init__(self.redis.server(), directory / "lock-redis")

    @property
    def url(self) -> str:
        """Where it answers."""
        return self.redis.url

    def start(self) -> None:
        (Path(self.url.removeprefix("unix://"))).unlink(missing_ok=True)
        super().start()


def _move(here: Path, there: Path) -> None:
    """Put a directory on another disk, with its owners, and leave a link to it."""
    for source in _parents_first(here):
        target = there / source.relative_to(here)
        owner = source.stat()
        if source.is_dir():
            target.mkdir(mode=0o700)
        else:
            target.write_bytes(source.read_bytes())
            target.chmod(0o600)
        os.chown(target, owner.st_uid, owner.st_gid)
    for source in reversed(_parents_first(here)):
        source.rmdir() if source.is_dir() else source.unlink()
    here.symlink_to(there)


def _parents_first(directory: Path) -> Sequence[Path]:
    return [directory, *sorted(directory.rglob("*"))]

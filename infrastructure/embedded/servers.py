"""Both servers, as one context that leaves nothing behind."""

import os
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import asdict, dataclass
from pathlib import Path

from infrastructure.embedded.directory import announced_by_owner, announcing, held
from infrastructure.embedded.errors import EmbeddedServerFailed
from infrastructure.embedded.guarded import Guarded
from infrastructure.embedded.postgres import Postgres
from infrastructure.embedded.redis import Redis

READY_SECONDS = 120
"""After a crash PostgreSQL may have to recover before it answers."""

LOG_LINES_SHOWN = 12


@dataclass(frozen=True, slots=True)
class Servers:
    """Where the two servers answer."""

    database_url: str
    redis_url: str


@contextmanager
def embedded_servers(data_dir: Path | None = None, *, announced: bool = False) -> Iterator[Servers]:
    """Run PostgreSQL and Redis for the length of the block.

    Without `data_dir` their files are temporary. They stop with this process however it ends; only
    one that stays should have them `announced` to others.
    """
    sockets = _runtime_directory()
    try:
        directory = _data_directory(data_dir or sockets / "data")
        postgres = Postgres(directory=directory, sockets=sockets / "pg", temporary=data_dir is None)
        redis = Redis(directory=directory, socket=sockets / "redis.sock")
        guarded = _started(postgres, redis, remove=sockets)
        try:
            _wait_until_ready(guarded, postgres, redis)
            servers = Servers(database_url=postgres.url, redis_url=redis.url)
            with announcing(directory, asdict(servers)) if announced else nullcontext():
                yield servers
        finally:
            guarded.stop()
    finally:
        shutil.rmtree(sockets, ignore_errors=True)


@contextmanager
def shared_servers(data_dir: Path) -> Iterator[Servers]:
    """Use the servers that another process runs on this directory; run them when none does."""
    announcement = announced_by_owner(data_dir.absolute())
    if announcement is not None:
        yield Servers(**announcement)
        return
    with embedded_servers(data_dir) as servers:
        yield servers


def _runtime_directory() -> Path:
    """A new directory with a short name, since the path of a socket has little room."""
    directory = Path(tempfile.mkdtemp(prefix="df-", dir="/tmp"))
    _let_pass(directory)
    return directory


def _data_directory(directory: Path) -> Path:
    directory = directory.absolute()
    if not directory.exists():
        directory.mkdir(mode=0o700, parents=True)
        _let_pass(directory)
    return directory


def _let_pass(directory: Path) -> None:
    """Let the user that PostgreSQL runs as under root walk through, and read nothing."""
    if os.geteuid() == 0:
        directory.chmod(0o711)


def _started(postgres: Postgres, redis: Redis, *, remove: Path) -> Guarded:
    with held(postgres.data.parent) as lock:
        postgres.prepare()
        redis.prepare()
        creation = postgres.creation()
        if creation is not None:
            making = Guarded(creation, lock=lock, remove=(remove,))
            try:
                status = making.wait()
            finally:
                making.stop()
            if status != 0:
                raise _failure("PostgreSQL could not create its files", postgres.log)
            postgres.created()
        return Guarded(postgres.server(), redis.server(), lock=lock, remove=(remove,))


def _wait_until_ready(guarded: Guarded, postgres: Postgres, redis: Redis) -> None:
    deadline = time.monotonic() + READY_SECONDS
    while not (redis.answers() and postgres.answers()):
        if guarded.ended() is not None:
            raise _failure("An embedded server ended as it started", postgres.log, redis.log)
        if time.monotonic() > deadline:
            raise _failure("The embedded servers did not answer in time", postgres.log, redis.log)
        time.sleep(0.02)


def _failure(happened: str, *logs: Path) -> EmbeddedServerFailed:
    said = {log.name: _last_lines(log) for log in logs}
    shown = "\n".join(f"{name}:\n{lines}" for name, lines in said.items() if lines)
    return EmbeddedServerFailed(
        f"{happened}. What the logs say last:\n{shown}", logs=[str(log) for log in logs]
    )


def _last_lines(log: Path) -> str:
    if not log.exists():
        return ""
    return "\n".join(log.read_text(errors="replace").splitlines()[-LOG_LINES_SHOWN:])

"""Real Redis for tests: one server per process, emptied for each test that asks."""

import atexit
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from tempfile import mkdtemp
from time import monotonic, sleep

import redis

from infrastructure.embedded.redis import Redis
from infrastructure.marks.connecting import connect_redis

READY_SECONDS = 30


@dataclass(frozen=True, slots=True)
class RedisServer:
    """A server on a socket."""

    url: str

    @contextmanager
    def emptied(self) -> Iterator[redis.Redis]:
        """A client of a server that holds nothing."""
        client = connect_redis(self.url)
        client.flushall()
        try:
            yield client
        finally:
            client.flushall()
            client.close()


@cache
def redis_server() -> RedisServer:
    """The one server of this process. Started when first asked for, stopped at its exit."""
    directory = Path(mkdtemp(prefix="df-", dir="/tmp"))
    server = Redis(directory=directory, socket=directory / "redis.sock")
    process = subprocess.Popen(server.server().argv, stdout=subprocess.DEVNULL)

    def stop() -> None:
        process.kill()
        process.wait()
        shutil.rmtree(directory, ignore_errors=True)

    atexit.register(stop)
    give_up_at = monotonic() + READY_SECONDS
    while not server.answers():
        assert monotonic() < give_up_at, "Redis did not start"
        sleep(0.01)
    return RedisServer(server.url)

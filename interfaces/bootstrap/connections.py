"""What a process is connected to, each connection opened when it is first asked for."""

from __future__ import annotations

from contextlib import ExitStack
from functools import cached_property
from typing import Final

from redis import Redis

from infrastructure.marks.connecting import connect_redis
from infrastructure.postgres.persistence import open_pool
from infrastructure.postgres.pools import Pool, new_pool
from infrastructure.postgres.sessions import Role, session_conninfo
from infrastructure.work.queue import (
    RedisHints,
)
from interfaces.bootstrap.loading import projector_pool
from interfaces.settings import Settings

_PROJECTOR_CONNECTIONS: Final = 6
_KEEPER_CONNECTIONS: Final = 4


class Connections:
    """Pools by role, and Redis; a login needs only the roles of what its process does.

    Opening refuses with DatabaseUnusable.
    """

    def __init__(
        self, settings: Settings, *, database_url: str, redis_url: str, closing: ExitStack
    ) -> None:
        self.settings = settings
        self.database_url, self.redis_url = database_url, redis_url
        self._closing = closing

    @cached_property
    def read_models(self) -> Pool:
        """Connections that read the read models."""
        size = self.settings.database_pool_max
        return self._pool("dynasty_reader", "dynasty-queries", size)

    @cached_property
    def projector(self) -> Pool:
        """Connections that write the read models: one works, the others compare and rebuild."""
        pool = projector_pool(self.database_url, size=_PROJECTOR_CONNECTIONS)
        self._closing.callback(pool.close)
        return pool

    @cached_property
    def keeper(self) -> Pool:
        """Connections that write what keeps the log: its tree and checkpoints."""
        return self._pool("dynasty_keeper", "dynasty-keeper", _KEEPER_CONNECTIONS)

    @cached_property
    def engine(self) -> Pool:
        """Connections of the rules engine, for what it keeps beside the log."""
        return self._pool("dynasty_engine", "dynasty-engine", self.settings.database_pool_max)

    @cached_property
    def redis(self) -> Redis:
        """Connections to Redis."""
        client = connect_redis(self.redis_url, connections_max=self.settings.redis_pool_max)
        self._closing.callback(client.close)
        return client

    def _hints(self, *, queue: str, actor: str) -> RedisHints:
        hints = RedisHints(self.redis_url, queue=queue, actor=actor)
        self._closing.callback(hints.close)
        return hints

    def _pool(self, role: Role, application: str, size: int) -> Pool:
        conninfo = session_conninfo(self.database_url, role=role, application=application)
        pool = new_pool(conninfo, pool_size=size, name=application)
        open_pool(pool)
        self._closing.callback(pool.close)
        return pool

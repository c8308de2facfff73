"""Hints over Redis: dramatiq carries them, the database decides.

A message says no more than that a run or a rebuild waits. Lost, it is found by looking; twice, the
second finds nothing to claim.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final

import dramatiq
from dramatiq.brokers.redis import RedisBroker
from redis import Redis
from redis.backoff import NoBackoff
from redis.exceptions import RedisError
from redis.retry import Retry
from typing_extensions import override

from application.whatif.runs import Hints
from domain.kernel import UUID

WHATIF_QUEUE: Final = "whatif"
WHATIF_ACTOR: Final = "work_on_whatif_run"
REBUILD_QUEUE: Final = "rebuild"
REBUILD_ACTOR: Final = "load_ranges_of_rebuild"
IDLE_MILLISECONDS_MAX: Final = 500
REDIS_SECONDS_MAX: Final = 2.0
STOP_MILLISECONDS_MAX: Final = 60_000

_log = logging.getLogger("dynasty.work")


class RedisHints(Hints):
    """The `Hints` port. No middleware: retries, limits and results are the database's business."""

    def __init__(
        self, redis_url: str, *, queue: str = WHATIF_QUEUE, actor: str = WHATIF_ACTOR
    ) -> None:
        self._queue, self._actor = queue, actor
        self._redis = Redis.from_url(
            redis_url,
            socket_timeout=REDIS_SECONDS_MAX,
            socket_connect_timeout=REDIS_SECONDS_MAX,
            retry=Retry(NoBackoff(), 1),
        )
        self._broker = RedisBroker(  # type: ignore[no-untyped-call]
            client=self._redis, middleware=[], namespace="dynasty-work"
        )
        self._broker.declare_queue(queue)

    @override
    def hint(self, run_id: UUID) -> bool:
        message: dramatiq.Message[None] = dramatiq.Message(
            queue_name=self._queue,
            actor_name=self._actor,
            args=(str(run_id),),
            kwargs={},
            options={},
        )
        try:
            self._broker.enqueue(message)
        except RedisError as fault:
            _log.warning("Redis takes no hint, workers look by themselves: %s", fault)
            return False
        return True

    @contextmanager
    def taken_by(self, work: Callable[[UUID], None]) -> Iterator[None]:
        """Let one thread of this process take hints, one after the other, during the block."""

        def take(run_id: str) -> None:
            work(UUID(run_id))

        dramatiq.actor(actor_name=self._actor, queue_name=self._queue, broker=self._broker)(take)
        worker = dramatiq.Worker(
            self._broker, worker_threads=1, worker_timeout=IDLE_MILLISECONDS_MAX
        )
        worker.start()
        try:
            yield
        finally:
            worker.stop(timeout=STOP_MILLISECONDS_MAX)

    def close(self) -> None:
        """Give the connections back."""
        self._redis.close()

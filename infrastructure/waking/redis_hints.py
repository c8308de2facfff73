"""Hints over Redis that the log has grown: without it, everything is only a little slower.

A hint says no more than "look". Whoever follows the log looks by itself, too, so that one that is
lost costs a fraction of a second and nothing else.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from random import SystemRandom
from threading import Event as Signal
from threading import Lock, Thread
from typing import Final

from redis import Redis
from redis.backoff import NoBackoff
from redis.exceptions import RedisError
from redis.retry import Retry
from typing_extensions import override

from application.waking import Knock, WakeUp

CHANNEL: Final = "dynasty:log-has-grown"
REDIS_SECONDS_MAX: Final = 1.0
LISTEN_SECONDS: Final = 0.5
APART_SECONDS: Final = 0.002
PAUSE_SECONDS_MIN: Final = 0.5
PAUSE_SECONDS_MAX: Final = 30.0

_log = logging.getLogger("dynasty.waking")
_jitter = SystemRandom()


class _Outage:
    """Says once that Redis is away, and waits longer each time, never in step with others."""

    def __init__(self, doing: str) -> None:
        self._doing, self._failures = doing, 0

    def over(self) -> None:
        if self._failures:
            _log.info("Redis is back: hints are %s again.", self._doing)
        self._failures = 0

    def pause_after(self, fault: Exception) -> float:
        if not self._failures:
            _log.warning("Hints are not %s; who follows the log polls: %s", self._doing, fault)
        self._failures += 1
        longest = min(PAUSE_SECONDS_MIN * 2 ** min(self._failures, 10), PAUSE_SECONDS_MAX)
        return _jitter.uniform(longest / 2, longest)


class RedisKnock(Knock):
    """Gives hints from a thread of its own, so that no append ever waits for Redis.

    Appends that come together share a hint; while Redis is away, none is given.
    """

    def __init__(self, redis_url: str) -> None:
        self._redis_url = redis_url
        self._grown, self._over, self._lock = Signal(), Signal(), Lock()
        self._thread: Thread | None = None

    @override
    def knock(self) -> None:
        self._grown.set()
        if self._thread is None:
            self._begin()

    def close(self) -> None:
        """Give no more hints."""
        self._over.set()
        self._grown.set()
        if self._thread is not None:
            self._thread.join(2 * REDIS_SECONDS_MAX)

    def _begin(self) -> None:
        with self._lock:
            if self._thread is None:
                self._thread = Thread(target=self._run, name="log-hints", daemon=True)
                self._thread.start()

    def _run(self) -> None:
        outage = _Outage("given")
        with _client(self._redis_url, seconds=REDIS_SECONDS_MAX) as redis:
            while True:
                self._grown.wait()
                if self._over.is_set():
                    return
                self._grown.clear()
                try:
                    redis.publish(CHANNEL, b"")
                except (RedisError, OSError) as fault:
                    self._over.wait(outage.pause_after(fault))
                else:
                    outage.over()
                    self._over.wait(APART_SECONDS)


class RedisWakeUp(WakeUp):
    """Hears hints, for one thread that follows the log."""

    def __init__(self, redis_url: str) -> None:
        self._redis_url = redis_url
        self._hint, self._over = Signal(), Signal()

    @override
    def wait(self, *, milliseconds: int) -> None:
        self._hint.wait(milliseconds / 1_000)
        self._hint.clear()

    def wake(self) -> None:
        """End a wait at once, as a hint does."""
        self._hint.set()

    @contextmanager
    def listening(self) -> Iterator[None]:
        """Hear hints for the length of the block."""
        thread = Thread(target=self._listen, name="log-hints-heard", daemon=True)
        thread.start()
        try:
            yield
        finally:
            self._over.set()
            thread.join(2 * REDIS_SECONDS_MAX)

    def _listen(self) -> None:
        outage = _Outage("heard")
        while not self._over.is_set():
            try:
                with (
                    _client(self._redis_url, seconds=REDIS_SECONDS_MAX) as redis,
                    redis.pubsub(ignore_subscribe_messages=True) as heard,
                ):
                    heard.subscribe(CHANNEL)
                    outage.over()
                    # What was said before the ear was open is found by looking.
                    self._hint.set()
                    while not self._over.is_set():
                        if heard.get_message(timeout=LISTEN_SECONDS) is not None:
                            self._hint.set()
            except (RedisError, OSError) as fault:
                self._over.wait(outage.pause_after(fault))


def _client(redis_url: str, *, seconds: float) -> Redis:
    return Redis.from_url(
        redis_url,
        socket_timeout=seconds,
        socket_connect_timeout=seconds,
        retry=Retry(NoBackoff(), 0),
    )

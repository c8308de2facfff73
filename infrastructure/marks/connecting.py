"""A connection to Redis, and what it means when it fails."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

import redis
from redis.backoff import ExponentialBackoff
from redis.retry import Retry

from application.marks.errors import MarksUnavailable

SOCKET_SECONDS_MAX: Final = 10
_RETRIES: Final = 3


def connect_redis(url: str, *, connections_max: int = 8) -> redis.Redis:
    """A client that speaks to Redis 6.2 and newer; close it after use.

    The protocol is named, for what a command answers depends on it.
    """
    return redis.Redis.from_url(
        url,
        protocol=2,
        max_connections=connections_max,
        socket_timeout=SOCKET_SECONDS_MAX,
        socket_connect_timeout=SOCKET_SECONDS_MAX,
        retry=Retry(ExponentialBackoff(cap=1, base=0.05), retries=_RETRIES),
    )


@contextmanager
def answering() -> Iterator[None]:
    """Turn whatever Redis does not answer into MarksUnavailable."""
    try:
        yield
    except redis.RedisError as fault:
        raise MarksUnavailable(
            f"Redis does not answer ({type(fault).__name__}: {fault}). Marks wait where they are."
        ) from fault

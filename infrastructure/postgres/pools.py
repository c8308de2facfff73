"""Bounded pools of autocommit connections."""

from typing import Final, TypeAlias

from psycopg import Connection
from psycopg.rows import TupleRow
from psycopg_pool import ConnectionPool

Pool: TypeAlias = ConnectionPool[Connection[TupleRow]]

WAIT_SECONDS_MAX: Final = 5.0
WAITING_PER_CONNECTION_MAX: Final = 64
PREPARE_AFTER_USES: Final = 1


def new_session(conninfo: str) -> Connection[TupleRow]:
    """A connection like those of the pools, but of none."""
    return Connection.connect(conninfo, autocommit=True, prepare_threshold=PREPARE_AFTER_USES)


def new_pool(conninfo: str, *, pool_size: int, name: str) -> Pool:
    """A pool that is not open yet.

    Whoever waits longer than the limit, or finds the queue full, gets a `PoolTimeout` or
    `TooManyRequests`; both are psycopg's `OperationalError`.
    """
    assert pool_size > 0, "a pool needs a connection"
    return ConnectionPool(
        conninfo,
        kwargs={"autocommit": True, "prepare_threshold": PREPARE_AFTER_USES},
        min_size=1,
        max_size=pool_size,
        max_waiting=pool_size * WAITING_PER_CONNECTION_MAX,
        timeout=WAIT_SECONDS_MAX,
        name=name,
        open=False,
    )

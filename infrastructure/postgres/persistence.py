"""What to do when the database does not answer: ask again, or say so."""

from collections.abc import Callable
from time import sleep
from typing import Final, TypeAlias, TypeVar

from psycopg import Connection, InterfaceError, OperationalError, connect
from psycopg.errors import (
    IdleInTransactionSessionTimeout,
    LockNotAvailable,
    QueryCanceled,
    ReadOnlySqlTransaction,
)
from psycopg.rows import TupleRow
from psycopg_pool import PoolClosed, PoolTimeout, TooManyRequests

from application.errors import LedgerUnavailable
from infrastructure.postgres.errors import DatabaseUnusable
from infrastructure.postgres.pools import Pool

T = TypeVar("T")
Session: TypeAlias = Connection[TupleRow]

PAUSES_SECONDS: Final = (0.0, 0.05, 0.25, 1.0)
OPEN_SECONDS_MAX: Final = 10.0
# The server itself refused, or nothing was ever sent: asking again would only add to the load.
OVERLOADED: Final = (PoolTimeout, TooManyRequests, PoolClosed, LockNotAvailable, QueryCanceled)
LOST: Final = (
    OperationalError, InterfaceError, ReadOnlySqlTransaction, IdleInTransactionSessionTimeout,
)  # fmt: skip
"""The third is what a server says that is the writer no more; the last ends the session."""


def open_pool(pool: Pool) -> None:
    """Open it and wait for its first connection. Refuses with DatabaseUnusable, and says why:
    a pool alone would only say that it waited in vain.
    """
    _probe(pool)
    try:
        pool.open(wait=True, timeout=OPEN_SECONDS_MAX)
    except PoolTimeout as error:
        pool.close()
        raise DatabaseUnusable.because(error) from error


def _probe(pool: Pool) -> None:
    fault: OperationalError | None = None
    conninfo = pool.conninfo
    assert isinstance(conninfo, str), "our pools are made of texts"
    for pause in PAUSES_SECONDS:
        sleep(pause)
        try:
            connect(conninfo).close()
        except OperationalError as error:
            fault = error
        else:
            return
    assert fault is not None, "an attempt was made"
    raise DatabaseUnusable.because(fault)


def persistently(pool: Pool, attempt: Callable[[Session, bool], T]) -> T:
    """Run `attempt` on a pooled connection, and again on another when the connection is lost.

    The second argument says that an earlier attempt was cut off, so that whatever it sent may have
    happened or may still be happening. Refuses with LedgerUnavailable after the last attempt.
    """
    lost: Exception | None = None
    for pause in PAUSES_SECONDS:
        if pause:
            sleep(pause)
        try:
            with pool.connection() as session:
                return attempt(session, lost is not None)
        except OVERLOADED as error:
            raise _unavailable() from error
        except LOST as error:
            lost = error
            pool.check()
    raise _unavailable() from lost


def _unavailable() -> LedgerUnavailable:
    return LedgerUnavailable(
        "The ledger does not answer. Nothing is known to have been written;"
        " send the same request with the same key again."
    )

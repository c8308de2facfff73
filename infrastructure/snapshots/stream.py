"""A stream read from its first event on, in pieces: what any snapshot is compared with."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Final

from psycopg.rows import TupleRow

from application.errors import LedgerUnavailable
from domain.accounts.account import TradingAccount
from domain.kernel import UUID
from infrastructure.postgres.persistence import persistently
from infrastructure.postgres.pools import Pool
from infrastructure.snapshots.reading import event_of

PIECE: Final = 2_000
EVENTS: Final = """
SELECT stream_version, ledger_seq, event_type, schema_version, payload, effective_at
FROM ledger.events WHERE stream_id = %s AND stream_version > %s AND stream_version <= %s
ORDER BY stream_version LIMIT %s
"""
REACHED: Final = "SELECT version FROM ledger.streams WHERE stream_id = %s"


class NotReplayable(Exception):
    """The stream has the version, but its events cannot be taken in one after the other here."""


def replayed(pool: Pool, account_id: UUID, *, version: int) -> TradingAccount | None:
    """The account as its first events up to a version make it; None when there never were so many.

    Refuses with NotReplayable: some are kept elsewhere, or one cannot be read.
    """
    account: Any = None
    try:
        for row in _rows(pool, account_id, version=version):
            account = event_of(account_id, row).mutate(account)
    except LedgerUnavailable:
        raise
    except Exception as error:
        raise NotReplayable(f"{type(error).__name__}: {error}") from error
    if isinstance(account, TradingAccount) and account.version == version:
        return account
    if _reached(pool, account_id) >= version:
        raise NotReplayable("its first events are not in the table of events")
    return None


def _reached(pool: Pool, stream_id: UUID) -> int:
    row = persistently(pool, lambda session, _: session.execute(REACHED, (stream_id,)).fetchone())
    return int(row[0]) if row else 0


def _rows(pool: Pool, account_id: UUID, *, version: int) -> Iterator[TupleRow]:
    after = 0
    while after < version:
        piece = _piece(pool, (account_id, after, version, PIECE))
        yield from piece
        if len(piece) < PIECE:
            return
        after = piece[-1][0]


def _piece(pool: Pool, values: Sequence[object]) -> Sequence[TupleRow]:
    return persistently(
        pool, lambda session, _: session.execute(EVENTS, values, binary=True).fetchall()
    )

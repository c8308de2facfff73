"""A stream read from its first event on, in pieces: what any snapshot is compared with."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Final

from psycopg.rows import TupleRow

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


def replayed(pool: Pool, account_id: UUID, *, version: int) -> TradingAccount | None:
    """The account as its first events up to a version make it; None when they are not all there."""
    account: Any = None
    for row in _rows(pool, account_id, version=version):
        account = event_of(account_id, row).mutate(account)
    if not isinstance(account, TradingAccount) or account.version != version:
        return None
    return account


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

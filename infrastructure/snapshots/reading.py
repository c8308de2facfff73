"""Accounts from their newest snapshot and the events after it, by one query."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from hashlib import sha256
from time import monotonic_ns
from typing import Any, Final

from psycopg import RawCursor
from psycopg.rows import TupleRow

from domain.accounts.account import TradingAccount
from domain.kernel import UUID, Event
from infrastructure.event_store.codec import decode_event
from infrastructure.postgres.persistence import persistently
from infrastructure.postgres.pools import Pool
from infrastructure.snapshots.code_hash import code_hash
from infrastructure.snapshots.form import decode_account

TRUST_ASKED_EVERY_NS: Final = 5_000_000_000
# One statement sees one moment: a snapshot that is taken meanwhile cannot leave a hole. Without a
# snapshot it is the query for the whole stream, and one look into an index. The positions leave
# partitions out. They are not written as one range: of that the planner believes that it is narrow,
# and reads all of a partition's positions beside the stream's few events.
NEWEST: Final = b"""
WITH found AS MATERIALIZED (
    SELECT s.version, s.ledger_seq, s.state, s.digest, c.wrong
    FROM work.snapshots AS s JOIN work.snapshot_codes AS c ON c.code_hash = s.code_hash
    WHERE s.code_hash = $2 AND s.stream_id = $1 AND c.distrusted_at IS NULL
), base AS MATERIALIZED (
    SELECT coalesce(f.version, 0) AS version, s.version AS reached, s.last_seq,
        coalesce(f.ledger_seq + 1, s.first_seq) AS first_seq
    FROM ledger.streams AS s LEFT JOIN found AS f ON true WHERE s.stream_id = $1
)
SELECT version, ledger_seq, NULL, NULL, digest::text, NULL, state, wrong,
    (SELECT reached FROM base)
FROM found
UNION ALL
SELECT stream_version, ledger_seq, event_type, schema_version, payload, effective_at, NULL, NULL,
    NULL
FROM ledger.events
WHERE stream_id = $1 AND stream_version > (SELECT version FROM base)
    AND ledger_seq >= (SELECT first_seq FROM base)
    AND ledger_seq <= ANY (ARRAY[(SELECT last_seq FROM base)])
"""
TRUST: Final = "SELECT wrong, distrusted_at FROM work.snapshot_codes WHERE code_hash = %s"

_log = logging.getLogger("dynasty.snapshots")


class NotAccountsBytes(ValueError):
    """What a snapshot holds is not what was put there, or of another stream or version."""


@dataclass(frozen=True, slots=True)
class Loaded:
    """An account as the log has it now; `ledger_seq` is that of its last event. `based_on` is the
    version of the snapshot it was made from, 0 for none; `wrong` how many snapshots of this code
    had been found wrong by then.
    """

    account: TradingAccount
    ledger_seq: int
    based_on: int
    wrong: int


@dataclass(slots=True)
class LoadCounts:
    """How accounts were loaded by this process since it began."""

    from_snapshot: int = 0
    whole: int = 0
    unreadable: int = 0


class SnapshotReader:
    """Loads accounts for whoever may read the log and the snapshots of this code.

    A snapshot that cannot be read, or on which the later events do not fit, is reported and left
    alone: the caller reads the whole stream.
    """

    def __init__(
        self, pool: Pool, *, code: str | None = None, now_ns: Callable[[], int] = monotonic_ns
    ) -> None:
        self._pool, self._code, self._now_ns = pool, code, now_ns
        self.counts = LoadCounts()
        self._used = False
        self._wrong = 0
        self._ask_at_ns = 0

    @property
    def code(self) -> str:
        """The hash of the code whose snapshots are used."""
        return self._code or code_hash()

    def load(self, account_id: UUID) -> Loaded | None:
        """The account, or None: there is none, or what there is cannot be used."""
        rows = persistently(
            self._pool,
            lambda session, _: (
                RawCursor(session)
                .execute(NEWEST, (account_id, self.code), prepare=True, binary=True)
                .fetchall()
            ),
        )
        # In this order they come; that they do is not promised by anybody.
        rows.sort(key=_version)
        if not rows:
            return None
        kept = rows[0] if rows[0][6] is not None else None
        if kept is None:
            self.counts.whole += 1
            return _whole(account_id, rows)
        try:
            loaded = _continued(account_id, kept, rows[1:])
        except Exception as error:  # noqa: BLE001 (a snapshot may hold anything; no command fails by it)
            self.counts.unreadable += 1
            _log.warning("The snapshot of acc_%s is not used: %s", account_id, error)
            return None
        self.counts.from_snapshot += 1
        if not self._used:
            self._used, self._wrong = True, loaded.wrong
        return loaded

    def lost_trust(self) -> bool:
        """Whether a snapshot of this code was found wrong since one was used here. Asked of the
        database every five seconds, and only once a snapshot was used.
        """
        if not self._used or self._now_ns() < self._ask_at_ns:
            return False
        self._ask_at_ns = self._now_ns() + TRUST_ASKED_EVERY_NS
        row = persistently(
            self._pool, lambda session, _: session.execute(TRUST, (self.code,)).fetchone()
        )
        wrong, distrusted_at = row or (0, None)
        lost = wrong > self._wrong or distrusted_at is not None
        self._wrong, self._used = wrong, not lost
        return lost


def _continued(account_id: UUID, kept: TupleRow, rows: Sequence[TupleRow]) -> Loaded:
    version, ledger_seq, _, _, digest, _, state, wrong, reached = kept
    account = read_snapshot(state, digest=digest, stream_id=account_id, version=version)
    for row in rows:
        event_of(account_id, row).mutate(account)  # type: ignore[arg-type]
    if account.version != reached:
        raise NotAccountsBytes("it is not of this stream's past")
    last = rows[-1][1] if rows else ledger_seq
    return Loaded(account, last, based_on=version, wrong=wrong)


def _whole(account_id: UUID, rows: Sequence[TupleRow]) -> Loaded | None:
    """From all events; None when the first of them are kept elsewhere, or make no account."""
    if rows[0][0] != 1:
        return None
    account: Any = None
    for row in rows:
        account = event_of(account_id, row).mutate(account)
    if not isinstance(account, TradingAccount):
        return None
    return Loaded(account, rows[-1][1], based_on=0, wrong=0)


def read_snapshot(state: bytes, *, digest: str, stream_id: UUID, version: int) -> TradingAccount:
    """The account that a row holds. Anything amiss is a ValueError or a DomainError."""
    if sha256(state).hexdigest() != digest:
        raise NotAccountsBytes("its bytes are not those that were taken")
    account = decode_account(state)
    if (account.id, account.version) != (stream_id, version):
        raise NotAccountsBytes("it is of another stream or version")
    return account


def event_of(stream_id: UUID, row: TupleRow) -> Event:
    """The event of a row: version, position, type, version of its class, payload, time."""
    stream_version, ledger_seq, event_type, schema_version, payload, effective_at = row[:6]
    return decode_event(
        event_type=event_type,
        schema_version=schema_version,
        payload=payload,
        stream_id=stream_id,
        stream_version=stream_version,
        effective_at=effective_at,
        ledger_seq=ledger_seq,
    )


def _version(row: TupleRow) -> int:
    version: int = row[0]
    return version

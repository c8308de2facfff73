"""What the rules engine looks at: accounts that may be judged, as the read models show them."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, Final, TypeAlias

from psycopg import Connection, InterfaceError, OperationalError
from psycopg.rows import TupleRow, dict_row
from psycopg_pool import ConnectionPool
from typing_extensions import override

from application.errors import LedgerUnavailable
from application.marks.facts import AccountFacts
from application.marks.ports import Standings
from domain.documents import canonical_json
from domain.rules.canonical import pack_from_text
from domain.rules.pack import RulePack
from projections.gate import least_position

Pool: TypeAlias = ConnectionPool[Connection[TupleRow]]
Row: TypeAlias = Mapping[str, Any]

ROWS_MAX: Final = 5_000
MODELS: Final = ("accounts", "rule_state", "trading_days")

# The day last closed and the day last traded are found at the right end of the key of trading_days.
SELECT: Final = """
SELECT r.account_id, r.version, r.position, a.pack_hash, a.opened_at, r.settled_at, r.status,
    r.balance_units, r.floor_units, r.daily_floor_units, r.trading_day, r.day_start_equity_units,
    r.max_loss_basis, r.max_loss_warning_units, r.daily_loss_basis, r.daily_loss_warning_units,
    r.open_loss_next_units, r.session_high_units, r.session_low_units, r.positions, r.violated,
    (
        SELECT d.trading_day FROM read.trading_days AS d
        WHERE d.account_id = r.account_id AND d.status = 'closed'
        ORDER BY d.trading_day DESC LIMIT 1
    ) AS last_closed,
    (
        SELECT d.trading_day FROM read.trading_days AS d
        WHERE d.account_id = r.account_id AND d.traded
        ORDER BY d.trading_day DESC LIMIT 1
    ) AS last_traded
FROM read.rule_state AS r JOIN read.accounts AS a USING (account_id)
"""
ALIVE: Final = SELECT + " WHERE r.status <> 'failed' OR r.trading_day IS NOT NULL"
CHANGED: Final = SELECT + " WHERE r.position > %s AND r.position <= %s ORDER BY r.position LIMIT %s"
PACKS: Final = "SELECT DISTINCT ON (pack_hash) pack_hash, pack::text FROM read.accounts"
PACK: Final = "SELECT pack::text FROM read.accounts WHERE pack_hash = %s LIMIT 1"
BEGIN: Final = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"


class ReadModelStandings(Standings):
    """The port on `read.rule_state` and its neighbours. Packs are read once each."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool
        self._packs: dict[str, RulePack] = {}

    @override
    def position(self) -> int:
        with self._session() as session:
            return least_position(session, MODELS)

    @override
    def alive(self) -> Iterable[AccountFacts]:
        with self._session() as session:
            for pack_hash, text in session.execute(PACKS).fetchall():
                self._packs.setdefault(pack_hash, _pack(text))
            with session.transaction(), session.cursor("alive", row_factory=dict_row) as cursor:
                cursor.itersize = ROWS_MAX
                cursor.execute(ALIVE)
                for row in cursor:
                    yield self._facts(session, row)

    @override
    def changed(self, *, after: int) -> tuple[Sequence[AccountFacts], int]:
        """At most `ROWS_MAX` accounts; the position is then that of the last of them."""
        with self._session() as session:
            session.execute(BEGIN)
            reached = least_position(session, MODELS)
            with session.cursor(row_factory=dict_row) as cursor:
                rows: Sequence[Row] = ()
                if reached > after:
                    rows = cursor.execute(CHANGED, (after, reached, ROWS_MAX)).fetchall()
            facts = [self._facts(session, row) for row in rows]
            session.commit()
        if len(rows) == ROWS_MAX:
            return facts, int(rows[-1]["position"])
        return facts, max(after, reached)

    def _facts(self, session: Connection[TupleRow], row: Row) -> AccountFacts:
        roots = tuple(sorted({each["root"] for each in row["positions"] if each["quantity"]}))
        return AccountFacts(
            account_id=row["account_id"],
            version=row["version"],
            pack=self._pack_of(session, row["pack_hash"]),
            opened_at=row["opened_at"],
            settled_at=row["settled_at"],
            status=row["status"],
            balance=row["balance_units"],
            floor=row["floor_units"],
            daily_floor=row["daily_floor_units"],
            violated=frozenset(row["violated"]),
            day=row["trading_day"],
            last_closed=row["last_closed"],
            day_start_equity=row["day_start_equity_units"],
            session_high=row["session_high_units"],
            session_low=row["session_low_units"],
            open_roots=roots,
            open_since=row["settled_at"] if roots else None,
            last_traded=row["last_traded"],
            warnings=tuple(
                (row[f"{rule}_basis"], row[f"{rule}_warning_units"])
                for rule in ("max_loss", "daily_loss")
                if row[f"{rule}_warning_units"] is not None
            ),
            open_loss=row["open_loss_next_units"],
        )

    def _pack_of(self, session: Connection[TupleRow], pack_hash: str) -> RulePack:
        found = self._packs.get(pack_hash)
        if found is None:
            row = session.execute(PACK, (pack_hash,)).fetchone()
            assert row is not None, "the account that has the pack is there"
            found = self._packs[pack_hash] = _pack(row[0])
        return found

    @contextmanager
    def _session(self) -> Iterator[Connection[TupleRow]]:
        try:
            with self._pool.connection() as session:
                yield session
        except (OperationalError, InterfaceError) as fault:
            raise LedgerUnavailable(
                f"The read models do not answer ({type(fault).__name__}). Marks wait."
            ) from fault


def _pack(text: str) -> RulePack:
    return pack_from_text(canonical_json(json.loads(text)))

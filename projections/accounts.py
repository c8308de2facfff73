"""Which accounts there are, how each stands, and the pack in force: the one it was sold with, until
its trader agrees to another.
"""

from typing import Any, Final

from psycopg import Cursor
from typing_extensions import override

from domain.documents import canonical_json
from domain.rules.canonical import document_of
from projections.folding import AccountFold
from projections.kernel import DDL, Batch, Projection, Row
from projections.writing import copy_rows

COLUMNS: Final = (
    "account_id", "trader_id", "plan", "phase", "pack_hash", "pack", "starting_balance_units",
    "opened_at", "status", "ended_by", "balance_units", "net_profit_units", "trading_days",
    "trades_count", "violations_count", "open_contracts", "last_effective_at", "version",
    "position",
)  # fmt: skip
# Packs are pinned and long; an update of the rest leaves them and their index alone. The few
# accounts that were moved are asked whether their pack is another by now.
MOVE: Final = """
UPDATE accounts SET pack_hash = %s, pack = %s WHERE account_id = %s AND pack_hash <> %s
"""
UPDATE: Final = """
UPDATE accounts SET
    status = %s, ended_by = %s, balance_units = %s, net_profit_units = %s, trading_days = %s,
    trades_count = %s, violations_count = %s, open_contracts = %s, last_effective_at = %s,
    version = %s, position = %s
WHERE account_id = %s
"""


class Accounts(Projection):
    """One row per account. `trades_count` counts trades, fills and results not taken back."""

    name = "accounts"
    ddl = DDL(
        names=("accounts",),
        tables="""
CREATE TABLE accounts (
    account_id uuid PRIMARY KEY,
    trader_id uuid NOT NULL,
    plan text NOT NULL,
    phase text NOT NULL,
    status text NOT NULL,
    ended_by text,
    pack_hash text NOT NULL,
    pack jsonb NOT NULL,
    starting_balance_units bigint NOT NULL,
    balance_units bigint NOT NULL,
    net_profit_units bigint NOT NULL,
    trading_days integer NOT NULL,
    trades_count integer NOT NULL,
    violations_count integer NOT NULL,
    open_contracts integer NOT NULL,
    opened_at timestamptz NOT NULL,
    last_effective_at timestamptz NOT NULL,
    version integer NOT NULL,
    position bigint NOT NULL
) WITH (fillfactor = 70);
""",
        indexes="""
CREATE INDEX accounts_by_trader ON accounts (trader_id, status);
CREATE INDEX accounts_alive ON accounts (account_id) WHERE status IN ('active', 'locked');
CREATE INDEX accounts_newest ON accounts (opened_at DESC, account_id);
CREATE INDEX accounts_by_pack ON accounts USING gin (pack jsonb_path_ops);
""",
    )

    @override
    def project(self, batch: Batch, cursor: Cursor[Any]) -> None:
        new = batch.opened
        opened, changed = [], []
        for account_id, fold in batch.accounts.items():
            if account_id in new:
                opened.append((*_pinned(fold), *_changing(fold)))
            else:
                changed.append((*_changing(fold), account_id))
        copy_rows(cursor, "accounts", COLUMNS, opened)
        if changed:
            cursor.executemany(UPDATE, changed)
        moved = [_in_force(fold) for fold in batch.accounts.values() if fold.moved]
        if moved:
            cursor.executemany(MOVE, moved)


def _pinned(fold: AccountFold) -> Row:
    opened = fold.opened
    return (
        fold.account_id,
        opened.trader_id,
        opened.plan,
        opened.phase,
        opened.pack_hash,
        opened.pack,
        opened.starting_balance_units,
        opened.timestamp,
    )


def _in_force(fold: AccountFold) -> Row:
    state = fold.state
    text = canonical_json(document_of(state.pack))
    return state.pack_hash, text, fold.account_id, state.pack_hash


def _changing(fold: AccountFold) -> Row:
    state = fold.state
    return (
        state.status,
        state.ended_by,
        state.balance.units,
        state.net_profit.units,
        state.trading_days,
        fold.trades_count,
        fold.violations_count,
        sum(abs(lot.quantity) for lot in state.lots),
        fold.last_effective_at,
        fold.version,
        fold.position,
    )

"""Who did what, and when: where the log says it, and what the log does not say."""

from typing import Any, Final, LiteralString

from psycopg import Cursor
from typing_extensions import override

from domain.accounts.events import (
    EquityMarked,
    FillRecorded,
    TradeRecorded,
    TradingDayClosed,
)
from projections.kernel import DDL, Batch, Projection
from projections.writing import copy_rows

COLUMNS: Final = (
    "ledger_seq", "stream_id", "trader_id", "stream_version", "event_type", "actor",
    "balance_units",
)  # fmt: skip

FREQUENT: Final = frozenset(
    each.TOPIC for each in (EquityMarked, FillRecorded, TradeRecorded, TradingDayClosed)
)
"""Nearly all events are of these types: one is found in any page of the log, without an index."""

RARE: Final[LiteralString] = (
    "event_type NOT IN ('account.equity_marked', 'account.fill_recorded',"
    " 'account.trade_recorded', 'account.trading_day_closed')"
)
"""Of the others. To be said with each question for one of them: the index holds no more."""


class AuditLog(Projection):
    """One row per event, whatever its stream. `trader_id` is the trader's whose account the stream
    is, `balance_units` the account's balance right after; both are null beside accounts.

    The log is the audit trail: what was done and why is read there, by `audit_entries`. Times bound
    positions in the log, which knows them: recorded times never fall along it.
    """

    name = "audit_log"
    account_column = "stream_id"
    ddl = DDL(
        names=("audit_log",),
        tables="""
CREATE TABLE audit_log (
    ledger_seq bigint PRIMARY KEY,
    balance_units bigint,
    stream_id uuid NOT NULL,
    trader_id uuid,
    stream_version integer NOT NULL,
    event_type text NOT NULL,
    actor text NOT NULL
);
""",
        indexes=f"""
CREATE INDEX audit_log_by_stream ON audit_log (stream_id, ledger_seq DESC);
CREATE INDEX audit_log_by_actor ON audit_log (actor, ledger_seq DESC);
CREATE INDEX audit_log_by_type ON audit_log (event_type, ledger_seq DESC) WHERE {RARE};
""",
    )

    @override
    def project(self, batch: Batch, cursor: Cursor[Any]) -> None:
        rows = []
        for recorded, _, moment in batch.events:
            ledger_seq, stream_id, version, _, event_type, _, _, actor, *_ = recorded
            trader_id = moment.trader_id if moment else None
            balance = moment.balance.units if moment else None
            rows.append((ledger_seq, stream_id, trader_id, version, event_type, actor, balance))
        copy_rows(cursor, "audit_log", COLUMNS, rows)

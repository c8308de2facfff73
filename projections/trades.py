"""Every execution of an account: trades, fills, and results of days whose trades are not shown."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any, Final, TypeAlias, assert_never
from uuid import UUID

from psycopg import Cursor
from typing_extensions import override

from domain.accounts.corrected import Booked, report_of
from domain.accounts.events import (
    FillRecorded,
    FillVoided,
    ResultRecorded,
    TradeRecorded,
    TradeVoided,
)
from projections.correcting import correct_fills
from projections.kernel import DDL, Batch, Correction, Happened, Projected, Projection, Row
from projections.writing import copy_rows, replace_rows

COLUMNS: Final = (
    "account_id", "kind", "trade_id", "symbol", "root", "side", "quantity", "entry_price",
    "exit_price", "price", "gross_units", "fees_units", "net_units", "reported_units",
    "entered_at", "exited_at", "trading_day", "source", "metadata", "balance_units",
    "stream_version", "ledger_seq", "voided_at", "void_reason",
)  # fmt: skip
VOID: Final = """
UPDATE trades SET voided_at = %s, void_reason = %s
WHERE account_id = %s AND kind = %s AND trade_id = %s
"""
KEY: Final = (("account_id", "uuid"), ("kind", "text"), ("trade_id", "text"))
Key: TypeAlias = tuple[UUID, str, str]
Voided: TypeAlias = tuple[datetime | None, str | None]
STANDING: Final[Voided] = (None, None)


TAKEN_BACK: Final[tuple[type[TradeVoided | FillVoided], ...]] = (TradeVoided, FillVoided)


class Trades(Projection):
    """One row per execution. What the platform took back stays, with when and why.

    `balance_units` is the balance right after it was recorded, as it was shown then: a correction
    restates days, not this. A result has no symbol and no quantity. `metadata` is what one kind has
    of its own: of a fill, how many contracts it closed.
    """

    name = "trades"
    ddl = DDL(
        names=("trades",),
        tables="""
CREATE TABLE trades (
    account_id uuid NOT NULL,
    kind text NOT NULL,
    trade_id text NOT NULL,
    symbol text NOT NULL,
    root text NOT NULL,
    side text,
    quantity integer NOT NULL,
    entry_price numeric,
    exit_price numeric,
    price numeric,
    gross_units bigint NOT NULL,
    fees_units bigint NOT NULL,
    net_units bigint NOT NULL,
    balance_units bigint NOT NULL,
    reported_units bigint,
    entered_at timestamptz NOT NULL,
    exited_at timestamptz NOT NULL,
    trading_day date NOT NULL,
    source text NOT NULL,
    voided_at timestamptz,
    void_reason text,
    metadata jsonb NOT NULL,
    stream_version integer NOT NULL,
    ledger_seq bigint NOT NULL,
    PRIMARY KEY (account_id, kind, trade_id)
);
""",
        indexes="""
CREATE INDEX trades_newest ON trades (account_id, exited_at DESC, ledger_seq DESC);
CREATE INDEX trades_by_day ON trades (account_id, trading_day);
CREATE INDEX trades_by_metadata ON trades USING gin (metadata jsonb_path_ops);
""",
    )

    @override
    def project(self, batch: Batch, cursor: Cursor[Any]) -> None:
        for happened, corrections in batch.runs:
            _book(happened, cursor)
            _correct(corrections, cursor)


def _book(happened: Happened, cursor: Cursor[Any]) -> None:
    voided: dict[Key, Voided] = {}
    for taken_back in TAKEN_BACK:
        for _, void in happened.of(taken_back):
            voided[void.originator_id, *named(void)] = (void.timestamp, void.reason)
    rows = [booked_row(each, event) for kind in _FACTS for each, event in happened.of(kind)]
    if voided:
        rows = [(*row[:-2], *voided.pop(row[:3], STANDING)) for row in rows]
    copy_rows(cursor, "trades", COLUMNS, rows)
    if voided:
        cursor.executemany(VOID, [(*how, *key) for key, how in voided.items()])


def _correct(corrections: Sequence[Correction], cursor: Cursor[Any]) -> None:
    voided, placed = [], []
    for each, event in corrections:
        key = (event.originator_id, event.execution, event.execution_id)
        if event.put_in is None:
            voided.append((each.recorded.recorded_at, event.reason, *key))
        else:
            placed.append(booked_row(each, report_of(event)))
    if voided:
        cursor.executemany(VOID, voided)
    replace_rows(cursor, "trades", COLUMNS, placed, key=KEY)
    correct_fills(cursor, corrections)


def booked_row(each: Projected, event: Booked) -> Row:
    """The row of an execution that stands."""
    recorded, _, moment = each
    assert moment is not None, "an account's event has its account"
    return (
        event.originator_id,
        *_FACTS[type(event)](event),
        moment.balance.units,
        event.originator_version,
        recorded.ledger_seq,
        *STANDING,
    )


def named(event: Booked | TradeVoided | FillVoided) -> tuple[str, str]:
    """The kind and the source's identifier of an execution."""
    match event:
        case TradeRecorded() | TradeVoided():
            return "trade", event.trade_id
        case FillRecorded() | FillVoided():
            return "fill", event.fill_id
        case ResultRecorded():
            return "result", event.result_id
        case _:
            assert_never(event)


def _trade(event: TradeRecorded) -> Row:
    return (
        "trade",
        event.trade_id,
        event.symbol,
        event.root,
        event.side,
        event.quantity,
        event.entry_price,
        event.exit_price,
        None,
        event.gross_units,
        event.fees_units,
        event.gross_units - event.fees_units,
        event.reported_units,
        event.entered_at,
        event.exited_at,
        event.trading_day,
        event.source,
        "{}",
    )


def _fill(event: FillRecorded) -> Row:
    return (
        "fill",
        event.fill_id,
        event.symbol,
        event.root,
        event.action,
        event.quantity,
        None,
        None,
        event.price,
        event.realised_units,
        event.fees_units,
        event.realised_units - event.fees_units,
        None,
        event.executed_at,
        event.executed_at,
        event.trading_day,
        event.source,
        f'{{"closed_quantity":{event.closed_quantity}}}',
    )


def _result(event: ResultRecorded) -> Row:
    return (
        "result",
        event.result_id,
        "",
        "",
        None,
        0,
        None,
        None,
        None,
        event.net_units,
        0,
        event.net_units,
        None,
        event.timestamp,
        event.timestamp,
        event.trading_day,
        event.source,
        "{}",
    )


# By its class: an execution is every second event of the log.
_FACTS: Final[Mapping[type[Booked], Callable[[Any], Row]]] = {
    TradeRecorded: _trade,
    FillRecorded: _fill,
    ResultRecorded: _result,
}
"""Kind, identifier and facts of an execution."""

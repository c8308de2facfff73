"""What an account was at the end of each trading day."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, Final

from psycopg import Cursor
from typing_extensions import override

from domain.accounts.events import TradingDayClosed
from projections.kernel import DDL, Batch, Correction, Projected, Projection, Row
from projections.writing import copy_rows

COLUMNS: Final = (
    "account_id", "trading_day", "balance_units", "equity_units", "open_pnl_units", "net_units",
    "high_equity_units", "low_equity_units", "floor_units", "next_floor_units", "closest_units",
    "drawdown_units", "recorded_at",
)  # fmt: skip
RESTATED: Final = (
    "open_pnl_units", "net_units", "high_equity_units", "low_equity_units", "floor_units",
    "next_floor_units", "closest_units", "drawdown_units",
)  # fmt: skip
DROP: Final = "DELETE FROM daily_snapshots WHERE account_id = %s AND trading_day = %s"


class DailySnapshots(Projection):
    """One row per closed day, as it was closed or restated last; `recorded_at` is when that was.

    `closest_units` is the least money to the floor at any moment the day was judged, its start
    included; `drawdown_units` is how far the balance lies below the highest closing balance.
    """

    name = "daily_snapshots"
    ddl = DDL(
        names=("daily_snapshots",),
        tables="""
CREATE TABLE daily_snapshots (
    account_id uuid NOT NULL,
    trading_day date NOT NULL,
    balance_units bigint NOT NULL,
    equity_units bigint NOT NULL,
    open_pnl_units bigint NOT NULL,
    net_units bigint NOT NULL,
    high_equity_units bigint NOT NULL,
    low_equity_units bigint NOT NULL,
    floor_units bigint,
    next_floor_units bigint,
    closest_units bigint,
    drawdown_units bigint NOT NULL,
    recorded_at timestamptz NOT NULL,
    PRIMARY KEY (account_id, trading_day)
);
""",
        indexes="""
CREATE INDEX daily_snapshots_by_day ON daily_snapshots (trading_day);
CREATE INDEX daily_snapshots_newest ON daily_snapshots (account_id, trading_day DESC);
""",
    )

    @override
    def project(self, batch: Batch, cursor: Cursor[Any]) -> None:
        for happened, corrections in batch.runs:
            rows = [closing_row(each, day) for each, day in happened.of(TradingDayClosed)]
            copy_rows(cursor, "daily_snapshots", COLUMNS, rows)
            _restate(cursor, corrections)


def _restate(cursor: Cursor[Any], corrections: Sequence[Correction]) -> None:
    days = [(each, day) for each, event in corrections for day in event.days]
    if days:
        shown = [(each.recorded.stream_id, day["trading_day"]) for each, day in days]
        cursor.executemany(DROP, shown)
    rows = [restated_row(each, day) for each, day in days if day["after"] is not None]
    copy_rows(cursor, "daily_snapshots", COLUMNS, rows)


def restated_row(each: Projected, day: Mapping[str, Any]) -> Row:
    """A day as a correction left it."""
    after = day["after"]
    balance = after["closing_balance_units"]
    return (
        each.recorded.stream_id,
        date.fromisoformat(day["trading_day"]),
        balance,
        balance + after["open_pnl_units"],
        *(after[name] for name in RESTATED),
        each.recorded.recorded_at,
    )


def closing_row(each: Projected, event: TradingDayClosed) -> Row:
    """A day as it was closed."""
    assert each.moment is not None, "an account's event has its account"
    assert each.moment.day_end is not None, "a day that closes has an end"
    closest = each.moment.day_end.closest
    return (
        event.originator_id,
        event.trading_day,
        event.closing_balance_units,
        event.closing_balance_units + event.open_pnl_units,
        event.open_pnl_units,
        event.net_units,
        event.high_equity_units,
        event.low_equity_units,
        event.floor_units,
        event.next_floor_units,
        closest.units if closest is not None else None,
        each.moment.day_end.drawdown.units,
        each.recorded.recorded_at,
    )

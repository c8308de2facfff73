"""The trading days of an account: what each earned, and whether it counts."""

from datetime import date
from typing import Any, Final
from uuid import UUID

from psycopg import Cursor
from typing_extensions import override

from domain.accounts.events import TradingDayClosed
from domain.accounts.evolve_payouts import is_winning
from projections.folding import AccountFold, DayEnd
from projections.kernel import DDL, Batch, Projection, Row
from projections.writing import replace_rows

COLUMNS: Final = (
    "account_id", "trading_day", "status", "opening_balance_units", "net_units",
    "closing_balance_units", "executions", "traded", "winning", "violations",
)  # fmt: skip
KEY: Final = (("account_id", "uuid"), ("trading_day", "date"))


class TradingDays(Projection):
    """One row per day with events, from its first on. An open day shows how it would end now."""

    name = "trading_days"
    ddl = DDL(
        names=("trading_days",),
        tables="""
CREATE TABLE trading_days (
    account_id uuid NOT NULL,
    trading_day date NOT NULL,
    status text NOT NULL,
    opening_balance_units bigint NOT NULL,
    net_units bigint NOT NULL,
    closing_balance_units bigint,
    executions integer NOT NULL,
    traded boolean NOT NULL,
    winning boolean NOT NULL,
    violations integer NOT NULL,
    PRIMARY KEY (account_id, trading_day)
);
""",
    )

    @override
    def project(self, batch: Batch, cursor: Cursor[Any]) -> None:
        days: dict[tuple[UUID, date], Row] = {}
        for each in batch.events:
            if isinstance(each.event, TradingDayClosed):
                assert each.moment is not None, "an account's event has its account"
                assert each.moment.day_end is not None, "a day that closes has an end"
                key = (each.event.originator_id, each.event.trading_day)
                days[key] = _closed(each.event, each.moment.day_end)
        for fold in batch.accounts.values():
            if fold.state.session is not None:
                days[fold.account_id, fold.state.session.day] = _open(fold)
        rows = [(*key, *row) for key, row in days.items()]
        replace_rows(cursor, "trading_days", COLUMNS, rows, key=KEY)


def _closed(event: TradingDayClosed, end: DayEnd) -> Row:
    return (
        "closed",
        event.opening_balance_units,
        event.net_units,
        event.closing_balance_units,
        event.executions,
        event.traded,
        end.winning,
        end.violations,
    )


def _open(fold: AccountFold) -> Row:
    state, session = fold.state, fold.state.session
    assert session is not None, "a day in progress has a session"
    return (
        "open",
        state.day_start_balance.units,
        state.day_net.units,
        None,
        len(session.executions),
        session.traded,
        is_winning(state),
        fold.day_violations,
    )

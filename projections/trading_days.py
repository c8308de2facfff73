"""The trading days of an account: what each earned, and whether it counts."""

from datetime import date
from typing import Any, Final
from uuid import UUID

from psycopg import Cursor
from typing_extensions import override

from domain.accounts.events import TradingDayClosed
from domain.accounts.evolve_payouts import is_winning
from projections.correcting import corrections_of, restated_days
from projections.folding import AccountFold, DayEnd
from projections.kernel import DDL, Batch, Projection, Row
from projections.writing import replace_rows

COLUMNS: Final = (
    "account_id", "trading_day", "status", "opening_balance_units", "net_units",
    "closing_balance_units", "executions", "traded", "winning", "violations",
)  # fmt: skip
DROP: Final = "DELETE FROM trading_days WHERE account_id = %s AND trading_day = %s"
# A day in progress whose only executions were taken out, or moved, is no day of the account.
DROP_OPEN: Final = """
DELETE FROM trading_days
WHERE account_id = %s AND status = 'open' AND trading_day IS DISTINCT FROM %s
"""
RESTATE: Final = """
INSERT INTO trading_days (account_id, trading_day, status, opening_balance_units, net_units,
    closing_balance_units, executions, traded, winning, violations)
VALUES (%(account_id)s, %(day)s, 'closed', %(opening_balance_units)s, %(net_units)s,
    %(closing_balance_units)s, %(executions)s, %(traded)s, %(winning)s, 0)
ON CONFLICT (account_id, trading_day) DO UPDATE SET
    status = excluded.status,
    opening_balance_units = excluded.opening_balance_units, net_units = excluded.net_units,
    closing_balance_units = excluded.closing_balance_units, executions = excluded.executions,
    traded = excluded.traded, winning = excluded.winning
"""
KEY: Final = (("account_id", "uuid"), ("trading_day", "date"))


class TradingDays(Projection):
    """One row per day with events, from its first on. An open day shows how it would end now.

    A correction restates closed days; what was shown before stands in `restatements`.
    """

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
        for _, correction, day in restated_days(batch.events):
            _restate(cursor, correction.originator_id, day)
        for account_id in {x.originator_id for x in corrections_of(batch.events)}:
            session = batch.accounts[account_id].state.session
            cursor.execute(DROP_OPEN, (account_id, session.day if session else None))


def _restate(cursor: Cursor[Any], account_id: UUID, day: dict[str, Any]) -> None:
    """The violations of a day are those that were pronounced, and stay counted."""
    after = day["after"]
    if after is None:
        cursor.execute(DROP, (account_id, day["trading_day"]))
    else:
        cursor.execute(RESTATE, {"account_id": account_id, "day": day["trading_day"], **after})


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

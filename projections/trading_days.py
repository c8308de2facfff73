"""The trading days of an account: what each earned, and whether it counts."""

from collections.abc import Collection, Iterator, Sequence
from datetime import date
from typing import Any, Final, TypeAlias
from uuid import UUID

from psycopg import Cursor
from typing_extensions import override

from domain.accounts.events import TradingDayClosed
from domain.accounts.events_corrections import HistoryCorrected
from domain.accounts.evolve_payouts import is_winning
from domain.accounts.state import AccountState, Session
from projections.folding import AccountFold
from projections.kernel import DDL, Batch, Correction, Happened, Projected, Projection, Row
from projections.writing import copy_rows, replace_rows

COLUMNS: Final = (
    "account_id", "trading_day", "status", "opening_balance_units", "net_units",
    "closing_balance_units", "executions", "traded", "winning", "violations",
)  # fmt: skip
DROP: Final = "DELETE FROM trading_days WHERE account_id = %(account_id)s AND trading_day = %(day)s"
# A day in progress whose only executions were taken out, or moved, is no day of the account.
DROP_OPEN: Final = """
DELETE FROM trading_days
WHERE account_id = %s AND status = 'open' AND trading_day IS DISTINCT FROM %s
"""
RESTATE: Final = """
INSERT INTO trading_days (account_id, trading_day, status, opening_balance_units, net_units,
    closing_balance_units, executions, traded, winning, violations)
VALUES (%(account_id)s, %(day)s, 'closed', %(opening_balance_units)s, %(net_units)s,
    %(closing_balance_units)s, %(executions)s, %(traded)s, %(winning)s, %(violations)s)
ON CONFLICT (account_id, trading_day) DO UPDATE SET status = 'closed', violations =
    CASE trading_days.status WHEN 'open' THEN excluded.violations ELSE trading_days.violations END,
    opening_balance_units = excluded.opening_balance_units, net_units = excluded.net_units,
    closing_balance_units = excluded.closing_balance_units, executions = excluded.executions,
    traded = excluded.traded, winning = excluded.winning
"""
Key: TypeAlias = tuple[UUID, date]
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
        # In the order of the log: a day may close after a correction took it away, or before.
        new = set(batch.opened)
        for happened, corrections in batch.runs:
            _write(cursor, dict(_closed(happened)), new)
            _restate(cursor, corrections)
            # What a correction puts there may be there before the account's own events come to it.
            new -= {event.originator_id for _, event in corrections}
        folds = [each for each in batch.accounts.values() if each.state.session is not None]
        _write(cursor, dict(map(_open, folds)), new)
        corrections = batch.happened.of(HistoryCorrected)
        corrected = {event.originator_id for _, event in corrections}
        sessions = [(each, batch.accounts[each].state.session) for each in corrected]
        if sessions:
            shown = [(each, session.day if session else None) for each, session in sessions]
            cursor.executemany(DROP_OPEN, shown)


def _write(cursor: Cursor[Any], days: dict[Key, Row], new: Collection[UUID]) -> None:
    """Days of accounts that are `new` have no rows that these would take the place of."""
    rows = [(*key, *row) for key, row in days.items()]
    changed = [row for row in rows if row[0] not in new]
    replace_rows(cursor, "trading_days", COLUMNS, changed, key=KEY)
    copy_rows(cursor, "trading_days", COLUMNS, [row for row in rows if row[0] in new])


def _restate(cursor: Cursor[Any], corrections: Sequence[Correction]) -> None:
    """The violations of a day are those that were pronounced, and stay counted."""
    gone, restated = [], []
    for each, event in corrections:
        assert each.moment is not None, "an account's event has its account"
        for changed in event.days:
            day = date.fromisoformat(changed["trading_day"])
            key = {"account_id": event.originator_id, "day": day}
            if changed["after"] is None:
                gone.append(key)
            else:
                pronounced = each.moment.violations.get(day, 0)
                restated.append({**key, "violations": pronounced, **changed["after"]})
    if gone:
        cursor.executemany(DROP, gone)
    if restated:
        cursor.executemany(RESTATE, restated)


def _closed(happened: Happened) -> Iterator[tuple[Key, Row]]:
    for each, event in happened.of(TradingDayClosed):
        yield (event.originator_id, event.trading_day), closed_row(each, event)


def closed_row(each: Projected, event: TradingDayClosed) -> Row:
    """The columns of a day as it was closed, after its key."""
    assert each.moment is not None, "an account's event has its account"
    assert each.moment.day_end is not None, "a day that closes has an end"
    end = each.moment.day_end
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


def _open(fold: AccountFold) -> tuple[Key, Row]:
    session = fold.state.session
    assert session is not None, "a day in progress has a session"
    row = open_row(fold.state, session, violations=fold.violations[session.day])
    return (fold.account_id, session.day), row


def open_row(state: AccountState, session: Session, *, violations: int) -> Row:
    """The columns of a day in progress, after its key."""
    return (
        "open",
        state.day_start_balance.units,
        state.day_net.units,
        None,
        len(session.executions),
        session.traded,
        is_winning(state),
        violations,
    )

"""Rows on two clocks are those that the read models show, or showed."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from application.accounts.queries import TwoClocks, account_as_known
from application.log import LogSelection
from domain.accounts.state import AccountState
from projections.past import Past, past_of
from projections.past_days import snapshots_of, trading_days_of
from projections.past_decisions import payouts_of, revisions_of
from projections.past_trades import trades_of
from projections.stepping import Stepper
from tests.integration.projections.projecting import Projecting, projecting
from tests.support.histories import History, histories, record
from tests.support.postgres import Cluster, cluster

Rows = Sequence[Mapping[str, Any]]
LISTS: Mapping[str, tuple[str, Callable[[Past], Rows]]] = {
    "trades": ("ledger_seq", trades_of),
    "trading_days": ("trading_day", trading_days_of),
    "daily_snapshots": ("trading_day", snapshots_of),
    "payouts": ("requested_seq", payouts_of),
    "verdict_revisions": ("ledger_seq", revisions_of),
}
FAR = datetime(9999, 12, 31, tzinfo=UTC)
HISTORIES = st.lists(histories(steps_min=15, steps_max=40), min_size=1, max_size=3)
thorough = settings(
    max_examples=15,
    deadline=None,
    phases=[Phase.explicit, Phase.reuse, Phase.generate],
    suppress_health_check=[
        HealthCheck.too_slow,
        HealthCheck.data_too_large,
        HealthCheck.filter_too_much,
        HealthCheck.function_scoped_fixture,
    ],
)


def shown(at_work: Projecting, account: UUID, table: str) -> Rows:
    """The rows of an account in a read model, as far as they have values."""
    order, _ = LISTS[table]
    rows = at_work.rows(table, order=order)
    return [valued(row) for row in rows if row["account_id"] == account]


def looked_up(at_work: Projecting, account: UUID, table: str, asked: TwoClocks) -> Rows:
    """The same on two clocks."""
    order, rows_of = LISTS[table]
    rows = rows_of(past_of(at_work.log, account, asked))
    return sorted(map(valued, rows), key=lambda row: row[order])


def valued(row: Mapping[str, Any]) -> Mapping[str, Any]:
    # Metadata are for searches; nothing shows them.
    return {name: row[name] for name in row if name != "metadata" and row[name] is not None}


# The law is one of the database as much as of the code, so it is tested on a real one.
@pytest.mark.usefixtures("socket_enabled")
@thorough
@given(told=HISTORIES)
def test_now_on_both_clocks_they_are_the_live_rows(told: list[History]) -> None:
    with cluster().lent(Cluster.migrated_database) as database, projecting(database) as at_work:
        accounts = record(at_work.ledger, told)
        at_work.catch_up()
        for account in accounts:
            for table in LISTS:
                live = shown(at_work, account, table)
                for asked in (TwoClocks(), TwoClocks(as_of=FAR, known_at=FAR)):
                    assert looked_up(at_work, account, table, asked) == live


@pytest.mark.usefixtures("socket_enabled")
@thorough
@given(told=HISTORIES, place=st.floats(0, 1))
def test_by_what_was_known_they_are_the_rows_that_were_shown(
    told: list[History], place: float
) -> None:
    with cluster().lent(Cluster.migrated_database) as database, projecting(database) as at_work:
        accounts = record(at_work.ledger, told)
        position = max(len(accounts), round(at_work.log.head() * place))
        with at_work.pool.connection() as connection:
            stepper = Stepper(at_work.log)
            while stepper.step(connection, last=position).events:
                pass
        for account in accounts:
            for table in LISTS:
                then = looked_up(at_work, account, table, TwoClocks(at_seq=position))
                assert then == shown(at_work, account, table)


@pytest.mark.usefixtures("socket_enabled")
@thorough
@given(told=HISTORIES, data=st.data())
def test_at_any_moment_they_add_up_to_the_account(told: list[History], data: st.DataObject) -> None:
    with cluster().lent(Cluster.migrated_database) as database, projecting(database) as at_work:
        accounts = record(at_work.ledger, told)
        account = data.draw(st.sampled_from(accounts))
        moments = sorted({*moments_of(at_work, account)})
        asked = TwoClocks(as_of=data.draw(st.sampled_from(moments)))
        true = account_as_known(at_work.log, account, asked)
        past = past_of(at_work.log, account, asked)
        earned = sum(row["net_units"] for row in trades_of(past) if row["voided_at"] is None)
        paid = sum(row["amount_units"] for row in payouts_of(past) if row["status"] == "paid")
        starting = true.state.pack.starting_balance.units
        assert starting + earned - paid == true.state.balance.units
        days = {row["trading_day"]: row for row in trading_days_of(past)}
        assert days.keys() >= {row["trading_day"] for row in snapshots_of(past)}
        going = [row for row in days.values() if row["status"] == "open"]
        assert [(row["trading_day"], row["net_units"]) for row in going] == going_on(true.state)


def going_on(state: AccountState) -> Sequence[tuple[date, int]]:
    """The day in progress with what it earned, if there is one."""
    return [(state.session.day, state.day_net.units)] if state.session else []


def moments_of(at_work: Projecting, account: UUID) -> Iterator[datetime]:
    """When anything took effect on an account."""
    return (each.effective_at for each in at_work.log.stream(LogSelection(stream_id=account)))

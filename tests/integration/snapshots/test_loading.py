"""Loads from snapshots give what whole readings give, whatever the snapshots are like."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from threading import Event as Signal
from uuid import UUID

import pytest
from psycopg import Connection, RawCursor
from psycopg.rows import TupleRow

from application.accounts.commands import RecordTrade
from application.accounts.handlers import record_trade
from application.errors import StreamNotFound
from application.pipeline import carry_out
from domain.accounts.account import TradingAccount
from domain.money import USD
from infrastructure.event_store.ledger import EventSourcedLedger, open_ledger
from infrastructure.postgres.pools import Pool
from infrastructure.snapshots.code_hash import code_hash
from infrastructure.snapshots.reading import NEWEST, SnapshotReader
from tests.integration.snapshots.long import (
    forge,
    grown,
    is_as_read_whole,
    kept,
    long_account,
    opened,
    take_all,
    write,
)
from tests.support.builders import a_trade
from tests.support.histories import chance, lives, random_history
from tests.support.postgres import Database


@pytest.fixture
def fresh(database: Database) -> Iterator[EventSourcedLedger]:
    """The ledger of a process that was started just now."""
    another = open_ledger(database.conninfo, pool_size=2)
    yield another
    another.close()


def counts(ledger: EventSourcedLedger) -> tuple[int, int, int]:
    assert ledger.snapshots is not None
    told = ledger.snapshots.counts
    return told.from_snapshot, told.whole, told.unreadable


def test_a_long_account_is_loaded_from_its_snapshot(
    ledger: EventSourcedLedger, fresh: EventSourcedLedger, keeper: Pool
) -> None:
    account_id = long_account(ledger)
    assert take_all(keeper) == 1
    grown(ledger, account_id, 3)
    assert is_as_read_whole(fresh, account_id)
    assert fresh.load(TradingAccount, account_id).version == 28
    assert counts(fresh) == (1, 0, 0)


def test_a_short_account_is_read_whole(
    ledger: EventSourcedLedger, fresh: EventSourcedLedger, keeper: Pool
) -> None:
    account_id = long_account(ledger, events=9)
    assert take_all(keeper) == 0
    assert is_as_read_whole(fresh, account_id)
    assert counts(fresh) == (0, 1, 0)


def test_an_account_that_is_not_there_is_not_found(fresh: EventSourcedLedger) -> None:
    with pytest.raises(StreamNotFound):
        fresh.load(TradingAccount, UUID(int=99))


def test_accounts_of_every_kind_are_as_their_events_make_them(
    database: Database, ledger: EventSourcedLedger, keeper: Pool
) -> None:
    random = chance(11)
    for life, steps in lives(random_history(random, steps=40) for _ in range(8)):
        for step in steps:
            life.live(step)
        ledger.save(life.account)
        take_all(keeper)
        for step in random_history(random, steps=6).steps:
            life.live(step)
        ledger.save(life.account)
        another = open_ledger(database.conninfo, pool_size=1)
        assert is_as_read_whole(another, life.account.id)
        another.close()


def test_the_past_is_read_without_snapshots(
    ledger: EventSourcedLedger, keeper: Pool, superuser: Connection[TupleRow]
) -> None:
    account_id = long_account(ledger)
    take_all(keeper)
    forge(superuser, account_id, units=7)
    past = ledger.load_until(TradingAccount, account_id, at_seq=10)
    assert (past.version, past.state.balance) == (10, USD.of("50009.00"))
    now = ledger.load_until(TradingAccount, account_id)
    assert now.state.balance == USD.of("50024.00")


@pytest.mark.parametrize("state", [b"", b"{}", b"not json", b'{"version":1}', b"\x00\xff"])
def test_what_cannot_be_read_is_not_used(
    ledger: EventSourcedLedger,
    fresh: EventSourcedLedger,
    keeper: Pool,
    superuser: Connection[TupleRow],
    state: bytes,
) -> None:
    account_id = long_account(ledger)
    take_all(keeper)
    write(superuser, account_id, state, digest="0" * 64)
    assert is_as_read_whole(fresh, account_id)
    assert counts(fresh) == (0, 0, 1)


def test_what_is_not_used_is_reported(
    ledger: EventSourcedLedger,
    keeper: Pool,
    superuser: Connection[TupleRow],
    caplog: pytest.LogCaptureFixture,
) -> None:
    account_id = long_account(ledger)
    take_all(keeper)
    write(superuser, account_id, b"{}", digest="0" * 64)
    SnapshotReader(keeper).load(account_id)
    assert f"The snapshot of acc_{account_id} is not used" in caplog.text


def test_a_snapshot_of_another_account_is_not_used(
    ledger: EventSourcedLedger,
    fresh: EventSourcedLedger,
    keeper: Pool,
    superuser: Connection[TupleRow],
) -> None:
    one, other = long_account(ledger, 7), long_account(ledger, 9, events=26)
    take_all(keeper)
    superuser.execute(
        "UPDATE work.snapshots AS s SET state = o.state, digest = o.digest, version = o.version"
        " FROM work.snapshots AS o WHERE s.stream_id = %s AND o.stream_id = %s",
        (one, other),
    )
    assert is_as_read_whole(fresh, one)
    assert counts(fresh) == (0, 0, 1)


def test_a_snapshot_of_a_version_that_never_was_is_not_used(
    ledger: EventSourcedLedger,
    fresh: EventSourcedLedger,
    keeper: Pool,
    superuser: Connection[TupleRow],
) -> None:
    account_id = long_account(ledger)
    take_all(keeper)
    superuser.execute(
        "UPDATE work.snapshots SET version = 99, state = convert_to(replace(convert_from("
        "state, 'UTF8'), '\"version\":25', '\"version\":99'), 'UTF8')"
    )
    superuser.execute("UPDATE work.snapshots SET digest = encode(sha256(state), 'hex')")
    assert is_as_read_whole(fresh, account_id)
    assert counts(fresh) == (0, 0, 1)


def test_a_snapshot_that_later_events_do_not_fit_is_not_used(
    ledger: EventSourcedLedger,
    fresh: EventSourcedLedger,
    keeper: Pool,
    superuser: Connection[TupleRow],
) -> None:
    account_id = opened(ledger)
    account = ledger.load(TradingAccount, account_id)
    for number in range(12):
        account.record_trade(a_trade(f"t-{number}"))
    ledger.save(account)
    take_all(keeper)
    account = ledger.load(TradingAccount, account_id)
    account.void(id="t-3", at=a_trade().exited_at, reason="bad print")
    ledger.save(account)
    superuser.execute(
        "UPDATE work.snapshots SET state = convert_to(new, 'UTF8'),"
        " digest = encode(sha256(convert_to(new, 'UTF8')), 'hex')"
        ' FROM (SELECT replace(convert_from(state, \'UTF8\'), \'"id":"t-3"\', \'"id":"x"\') AS new'
        " FROM work.snapshots) AS changed"
    )
    assert is_as_read_whole(fresh, account_id)
    assert counts(fresh) == (0, 0, 1)


def test_a_ledger_without_snapshots_reads_whole(
    database: Database, ledger: EventSourcedLedger, keeper: Pool
) -> None:
    account_id = long_account(ledger)
    take_all(keeper)
    without = open_ledger(database.conninfo, pool_size=1, snapshots=False)
    assert without.snapshots is None
    assert is_as_read_whole(without, account_id)
    without.close()


def test_snapshots_of_other_code_are_not_used(
    ledger: EventSourcedLedger,
    database: Database,
    keeper: Pool,
    superuser: Connection[TupleRow],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    account_id = long_account(ledger)
    take_all(keeper)
    forge(superuser, account_id, units=7)
    monkeypatch.setattr("infrastructure.snapshots.reading.code_hash", lambda: "f" * 64)
    another = open_ledger(database.conninfo, pool_size=1)
    assert is_as_read_whole(another, account_id)
    assert counts(another) == (0, 1, 0)
    another.close()


def test_only_the_partitions_after_the_snapshot_are_read(
    ledger: EventSourcedLedger,
    fresh: EventSourcedLedger,
    keeper: Pool,
    superuser: Connection[TupleRow],
) -> None:
    superuser.execute("UPDATE ledger.partitioning SET events_per_partition = 100")
    superuser.execute("ALTER TABLE ledger.events DETACH PARTITION ledger.events_p1")
    superuser.execute(
        "ALTER TABLE ledger.events ATTACH PARTITION ledger.events_p1 FOR VALUES FROM (1) TO (101);"
        "UPDATE ledger.head SET room_until = 100"
    )
    account_id = long_account(ledger, events=350)
    take_all(keeper)
    grown(ledger, account_id, 60)
    assert is_as_read_whole(fresh, account_id)
    assert counts(fresh) == (1, 0, 0)
    superuser.execute("SET plan_cache_mode = force_generic_plan")
    explained = b"EXPLAIN (ANALYZE, COSTS off) " + NEWEST
    plan = RawCursor(superuser).execute(explained, (account_id, code_hash())).fetchall()
    lines = [line for (line,) in plan if "Index Scan" in line and "events_p" in line]
    assert len(lines) > 4
    assert [line for line in lines if "never executed" not in line] != []
    assert all(
        "never executed" in line
        for line in lines
        for name in ("_p1_", "_p101_", "_p201_")
        if name in line
    )


def test_loads_while_snapshots_are_taken_and_trades_come(
    database: Database, ledger: EventSourcedLedger, keeper: Pool, superuser: Connection[TupleRow]
) -> None:
    account_id, done = opened(ledger), Signal()

    def trade() -> None:
        for number in range(120):
            command = RecordTrade(account_id=account_id, trade=a_trade(f"t-{number}", profit="5"))
            carry_out(record_trade, command, ledger)
        done.set()

    def take() -> None:
        while not done.is_set():
            take_all(keeper, every=3)

    def load() -> int:
        loaded = 0
        while not done.is_set() or not loaded:
            another = open_ledger(database.conninfo, pool_size=1)
            found = another.load(TradingAccount, account_id)
            whole = another.load_until(TradingAccount, account_id)
            assert found.version <= whole.version
            trades = len([key for key in found.state.known if key.startswith("trade:")])
            assert found.state.balance == USD.of("50000.00") + USD.of("5.00") * trades
            another.close()
            loaded += 1
        return loaded

    with ThreadPoolExecutor(4) as pool:
        running = [pool.submit(each) for each in (trade, take, take, load)]
        for each in running:
            each.result()
    take_all(keeper, every=3)
    ((_, version),) = kept(superuser)
    assert 0 <= ledger.load(TradingAccount, account_id).version - version < 3
    assert is_as_read_whole(ledger, account_id)

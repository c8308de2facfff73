"""The log in partitions: room ahead of need, and answers that do not depend on where they end."""

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor

import pytest
from psycopg import DatabaseError, connect
from psycopg.errors import CheckViolation

from application.log import LogSelection
from infrastructure.event_store.histories import open_histories
from infrastructure.event_store.ledger import EventSourcedLedger, open_ledger
from infrastructure.event_store.log import PostgresLog
from infrastructure.event_store.partitions import PartitionMaker
from infrastructure.event_store.recorder import _of_stream
from infrastructure.postgres.migrator import migrate, packaged_migrations
from infrastructure.postgres.pools import new_pool
from infrastructure.postgres.sessions import session_conninfo
from tests.integration.event_store.tally import NOON, Tally
from tests.support.partitions import SMALLEST, in_small_partitions
from tests.support.postgres import Database


@pytest.fixture
def small(database: Database) -> Database:
    in_small_partitions(database)
    return database


@pytest.fixture
def maker(small: Database) -> Iterator[PartitionMaker]:
    keeper = session_conninfo(small.conninfo, role="dynasty_keeper", application="test")
    with new_pool(keeper, pool_size=2, name="keeper") as pool:
        yield PartitionMaker(pool)


def partitions(database: Database) -> Sequence[str]:
    query = (
        "SELECT inhrelid::regclass::text FROM pg_inherits"
        " WHERE inhparent = 'ledger.events'::regclass ORDER BY inhrelid"
    )
    with connect(database.conninfo) as session:
        return [name for (name,) in session.execute(query).fetchall()]


class TestAppends:
    def test_go_on_across_partitions_that_nobody_made(
        self, small: Database, ledger: EventSourcedLedger, log: PostgresLog
    ) -> None:
        tally = Tally.of("sheep").count(times=249)
        assert ledger.save(tally).position == 250
        assert partitions(small) == [f"ledger.events_p{low}" for low in (1, 101, 201)]
        assert [each.ledger_seq for each in log.stream(LogSelection())] == list(range(1, 251))
        assert ledger.load(Tally, tally.id).version == 250

    def test_of_many_at_once_make_each_partition_once(
        self, small: Database, ledger: EventSourcedLedger, log: PostgresLog
    ) -> None:
        tallies = [Tally.of("sheep").count(times=19) for _ in range(40)]
        with ThreadPoolExecutor(8) as threads:
            list(threads.map(ledger.save, tallies))
        assert log.head() == 800
        assert len(partitions(small)) == 8
        assert [ledger.load(Tally, each.id).version for each in tallies] == [20] * 40

    def test_keep_versions_unique_across_partitions(
        self, small: Database, ledger: EventSourcedLedger
    ) -> None:
        tally = Tally.of("sheep").count(times=SMALLEST)
        ledger.save(tally)
        with connect(small.conninfo) as superuser, pytest.raises(CheckViolation):
            superuser.execute("INSERT INTO ledger.events_p1 SELECT * FROM ledger.events_p101")


class TestReads:
    def test_of_a_stream_look_only_where_it_lies(
        self, small: Database, ledger: EventSourcedLedger
    ) -> None:
        first = Tally.of("sheep").count(times=10)
        ledger.save(first)
        ledger.save(Tally.of("goats").count(times=300))
        with connect(small.conninfo) as reader:
            plan = reader.execute(
                f"EXPLAIN (ANALYZE, COSTS OFF) {_of_stream(desc=False).decode()}".replace(
                    "$1", f"'{first.id}'"
                ).encode()
            ).fetchall()
        looked = [line for (line,) in plan if "Scan" in line and " on events_p" in line]
        assert len(looked) == len(partitions(small))
        assert [name for line in looked if "never executed" not in line for name in line.split()
                if name.startswith("events_p") and "_key" not in name] == ["events_p1"]  # fmt: skip
        versions = [fact.originator_version for fact in ledger.recorder.select_events(first.id)]
        assert versions == list(range(1, 12))

    def test_of_histories_count_versions_at_any_position(
        self, small: Database, ledger: EventSourcedLedger
    ) -> None:
        ledger.save(Tally.of("sheep").count(times=250))
        histories = open_histories(small.url)
        try:
            assert histories.head() == 251
            assert histories.find(account=None, plan=None, last_seq=120) == []
        finally:
            histories.close()


class TestTheMaker:
    def test_makes_room_before_it_is_needed(
        self, maker: PartitionMaker, ledger: EventSourcedLedger, small: Database
    ) -> None:
        tally = Tally.of("sheep").count(times=39)
        ledger.save(tally)
        assert maker.step() == 0
        ledger.save(tally.count(times=20))
        assert (maker.step(), maker.step()) == (1, 0)
        assert maker.room().room_until == 2 * SMALLEST
        assert len(partitions(small)) == 2

    def test_of_two_at_once_makes_one(self, maker: PartitionMaker, small: Database) -> None:
        with connect(small.conninfo, autocommit=True) as superuser:
            superuser.execute("UPDATE ledger.head SET last_seq = 90")
        with ThreadPoolExecutor(2) as threads:
            list(threads.map(lambda _: maker.step(), range(2)))
        assert maker.step() == 0

    def test_makes_the_next_ones_as_large_as_they_are_to_be(
        self, maker: PartitionMaker, ledger: EventSourcedLedger
    ) -> None:
        ledger.save(Tally.of("goats"))
        maker.resize(250)
        ledger.save(Tally.of("sheep").count(times=SMALLEST))
        assert maker.room().room_until == SMALLEST + 250


def test_partitions_refuse_change_like_the_log_itself(
    small: Database, ledger: EventSourcedLedger
) -> None:
    ledger.save(Tally.of("sheep").count(times=SMALLEST))
    with connect(small.conninfo, autocommit=True) as superuser:
        for name in partitions(small):
            for change in (
                f"UPDATE {name} SET payload = '{{}}'",
                f"DELETE FROM {name}",
                f"TRUNCATE {name}",
            ):
                with pytest.raises(DatabaseError) as refusal:
                    superuser.execute(change.encode())
                assert refusal.value.sqlstate == "LK002"


def test_a_log_that_was_one_table_becomes_the_first_partition(empty_database: Database) -> None:
    before = [each for each in packaged_migrations() if each.number < 8]
    migrate(empty_database.conninfo, migrations=before)
    with connect(empty_database.conninfo) as superuser:
        superuser.execute(
            "SELECT ledger.append(ARRAY[%(a)s, %(a)s, %(b)s]::uuid[], '{1,2,1}',"
            " ARRAY[gen_random_uuid(), gen_random_uuid(), gen_random_uuid()],"
            " '{tally.begun,tally.counted,tally.begun}', '{1,1,1}',"
            """ ARRAY['{"subject":"sheep"}', '{"number":2}', '{"subject":"goats"}'],"""
            " '{null,null,null}', '{}', '{}', '{}', 'ann', null, null, null, null, null, null,"
            " null, null, null)",
            {"a": (sheep := Tally.of("x").id), "b": Tally.of("x").id},
        )
    migrate(empty_database.conninfo)
    ledger = open_ledger(empty_database.url, pool_size=2)
    try:
        loaded = ledger.load(Tally, sheep)
        assert (loaded.version, loaded.total) == (2, 2)
        assert ledger.save(loaded.count(at=NOON)).position == 4
    finally:
        ledger.close()
    with connect(empty_database.conninfo) as superuser:
        found = superuser.execute(
            "SELECT version, first_seq, last_seq FROM ledger.streams WHERE stream_id = %s", (sheep,)
        ).fetchone()
    assert found == (3, 1, 4)

"""Appends that wait at the same time: one transaction, and an answer for each of its own."""

from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from time import sleep
from typing import LiteralString

import pytest
from psycopg import connect

from application.errors import WriteConflict
from application.ledger import Receipt
from infrastructure.event_store.errors import NotRecordable
from infrastructure.event_store.grouping import FACTS_MAX, TOGETHER_MAX
from infrastructure.event_store.ledger import EventSourcedLedger, open_ledger
from infrastructure.event_store.log import PostgresLog
from tests.integration.event_store.proxy import Cut, CuttingProxy
from tests.integration.event_store.tally import Tally
from tests.support.postgres import Database

TOO_LONG = 1_048_577
"""Bytes; a payload holds one less."""


@contextmanager
def all_waiting(
    database: Database, ledger: EventSourcedLedger, *tallies: Tally
) -> Iterator[list[Future[Receipt]]]:
    """One save at work, which waits for the counter, and these behind it until the block ends."""
    with (
        ThreadPoolExecutor(len(tallies) + 1) as threads,
        connect(database.conninfo) as blocking,
    ):
        blocking.execute("SELECT FROM ledger.head FOR UPDATE")
        threads.submit(ledger.save, Tally.of("first"))
        until(lambda: wait_for_the_counter(database) == 1)
        saving = [threads.submit(ledger.save, tally) for tally in tallies]
        until(lambda: ledger.recorder.appends.waiting == len(tallies))
        yield saving


def until(condition: Callable[[], bool]) -> None:
    while not condition():
        sleep(0.002)


def wait_for_the_counter(database: Database) -> int:
    """How many sessions of this database wait for a lock."""
    return counted(
        database,
        "SELECT count(DISTINCT pid) FROM pg_locks JOIN pg_stat_activity USING (pid)"
        " WHERE NOT granted AND datname = current_database()",
    )


def transactions(database: Database) -> int:
    """How many transactions wrote what is in the log."""
    return counted(database, "SELECT count(DISTINCT xmin::text) FROM ledger.events")


def counted(database: Database, query: LiteralString) -> int:
    with connect(database.conninfo) as session:
        row = session.execute(query).fetchone()
    assert row is not None
    return int(row[0])


class TestAppendsThatWait:
    def test_are_written_in_one_transaction(
        self, database: Database, ledger: EventSourcedLedger, log: PostgresLog
    ) -> None:
        tallies = [Tally.of("sheep").count(times=number) for number in range(TOGETHER_MAX)]
        with all_waiting(database, ledger, *tallies) as saving:
            pass
        assert transactions(database) == 2
        read = {event.ledger_seq: event for event in log.read(after=0, limit=100)}
        assert list(read) == list(range(1, len(read) + 1))
        for tally, saved in zip(tallies, saving, strict=True):
            receipt = saved.result()
            assert (receipt.stream_id, receipt.version) == (tally.id, tally.version)
            last = read[receipt.position or 0]
            assert (last.stream_id, last.stream_version) == (tally.id, tally.version)

    def test_are_so_many_at_once_and_no_more(
        self, database: Database, ledger: EventSourcedLedger
    ) -> None:
        tallies = [Tally.of("sheep") for _ in range(TOGETHER_MAX + 1)]
        with all_waiting(database, ledger, *tallies):
            pass
        assert transactions(database) == 3

    def test_are_refused_each_for_itself(
        self, database: Database, ledger: EventSourcedLedger, log: PostgresLog
    ) -> None:
        stale, fresh, unfit = Tally.of("sheep"), Tally.of("goats"), Tally.of("x" * TOO_LONG)
        ledger.save(Tally.of("sheep", id=stale.id).count())
        with all_waiting(database, ledger, stale, fresh, unfit) as (conflict, fine, refused):
            pass
        assert isinstance(conflict.exception(), WriteConflict)
        assert isinstance(refused.exception(), NotRecordable)
        assert fine.result().position == log.head() == 4

    def test_of_one_natural_key_are_one_fact(
        self, database: Database, ledger: EventSourcedLedger, log: PostgresLog
    ) -> None:
        begun = Tally.of("sheep")
        ledger.save(begun)
        twice = [ledger.load(Tally, begun.id).sight("s-1") for _ in range(2)]
        with all_waiting(database, ledger, *twice) as saving:
            pass
        assert sorted(each.result().position or 0 for each in saving) == [0, log.head()]
        assert ledger.load(Tally, begun.id).total == 1

    def test_do_not_hold_up_a_large_one(
        self, database: Database, ledger: EventSourcedLedger
    ) -> None:
        large = Tally.of("sheep").count(times=FACTS_MAX)
        with ThreadPoolExecutor(1) as thread, all_waiting(database, ledger):
            saved = thread.submit(ledger.save, large)
            until(lambda: wait_for_the_counter(database) == 2)
            assert ledger.recorder.appends.waiting == 0
        assert saved.result().version == FACTS_MAX + 1


@pytest.mark.parametrize("cut", ["answer", "request"])
def test_a_group_whose_connection_is_lost_is_written_once(
    database: Database, log: PostgresLog, cut: Cut
) -> None:
    proxy = CuttingProxy(database.sockets)
    ledger = open_ledger(database.through(proxy.sockets).conninfo, pool_size=1)
    ledger.save(Tally.of("goats"))
    tallies = [Tally.of("sheep").count(times=2) for _ in range(3)]
    with all_waiting(database, ledger, *tallies) as saving:
        # The answer of the save that is under way is let through; the group's is cut.
        proxy.cut_next(cut)
    ledger.close()
    proxy.close()
    assert proxy.cuts_made == 1
    assert sorted(each.result().version for each in saving) == [3, 3, 3]
    assert log.head() == 2 + 3 * len(tallies)

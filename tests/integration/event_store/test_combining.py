"""Appends that wait at the same time: one transaction, and an outcome for each of its own."""

from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from time import sleep
from typing import LiteralString

import pytest
from psycopg import connect

from application.context import CommandContext, IdempotencyKey, acting
from application.errors import IdempotencyKeyReused, LedgerBusy, WriteConflict
from application.ledger import Receipt
from infrastructure.event_store.combiner_limits import DEFAULT_LIMITS, CombinerLimits
from infrastructure.event_store.combining import AppendCombiner
from infrastructure.event_store.errors import NotRecordable
from infrastructure.event_store.ledger import EventSourcedLedger, open_ledger
from infrastructure.event_store.log import PostgresLog
from tests.integration.event_store.proxy import Cut, CuttingProxy
from tests.integration.event_store.tally import Tally
from tests.support.postgres import Database

TOO_LONG = 1_048_577
"""Bytes; a payload holds one less."""


@contextmanager
def all_waiting(
    database: Database, ledger: EventSourcedLedger, *saves: Callable[[], Receipt]
) -> Iterator[list[Future[Receipt]]]:
    """One save at work, which waits for the counter, and these behind it until the block ends."""
    with (
        ThreadPoolExecutor(len(saves) + 1) as threads,
        connect(database.conninfo) as blocking,
    ):
        blocking.execute("SELECT FROM ledger.head FOR UPDATE")
        threads.submit(ledger.save, Tally.of("first"))
        until(lambda: wait_for_the_counter(database) == 1)
        saving: list[Future[Receipt]] = []
        for save in saves:
            saving.append(threads.submit(save))
            until(lambda: ledger.recorder.appends.waiting == len(saving))
        yield saving


def until(condition: Callable[[], bool]) -> None:
    while not condition():
        sleep(0.002)


def saves_of(ledger: EventSourcedLedger, *tallies: Tally) -> list[Callable[[], Receipt]]:
    return [partial(ledger.save, tally) for tally in tallies]


def wait_for_the_counter(database: Database) -> int:
    """How many sessions of this database wait for a lock."""
    return counted(
        database,
        "SELECT count(DISTINCT pid) FROM pg_locks JOIN pg_stat_activity USING (pid)"
        " WHERE NOT granted AND datname = current_database()",
    )


def transactions(database: Database) -> int:
    """How many transactions wrote what is in the log."""
    return counted(database, "SELECT count(DISTINCT recorded_at) FROM ledger.events")


def counted(database: Database, query: LiteralString) -> int:
    with connect(database.conninfo) as session:
        row = session.execute(query).fetchone()
    assert row is not None
    return int(row[0])


def limited(ledger: EventSourcedLedger, limits: CombinerLimits) -> EventSourcedLedger:
    ledger.recorder.appends = AppendCombiner(
        ledger.recorder.pool, ledger.recorder.batches, replace(limits, flights=1)
    )
    return ledger


@pytest.fixture(autouse=True)
def one_flight(ledger: EventSourcedLedger) -> None:
    """One batch at a time, so that it is known what waits."""
    limited(ledger, CombinerLimits())


def keyed(ledger: EventSourcedLedger, tally: Tally, *, fingerprint: str) -> Receipt:
    key = IdempotencyKey(scope="test", key="k-1", fingerprint=fingerprint)
    with acting(CommandContext(actor="ann", idempotency=key)):
        return ledger.save(tally)


class TestAppendsThatWait:
    def test_are_written_in_one_transaction(
        self, database: Database, ledger: EventSourcedLedger, log: PostgresLog
    ) -> None:
        tallies = [Tally.of("sheep").count(times=number) for number in range(20)]
        with all_waiting(database, ledger, *saves_of(ledger, *tallies)) as saving:
            pass
        assert transactions(database) == 2
        read = {event.ledger_seq: event for event in log.read(after=0, limit=1000)}
        assert list(read) == list(range(1, len(read) + 1))
        for tally, saved in zip(tallies, saving, strict=True):
            receipt = saved.result()
            assert (receipt.stream_id, receipt.version) == (tally.id, tally.version)
            last = read[receipt.position or 0]
            assert (last.stream_id, last.stream_version) == (tally.id, tally.version)

    def test_are_so_many_at_once_and_no_more(
        self, database: Database, ledger: EventSourcedLedger
    ) -> None:
        limited(ledger, CombinerLimits(batch_max=4, batch_seconds=60))
        tallies = [Tally.of("sheep") for _ in range(9)]
        with all_waiting(database, ledger, *saves_of(ledger, *tallies)):
            pass
        assert ledger.recorder.appends.counts.batch_sizes == {1: 2, 4: 2}

    def test_are_refused_each_for_itself_in_the_same_transaction(
        self, database: Database, ledger: EventSourcedLedger, log: PostgresLog
    ) -> None:
        stale, unfit = Tally.of("sheep"), Tally.of("x" * TOO_LONG)
        fresh, more = Tally.of("goats"), Tally.of("cows").count(times=3)
        ledger.save(Tally.of("sheep", id=stale.id).count())
        before = transactions(database)
        saves = saves_of(ledger, fresh, stale, unfit, more)
        with all_waiting(database, ledger, *saves) as (fine, conflict, refused, whole):
            pass
        assert isinstance(refusal := conflict.exception(), WriteConflict)
        assert refusal.facts["positions"] == [1, 2]
        assert isinstance(refused.exception(), NotRecordable)
        assert [fine.result().position, whole.result().position] == [4, 8]
        assert log.head() == 8
        assert transactions(database) - before <= 3
        counts = ledger.recorder.appends.counts
        assert (counts.conflicts, counts.refused, counts.largest_batch) == (1, 1, 4)

    def test_of_one_natural_key_are_one_fact(
        self, database: Database, ledger: EventSourcedLedger, log: PostgresLog
    ) -> None:
        begun = Tally.of("sheep")
        ledger.save(begun)
        twice = [ledger.load(Tally, begun.id).sight("s-1") for _ in range(2)]
        with all_waiting(database, ledger, *saves_of(ledger, *twice)) as saving:
            pass
        assert sorted(each.result().position or 0 for each in saving) == [0, log.head()]
        assert ledger.load(Tally, begun.id).total == 1

    def test_of_one_callers_key_are_one_command(
        self, database: Database, ledger: EventSourcedLedger, log: PostgresLog
    ) -> None:
        def same() -> Receipt:
            return keyed(ledger, Tally.of("sheep"), fingerprint="a" * 64)

        def other() -> Receipt:
            return keyed(ledger, Tally.of("sheep"), fingerprint="b" * 64)

        with all_waiting(database, ledger, same, same, other) as (first, again, unlike):
            pass
        assert again.result().replayed
        assert again.result().position == first.result().position == log.head() == 2
        assert isinstance(unlike.exception(), IdempotencyKeyReused)
        assert ledger.recorder.appends.counts.replayed == 1

    def test_of_one_account_take_turns_with_others(
        self, database: Database, ledger: EventSourcedLedger
    ) -> None:
        busy = Tally.of("sheep")
        ledger.save(busy)
        racing = [ledger.load(Tally, busy.id).count() for _ in range(5)]
        other = Tally.of("goats")
        with all_waiting(database, ledger, *saves_of(ledger, *racing, other)) as saving:
            pass
        assert saving[-1].result().position == 4, "it waited for one of the busy account's alone"
        outcomes = [each.exception() is None for each in saving[:-1]]
        assert outcomes == [True, False, False, False, False]

    def test_do_not_hold_up_a_large_one(
        self, database: Database, ledger: EventSourcedLedger
    ) -> None:
        large = Tally.of("sheep").count(times=DEFAULT_LIMITS.alone_events)
        with ThreadPoolExecutor(1) as thread, all_waiting(database, ledger):
            saved = thread.submit(ledger.save, large)
            until(lambda: wait_for_the_counter(database) == 2)
            assert ledger.recorder.appends.waiting == 0
        assert saved.result().version == large.version


class TestTooMuch:
    def test_is_turned_away_and_the_rest_is_written(
        self, database: Database, ledger: EventSourcedLedger, log: PostgresLog
    ) -> None:
        limited(ledger, CombinerLimits(waiting_max=2))
        tallies = [Tally.of("sheep") for _ in range(2)]
        refused = Tally.of("goats")
        with all_waiting(database, ledger, *saves_of(ledger, *tallies)) as saving:
            with pytest.raises(LedgerBusy):
                ledger.save(refused)
            assert len(refused.pending_events) == 1
        assert sorted(each.result().position or 0 for each in saving) == [2, 3]
        assert log.head() == 3
        assert ledger.recorder.appends.counts.turned_away == 1

    def test_of_one_account_leaves_room_for_others(
        self, database: Database, ledger: EventSourcedLedger
    ) -> None:
        limited(ledger, CombinerLimits(waiting_per_account_max=1))
        busy = Tally.of("sheep")
        ledger.save(busy)
        first, second = (ledger.load(Tally, busy.id).count() for _ in range(2))
        saves = saves_of(ledger, first, Tally.of("goats"))
        with all_waiting(database, ledger, *saves) as saving, pytest.raises(LedgerBusy):
            ledger.save(second)
        assert all(each.exception() is None for each in saving)

    def test_waits_so_long_and_no_longer(
        self, database: Database, ledger: EventSourcedLedger, log: PostgresLog
    ) -> None:
        limited(ledger, CombinerLimits(wait_seconds_max=0.05))
        with all_waiting(database, ledger, *saves_of(ledger, Tally.of("sheep"))) as (waited,):
            assert isinstance(waited.exception(), LedgerBusy)
            assert ledger.recorder.appends.waiting == 0
        assert log.head() == 1


class TestWhatWasOnlyRead:
    def test_must_be_as_it_was(self, ledger: EventSourcedLedger, log: PostgresLog) -> None:
        read = Tally.of("sheep")
        ledger.save(read)
        written = ledger.save(Tally.of("goats"), expect={read.id: 1})
        ledger.save(read.count())
        cows = Tally.of("cows")
        with pytest.raises(WriteConflict) as refusal:
            ledger.save(cows, expect={read.id: 1})
        assert refusal.value.facts["positions"] == [3]
        assert refusal.value.facts["streams"] == sorted([read.id, cows.id], key=str)
        assert written.position == 2
        assert log.head() == 3

    def test_may_be_its_absence(self, ledger: EventSourcedLedger, log: PostgresLog) -> None:
        absent = Tally.of("sheep")
        ledger.save(Tally.of("goats"), expect={absent.id: 0})
        ledger.save(absent)
        with pytest.raises(WriteConflict):
            ledger.save(Tally.of("cows"), expect={absent.id: 0})
        assert log.head() == 2

    def test_is_judged_in_order_among_those_that_wait(
        self, database: Database, ledger: EventSourcedLedger, log: PostgresLog
    ) -> None:
        read = Tally.of("sheep")
        ledger.save(read)
        relying, late = Tally.of("goats"), Tally.of("cows")
        saves = (
            lambda: ledger.save(relying, expect={read.id: 1}),
            lambda: ledger.save(ledger.load(Tally, read.id).count()),
            lambda: ledger.save(late, expect={read.id: 1}),
        )
        with all_waiting(database, ledger, *saves) as (first, change, last):
            pass
        assert (first.result().position, change.result().position) == (3, 4)
        assert isinstance(last.exception(), WriteConflict)
        assert log.head() == 4


@pytest.mark.parametrize("cut", ["answer", "request"])
def test_a_batch_whose_connection_is_lost_is_written_once(
    database: Database, log: PostgresLog, cut: Cut
) -> None:
    proxy = CuttingProxy(database.sockets)
    ledger = open_ledger(database.through(proxy.sockets).conninfo, pool_size=1)
    limited(ledger, CombinerLimits())
    ledger.save(Tally.of("goats"))
    tallies = [Tally.of("sheep").count(times=2) for _ in range(3)]
    with all_waiting(database, ledger, *saves_of(ledger, *tallies)) as saving:
        # The answer of the save that is under way is let through; the batch's is cut.
        proxy.cut_next(cut)
    ledger.close()
    proxy.close()
    assert proxy.cuts_made == 1
    assert sorted(each.result().version for each in saving) == [3, 3, 3]
    assert log.head() == 2 + 3 * len(tallies)


def test_without_a_combiner_each_is_a_transaction_of_its_own(database: Database) -> None:
    ledger = open_ledger(database.conninfo, pool_size=8, combines=False)
    tallies = [Tally.of("sheep") for _ in range(6)]
    with ThreadPoolExecutor(6) as threads:
        positions = sorted(threads.map(lambda tally: ledger.save(tally).position or 0, tallies))
    ledger.close()
    assert positions == list(range(1, 7))
    assert transactions(database) == 6

"""What the log promises when things break: nothing missed, nothing doubled, no wrong answer."""

import os
import random
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from time import sleep, time_ns

import pytest
from psycopg import connect

from application.context import CommandContext, IdempotencyKey, acting
from application.errors import LedgerUnavailable
from application.ledger import Receipt
from infrastructure.event_store.ledger import EventSourcedLedger, open_ledger
from infrastructure.event_store.log import PostgresLog
from infrastructure.postgres import persistence, pools
from tests.integration.event_store.proxy import Cut, CuttingProxy
from tests.integration.event_store.tally import Tally
from tests.integration.event_store.writers import EVENTS_PER_SAVE, start_writer, writers
from tests.support.postgres import Database

EVENTS = int(os.environ.get("FAULT_EVENTS", "100000"))
SEED = int(os.environ.get("FAULT_SEED", str(time_ns() % 1_000_000)))
WRITERS = 8
KILLS = 20
KEYED = CommandContext(
    actor="ann", idempotency=IdempotencyKey(scope="test", key="k-1", fingerprint="a" * 64)
)


def follow(log: PostgresLog, *, after: int, until: int, passing: Callable[[int], None]) -> int:
    """Read on until a position is reached; each step must be exactly one."""
    position = after
    while position < until:
        events = log.read(after=position, limit=500)
        for event in events:
            assert event.ledger_seq == position + 1
            position += 1
            passing(position)
        if not events:
            sleep(0.002)
    return position


def wait_until_gone(database: Database) -> None:
    """A killed writer's last statement runs to its end; wait for the server to notice the death."""
    with connect(database.conninfo, autocommit=True) as session:
        while session.execute(
            "SELECT pid FROM pg_stat_activity"
            " WHERE application_name = 'dynasty-ledger' AND datname = current_database()"
        ).fetchone():
            sleep(0.01)


def assert_whole(database: Database, *, events: int) -> None:
    """Every number once, every stream without holes, every save whole."""
    with connect(database.conninfo) as session:
        totals = session.execute(
            "SELECT count(*), max(ledger_seq), (SELECT last_seq FROM ledger.head)"
            " FROM ledger.events"
        ).fetchone()
        streams = session.execute(
            "SELECT count(*), min(stream_version), max(stream_version)"
            " FROM ledger.events GROUP BY stream_id"
        ).fetchall()
    assert totals == (events, events, events)
    assert all((low, high) == (1, count) for count, low, high in streams)
    assert all(count % EVENTS_PER_SAVE == 0 for count, _, _ in streams)


class TestATailingReader:
    def test_misses_nothing_beside_eight_writers(
        self, database: Database, log: PostgresLog
    ) -> None:
        saves = EVENTS // WRITERS // EVENTS_PER_SAVE
        expected = saves * WRITERS * EVENTS_PER_SAVE
        with writers(WRITERS, database.conninfo, saves=saves) as running:
            follow(log, after=0, until=expected, passing=lambda _: None)
            for writer in running:
                writer.join()
            assert [writer.exitcode for writer in running] == [0] * WRITERS
        assert_whole(database, events=expected)

    def test_misses_nothing_while_writers_are_killed(
        self, database: Database, log: PostgresLog
    ) -> None:
        sys.stdout.write(f"FAULT_SEED={SEED}\n")
        chance = random.Random(SEED)  # noqa: S311 - where to strike, not a secret.
        kills = set(chance.sample(range(1, EVENTS), KILLS))
        with writers(WRITERS, database.conninfo, saves=None) as running:

            def strike(position: int) -> None:
                if position in kills:
                    victim = chance.randrange(WRITERS)
                    running[victim].kill()
                    running[victim] = start_writer(database.conninfo, saves=None)

            position = follow(log, after=0, until=EVENTS, passing=strike)
        wait_until_gone(database)
        head = log.head()
        follow(log, after=position, until=head, passing=lambda _: None)
        assert_whole(database, events=head)


@pytest.fixture
def proxy(database: Database) -> Iterator[CuttingProxy]:
    listening = CuttingProxy(database.sockets)
    yield listening
    listening.close()


@pytest.fixture
def cut_ledger(proxy: CuttingProxy, database: Database) -> Iterator[EventSourcedLedger]:
    """A ledger behind the proxy, with a statement prepared on its one connection."""
    ledger = open_ledger(database.through(proxy.sockets).conninfo, pool_size=1)
    ledger.save(Tally.of("goats"))
    yield ledger
    ledger.close()


@pytest.mark.parametrize("cut", ["answer", "request"])
class TestALostConnection:
    def test_gives_the_original_result_and_writes_once(
        self, proxy: CuttingProxy, cut_ledger: EventSourcedLedger, log: PostgresLog, cut: Cut
    ) -> None:
        tally = Tally.of("sheep").count(times=2)
        proxy.cut_next(cut)
        receipt = cut_ledger.save(tally)
        assert proxy.cuts_made == 1
        assert receipt == Receipt(stream_id=tally.id, version=3, position=4)
        assert log.head() == 4

    def test_gives_the_original_result_with_a_key(
        self, proxy: CuttingProxy, cut_ledger: EventSourcedLedger, log: PostgresLog, cut: Cut
    ) -> None:
        tally = Tally.of("sheep").sight("s-1")
        proxy.cut_next(cut)
        with acting(KEYED):
            receipt = cut_ledger.save(tally)
            repeated = cut_ledger.save(Tally.of("sheep").sight("s-1"))
        assert proxy.cuts_made == 1
        assert receipt == Receipt(stream_id=tally.id, version=2, position=3)
        assert repeated == replace(receipt, replayed=True)
        assert log.head() == 3

    def test_keeps_a_key_that_changed_nothing(
        self, proxy: CuttingProxy, cut_ledger: EventSourcedLedger, log: PostgresLog, cut: Cut
    ) -> None:
        tally = Tally.of("sheep")
        cut_ledger.save(tally)
        proxy.cut_next(cut)
        with acting(KEYED):
            receipt = cut_ledger.save(tally)
        unchanged = Receipt(stream_id=tally.id, version=1, position=None)
        assert proxy.cuts_made == 1
        assert replace(receipt, replayed=False) == unchanged
        assert log.head() == 2

    def test_does_not_disturb_a_load(
        self, proxy: CuttingProxy, cut_ledger: EventSourcedLedger, cut: Cut
    ) -> None:
        tally = Tally.of("sheep").count(5)
        cut_ledger.save(tally)
        proxy.cut_next(cut)
        assert cut_ledger.load(Tally, tally.id).total == 5
        assert proxy.cuts_made == 1


class TestADatabaseThatGoesAway:
    @pytest.fixture(autouse=True)
    def _impatient(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(pools, "WAIT_SECONDS_MAX", 0.3)
        monkeypatch.setattr(persistence, "OPEN_SECONDS_MAX", 0.3)

    def test_is_reported_and_nothing_is_written(
        self, proxy: CuttingProxy, database: Database, log: PostgresLog
    ) -> None:
        ledger = open_ledger(database.through(proxy.sockets).conninfo, pool_size=1)
        tally = Tally.of("sheep")
        proxy.close()
        with pytest.raises(LedgerUnavailable):
            ledger.save(tally)
        ledger.close()
        assert log.head() == 0
        assert len(tally.pending_events) == 1

    def test_takes_nothing_while_it_is_not_the_writer_as_after_a_failover(
        self, ledger: EventSourcedLedger, database: Database, log: PostgresLog
    ) -> None:
        tally = Tally.of("sheep")
        for setting in ("on", "off"):
            with connect(database.conninfo, autocommit=True) as superuser:
                superuser.execute("SET default_transaction_read_only = off")
                superuser.execute(
                    f"ALTER DATABASE {database.name} SET default_transaction_read_only = {setting}"
                )
                superuser.execute(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                    " WHERE application_name = 'dynasty-ledger' AND datname = current_database()"
                )
            if setting == "on":
                with pytest.raises(LedgerUnavailable):
                    ledger.save(tally)
                assert (log.head(), len(tally.pending_events)) == (0, 1)
        assert ledger.save(tally).position == 1

    def test_is_not_noticed_when_it_comes_back_at_once(
        self, ledger: EventSourcedLedger, database: Database, log: PostgresLog
    ) -> None:
        ledger.save(Tally.of("goats"))
        with connect(database.conninfo, autocommit=True) as superuser:
            superuser.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE application_name = 'dynasty-ledger' AND datname = current_database()"
            )
        assert ledger.save(Tally.of("sheep")).position == 2
        assert log.head() == 2

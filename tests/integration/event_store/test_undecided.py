"""Batches at the edge: without a connection, for longer than anybody waits, undecided."""

from concurrent.futures import ThreadPoolExecutor
from threading import Thread
from time import monotonic, sleep
from typing import Any

import pytest
from psycopg import OperationalError, connect
from psycopg.pq import ExecStatus

from application.context import NOBODY
from application.errors import LedgerUnavailable
from infrastructure.event_store import combining
from infrastructure.event_store.appending import append as written
from infrastructure.event_store.combiner_limits import CombinerLimits
from infrastructure.event_store.combining import AppendCombiner
from infrastructure.event_store.ledger import EventSourcedLedger
from infrastructure.event_store.log import PostgresLog
from infrastructure.event_store.packing import Append, Packed
from infrastructure.event_store.stored import StoredFact
from infrastructure.postgres.calls import checked
from tests.integration.event_store.tally import Tally
from tests.integration.event_store.test_combining import (
    all_waiting,
    limited,
    saves_of,
    transactions,
    until,
)
from tests.support.postgres import Database


def begun(subject: str) -> Packed:
    (event,) = Tally.of(subject).pending_events
    fact = StoredFact(
        originator_id=event.originator_id,
        originator_version=1,
        topic="tally.begun",
        state=b'{"subject":"sheep"}',
    )
    return Packed(Append(facts=[fact], context=NOBODY))


def test_without_a_connection_of_their_own_batches_go_over_the_pool(
    database: Database, ledger: EventSourcedLedger, log: PostgresLog
) -> None:
    limited(ledger, CombinerLimits())
    ledger.recorder.batches.close()
    tallies = [Tally.of("sheep") for _ in range(9)]
    with all_waiting(database, ledger, *saves_of(ledger, *tallies)) as saving:
        pass
    assert sorted(each.result().position or 0 for each in saving) == list(range(2, 11))
    assert (transactions(database), log.head()) == (2, 10)


def test_what_is_on_its_way_waits_in_peace_however_long_that_takes(
    database: Database, ledger: EventSourcedLedger, monkeypatch: pytest.MonkeyPatch
) -> None:
    limited(ledger, CombinerLimits(wait_seconds_max=0.3))
    waits = list[None]()
    wait = AppendCombiner._wait

    def counted(self: AppendCombiner, mine: Any) -> None:
        waits.append(None)
        wait(self, mine)

    monkeypatch.setattr(AppendCombiner, "_wait", counted)
    appends = ledger.recorder.appends
    appends._pace._worth, appends._pace.until = 6, monotonic() + 60  # The sixth leads them all.
    with ThreadPoolExecutor(6) as threads, connect(database.conninfo) as blocking:
        blocking.execute("SELECT FROM ledger.head FOR UPDATE")
        saving = [threads.submit(ledger.save, Tally.of("sheep")) for _ in range(6)]
        until(lambda: appends.counts.in_flight == 6)
        sleep(1)
        blocking.rollback()
    assert sorted(each.result().position or 0 for each in saving) == list(range(1, 7))
    assert len(waits) <= 2 * len(saving)


def test_an_append_that_another_thread_wrote_alone_is_undecided_and_no_conflict_with_itself(
    ledger: EventSourcedLedger, monkeypatch: pytest.MonkeyPatch, log: PostgresLog
) -> None:
    """It was written, and then the database was away for longer than anybody asks again."""
    limited(ledger, CombinerLimits(batch_max=1))
    appends = ledger.recorder.appends

    def answer_lost(*given: Any, **more: Any) -> range:
        positions = written(*given, **more)
        if positions == range(1, 2):
            raise LedgerUnavailable("The ledger does not answer.")
        return positions

    monkeypatch.setattr(combining, "append", answer_lost)
    outcomes = dict[str, object]()

    def go(name: str, packed: Packed) -> None:
        try:
            outcomes[name] = appends.append(packed)
        except Exception as refusal:  # noqa: BLE001 (it is what the test looks at)
            outcomes[name] = type(refusal)

    appends._pace.landed(busy=20)
    appends._flights = 1  # As if a batch were under way.
    first = Thread(target=go, args=("first", begun("sheep")))
    first.start()
    until(lambda: appends.waiting == 1)
    appends._pace._worth = 2  # The next one to come leads, for the one who was there before.
    appends._flights = 0
    go("leader", begun("goats"))
    first.join()
    assert outcomes == {"first": LedgerUnavailable, "leader": range(2, 3)}
    assert log.head() == 2


def test_what_the_driver_itself_says_of_a_write_is_a_lost_connection(database: Database) -> None:
    with connect(database.conninfo) as session:
        said = session.pgconn.make_empty_result(ExecStatus.FATAL_ERROR)
        with pytest.raises(OperationalError):
            checked(session.pgconn, said)

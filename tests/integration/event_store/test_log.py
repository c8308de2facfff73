from collections.abc import Iterator, Sequence
from datetime import timedelta

import pytest
from psycopg import connect

from application.context import CommandContext, acting
from application.log import LogSelection, RecordedEvent
from infrastructure.event_store import log as log_module
from infrastructure.event_store.ledger import EventSourcedLedger
from infrastructure.event_store.log import PostgresLog
from tests.integration.event_store.tally import Tally
from tests.support.postgres import Database

EVERYTHING = LogSelection()


def numbers(events: Sequence[RecordedEvent] | Iterator[RecordedEvent]) -> list[int]:
    return [event.ledger_seq for event in events]


@pytest.fixture
def tallies(ledger: EventSourcedLedger) -> list[Tally]:
    """Two streams: ann's has positions 1 to 3, ben's 4 to 6, each written event by event."""
    tallies = [Tally.of("sheep"), Tally.of("goats")]
    for tally, actor in zip(tallies, ("ann", "ben"), strict=True):
        with acting(CommandContext(actor=actor)):
            ledger.save(tally)
            ledger.save(tally.count())
            ledger.save(tally.sight("s-1"))
    return tallies


class TestRead:
    @pytest.mark.usefixtures("tallies")
    def test_pages_through_the_log_without_gaps(self, log: PostgresLog) -> None:
        assert numbers(log.read(after=0, limit=4)) == [1, 2, 3, 4]
        assert numbers(log.read(after=4, limit=4)) == [5, 6]
        assert list(log.read(after=6, limit=4)) == []

    def test_knows_the_head(self, log: PostgresLog, ledger: EventSourcedLedger) -> None:
        assert log.head() == 0
        ledger.save(Tally.of("sheep").count(times=4))
        assert log.head() == 5


class TestSelect:
    def test_binds_each_condition(self, log: PostgresLog, tallies: list[Tally]) -> None:
        def found(selection: LogSelection) -> list[int]:
            return numbers(log.select(selection, newest_first=False, limit=9))

        assert found(EVERYTHING) == [1, 2, 3, 4, 5, 6]
        assert found(LogSelection(first_seq=2, last_seq=3)) == [2, 3]
        assert found(LogSelection(stream_id=tallies[1].id)) == [4, 5, 6]
        assert found(LogSelection(event_types=["tally.begun", "tally.sighted"])) == [1, 3, 4, 6]
        assert found(LogSelection(event_types=[])) == []
        assert found(LogSelection(actor="ben", event_types=["tally.counted"])) == [5]
        assert found(LogSelection(actor="eve")) == []

    @pytest.mark.usefixtures("tallies")
    def test_gives_the_newest_first_when_asked(self, log: PostgresLog) -> None:
        assert numbers(log.select(EVERYTHING, newest_first=True, limit=2)) == [6, 5]
        page = LogSelection(last_seq=4, actor="ann")
        assert numbers(log.select(page, newest_first=True, limit=2)) == [3, 2]

    @pytest.mark.usefixtures("tallies")
    def test_finds_times_exactly(self, log: PostgresLog) -> None:
        events = log.read(after=0, limit=9)
        moments = [event.recorded_at for event in events]
        assert moments == sorted(set(moments))
        for place, moment in enumerate(moments, start=1):
            assert log.last_seq_before(moment) == place - 1
        between = LogSelection(recorded_from=moments[1], recorded_before=moments[4])
        assert numbers(log.select(between, newest_first=False, limit=9)) == [2, 3, 4]
        never = LogSelection(recorded_from=moments[-1] + timedelta(microseconds=1))
        assert list(log.select(never, newest_first=False, limit=9)) == []


class TestStream:
    def test_reads_on_over_the_edges_of_its_pieces(
        self, log: PostgresLog, ledger: EventSourcedLedger, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(log_module, "PIECE", 4)
        for events in (7, 8, 9):
            ledger.save(Tally.of("sheep").count(times=events - 1))
        assert numbers(log.stream(EVERYTHING)) == list(range(1, 25))
        counted = LogSelection(event_types=["tally.counted"], first_seq=5)
        assert len(numbers(log.stream(counted))) == 18

    def test_ends_at_the_head_it_began_with(
        self, log: PostgresLog, ledger: EventSourcedLedger, tallies: list[Tally]
    ) -> None:
        stream = log.stream(EVERYTHING)
        first = next(stream)
        ledger.save(tallies[0].count())
        assert [first.ledger_seq, *numbers(stream)] == [1, 2, 3, 4, 5, 6]


def test_recorded_times_never_fall_when_the_clock_does(
    database: Database, ledger: EventSourcedLedger, log: PostgresLog
) -> None:
    with connect(database.conninfo, autocommit=True) as superuser:
        superuser.execute("UPDATE ledger.head SET last_recorded_at = '2999-01-01T00:00:00Z'")
    ledger.save(Tally.of("sheep"))
    (event,) = log.read(after=0, limit=1)
    assert event.recorded_at.year == 2999

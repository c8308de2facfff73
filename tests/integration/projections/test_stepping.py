"""One step along the log, whole or not at all."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

import pytest
from psycopg import Cursor
from typing_extensions import override

from application.log import RecordedEvent
from projections.errors import PoisonEvent, ReadModelsMissing
from projections.kernel import Batch
from projections.lanes import lane_of
from projections.positions import PositionMoved
from projections.read_models import READ_MODELS, read_model
from projections.stepping import Stepper
from projections.trades import Trades
from tests.integration.projections.projecting import NAMES, Projecting
from tests.support.histories import History, Step, record

RESULTS = History("no rules", [Step("result", 1, 1, 1)] * 9)


class Allergic(Trades):
    """Cannot bear one event."""

    def __init__(self, *, ledger_seq: int, error: Exception) -> None:
        self.ledger_seq, self.error = ledger_seq, error

    @override
    def project(self, batch: Batch, cursor: Cursor[Any]) -> None:
        super().project(batch, cursor)
        if any(each.recorded.ledger_seq == self.ledger_seq for each in batch.events):
            raise self.error


def step(at_work: Projecting, stepper: Stepper, **bounds: int) -> int:
    with at_work.pool.connection() as connection:
        return stepper.step(connection, **bounds).position


class TestStep:
    def test_moves_all_models_together(self, at_work: Projecting) -> None:
        record(at_work.ledger, [RESULTS])
        assert step(at_work, Stepper(at_work.log), limit=4) == 4
        assert at_work.positions() == dict.fromkeys(NAMES, 4)
        assert len(at_work.rows("audit_log", order="ledger_seq")) == 4

    def test_goes_no_further_than_it_is_told(self, at_work: Projecting) -> None:
        record(at_work.ledger, [RESULTS])
        assert step(at_work, Stepper(at_work.log), last=6) == 6
        assert step(at_work, Stepper(at_work.log), last=5) == 6

    def test_lets_a_model_that_is_behind_catch_up_alone(self, at_work: Projecting) -> None:
        record(at_work.ledger, [RESULTS])
        at_work.catch_up(models=[read_model("audit_log")])
        at_work.append_raw("order.placed")
        at_work.catch_up()
        assert set(at_work.positions().values()) == {11}
        assert at_work.differences() == []

    def test_leaves_neither_rows_nor_position_when_a_model_fails(self, at_work: Projecting) -> None:
        record(at_work.ledger, [RESULTS])
        failing = Allergic(ledger_seq=2, error=ValueError("no"))
        stepper = Stepper(at_work.log, models=[READ_MODELS[0], failing])
        step(at_work, stepper, limit=1)
        with pytest.raises(PoisonEvent):
            step(at_work, stepper, limit=1)
        assert at_work.row("accounts")["version"] == 1
        assert at_work.positions()["accounts"] == at_work.positions()["trades"] == 1

    def test_projects_all_before_the_event_that_stops_it(self, at_work: Projecting) -> None:
        record(at_work.ledger, [RESULTS])
        poisoned = Allergic(ledger_seq=6, error=ValueError("Too bitter."))
        with pytest.raises(PoisonEvent) as stop:
            step(at_work, Stepper(at_work.log, models=[poisoned]))
        assert at_work.positions()["trades"] == 5
        assert stop.value.facts == {
            "ledger_seq": 6,
            "event_type": "account.result_recorded",
            "projection": "the read model trades",
        }
        assert "Too bitter." in stop.value.sentence

    def test_stops_at_an_account_event_of_a_release_to_come(self, at_work: Projecting) -> None:
        record(at_work.ledger, [History("no rules", [])])
        at_work.append_raw("account.teleported", stream_id=UUID(int=1), version=2)
        for _ in range(2):
            with pytest.raises(PoisonEvent, match="position 2 of type account"):
                step(at_work, Stepper(at_work.log))
        assert at_work.positions() == dict.fromkeys(NAMES, 1)

    def test_passes_over_what_no_model_wants(self, at_work: Projecting) -> None:
        position = at_work.append_raw("order.placed")
        assert step(at_work, Stepper(at_work.log)) == position
        assert at_work.positions() == dict.fromkeys(NAMES, position)

    def test_applies_nothing_when_another_projector_was_faster(self, at_work: Projecting) -> None:
        record(at_work.ledger, [RESULTS])
        faster = Allergic(ledger_seq=0, error=ValueError())
        with at_work.pool.connection() as connection:
            slow = Stepper(at_work.log, models=[faster])
            group = slow._hindmost(connection)
            step(at_work, Stepper(at_work.log), limit=3)
            recorded = at_work.log.read(after=group.position, limit=10)
            with pytest.raises(PositionMoved):
                slow._apply(connection, group, recorded)
        assert len(at_work.rows("trades", order="ledger_seq")) == 2

    def test_in_some_lanes_leaves_the_others_alone(self, at_work: Projecting) -> None:
        record(at_work.ledger, [RESULTS] * 12)
        lanes = sorted({lane_of(UUID(int=number)) for number in range(1, 13)})
        assert len(lanes) > 2
        head = step(at_work, Stepper(at_work.log, lanes=lanes[:2]))
        mine = {row["stream_id"] for row in at_work.rows("audit_log", order="ledger_seq")}
        assert {lane_of(each) for each in mine} == set(lanes[:2])
        assert set(at_work.positions().values()) == {0}
        assert at_work.differences() == []
        at_work.catch_up()
        assert at_work.positions() == dict.fromkeys(NAMES, head)
        assert at_work.differences() == []

    def test_under_an_epoch_that_has_passed_applies_nothing(self, at_work: Projecting) -> None:
        record(at_work.ledger, [RESULTS])
        stepper = Stepper(at_work.log)
        with at_work.pool.connection() as connection:
            group = stepper._hindmost(connection)
            at_work.admin.execute("UPDATE read.positions SET epoch = epoch + 1 WHERE lane = 3")
            with pytest.raises(PositionMoved):
                stepper._apply(connection, group, at_work.log.read(after=0, limit=10))
        assert at_work.rows("audit_log", order="ledger_seq") == []

    def test_is_told_to_who_observes(self, at_work: Projecting) -> None:
        record(at_work.ledger, [RESULTS])
        told: list[tuple[Sequence[str], int, int]] = []

        class Observer:
            def stepped(
                self,
                *,
                models: Sequence[str],
                recorded: Sequence[RecordedEvent],
                began_ns: int,
                ended_ns: int,
            ) -> None:
                told.append((models, len(recorded), ended_ns - began_ns))

        stepper = Stepper(at_work.log, observer=Observer())
        for _ in range(2):
            step(at_work, stepper)
        ((models, events, took_ns),) = told
        assert (models, events) == (NAMES, 10)
        assert took_ns > 0

    def test_says_so_when_a_table_is_dropped_under_it(self, at_work: Projecting) -> None:
        record(at_work.ledger, [RESULTS])
        at_work.admin.execute("DROP TABLE read.trades")
        with pytest.raises(ReadModelsMissing, match="trades"):
            step(at_work, Stepper(at_work.log))

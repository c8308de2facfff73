"""Whoever has lost a lane can write nothing in it, however late it wakes up."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from psycopg import Connection, OperationalError
from psycopg.errors import LockNotAvailable
from psycopg.rows import TupleRow

from projections import positions
from projections.lanes import ALL_LANES, LANES, lanes_in
from projections.positions import PositionMoved, advance, claim
from projections.search_path import LIVE, use_schema
from projections.stepping import Stepper
from tests.integration.projections.projecting import Projecting
from tests.support.histories import History, Step, record

RESULTS = History("no rules", [Step("result", 1, 1, 1)] * 9)
EVERY_LANE_LOST = "UPDATE work.leases SET expires_at = '-infinity'"


@contextmanager
def holding(at_work: Projecting, *, epoch: int) -> Iterator[tuple[Stepper, Connection[TupleRow]]]:
    """One that has claimed every lane under an epoch."""
    stepper = Stepper(at_work.log)
    with at_work.pool.connection() as connection:
        claim(connection, dict.fromkeys(ALL_LANES, epoch))
        stepper.hold(dict.fromkeys(ALL_LANES, epoch))
        yield stepper, connection


@contextmanager
def asleep_within_a_copy(at_work: Projecting) -> Iterator[None]:
    """One that has moved its positions and is in the middle of its rows."""
    stepper = Stepper(at_work.log)
    with at_work.pool.connection() as connection, connection.transaction():
        group = stepper._hindmost(connection)
        with connection.cursor() as cursor:
            use_schema(cursor, LIVE)
            advance(cursor, group.names, group.lanes, position=5)
            with cursor.copy("COPY trades FROM STDIN"):
                yield


def take_a_lane_of_a_sleeper(at_work: Projecting) -> None:
    with asleep_within_a_copy(at_work), at_work.pool.connection() as connection:
        with pytest.raises(LockNotAvailable):
            claim(connection, {3: 2})
        wait_until_claimed(connection, {3: 2})


def wait_until_claimed(connection: Connection[TupleRow], epochs: dict[int, int]) -> None:
    """A session that is ended takes a moment to go."""
    for _ in range(600):
        try:
            claim(connection, epochs)
        except LockNotAvailable:
            continue
        return
    raise AssertionError("the rows are held for ever")


class TestAnOldOwner:
    def test_that_wakes_up_writes_nothing(self, at_work: Projecting) -> None:
        record(at_work.ledger, [RESULTS] * 3)
        with (
            holding(at_work, epoch=1) as (old, connection),
            holding(at_work, epoch=2) as (new, other),
        ):
            with pytest.raises(PositionMoved):
                old.step(connection)
            assert new.step(other).events == 30
            with pytest.raises(PositionMoved):
                old.step(connection)
        assert at_work.differences() == []

    def test_that_has_its_batch_in_hand_writes_nothing(self, at_work: Projecting) -> None:
        record(at_work.ledger, [RESULTS] * 3)
        with holding(at_work, epoch=1) as (old, connection):
            group = old._hindmost(connection)
            recorded = at_work.log.read(after=0, limit=10)
            # Paused here, it wakes up when another has claimed one of the lanes and done nothing.
            with at_work.pool.connection() as other:
                claim(other, {5: 2})
            with pytest.raises(PositionMoved):
                old._apply(connection, group, recorded)
        assert at_work.rows("audit_log", order="ledger_seq") == []

    def test_claims_nothing_back(self, at_work: Projecting) -> None:
        record(at_work.ledger, [RESULTS])
        with (
            holding(at_work, epoch=2) as (new, connection),
            holding(at_work, epoch=1) as (old, other),
        ):
            with pytest.raises(PositionMoved):
                old.step(other)
            assert new.step(connection).events == 10

    def test_that_sleeps_within_a_transaction_is_cut_off(
        self, at_work: Projecting, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(positions, "STALE_SECONDS", 0)
        monkeypatch.setattr(positions, "CLAIM_PATIENCE", "50ms")
        record(at_work.ledger, [RESULTS])
        # The sleeper wakes up to a session that is gone.
        with pytest.raises(OperationalError):
            take_a_lane_of_a_sleeper(at_work)
        assert at_work.catch_up() == 10
        assert at_work.differences() == []

    def test_that_is_awake_is_not(
        self, at_work: Projecting, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(positions, "STALE_SECONDS", 600)
        monkeypatch.setattr(positions, "CLAIM_PATIENCE", "50ms")
        with asleep_within_a_copy(at_work), at_work.pool.connection() as connection:
            for _ in range(2):
                with pytest.raises(LockNotAvailable):
                    claim(connection, {3: 2})


class TestALease:
    def test_has_one_owner_and_a_higher_epoch_each_time(self, at_work: Projecting) -> None:
        # Nobody renews by itself while this runs.
        with at_work.tenure(owner="one", seconds=600) as one:
            first = one.owned()
            assert len(first) == LANES
            at_work.admin.execute(EVERY_LANE_LOST)
            with at_work.tenure(owner="two", seconds=600) as two:
                assert len(two.owned()) == LANES // 2
                assert all(two.owned()[name] == first[name] + 1 for name in two.owned())
                one._tend()
                assert not set(one.owned()) & set(two.owned())
                assert set(lanes_in(one.owned() | two.owned())) == set(ALL_LANES)

    def test_that_is_given_back_is_free_at_once(self, at_work: Projecting) -> None:
        with at_work.tenure(owner="one") as one:
            before = one.owned()
        with at_work.tenure(owner="two") as two:
            assert two.owned() == {name: epoch + 1 for name, epoch in before.items()}

    def test_is_owned_by_nobody_when_it_could_not_be_renewed(self, at_work: Projecting) -> None:
        with at_work.tenure(owner="one", seconds=1) as one:
            one._until = 0
            assert one.owned() == {}


class TestAGuest:
    def test_works_only_in_lanes_that_nobody_holds(self, at_work: Projecting) -> None:
        record(at_work.ledger, [RESULTS] * 3)
        at_work.catch_up()
        with at_work.tenure(owner="one") as one:
            lanes = lanes_in(one.owned())
            assert len(lanes) == LANES
        assert at_work.catch_up() == 30

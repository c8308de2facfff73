"""Processes of a rebuild killed in the middle, and the rebuild seen through."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from multiprocessing import get_context
from time import sleep
from uuid import UUID

import pytest

from application.archiving.ports import ArchiveOptions
from interfaces.bootstrap.loading import loading_on
from interfaces.rebuilding.working import processes_beside
from projections.errors import RebuildRunning
from projections.range_work import RangeWorker
from projections.read_models import READ_MODELS
from projections.rebuild import Helpers, Rebuilder
from projections.rebuilds import Rebuild, newest_rebuilds
from tests.integration.projections.projecting import Projecting
from tests.support.histories import History, Step, record

LIVES = [History("no rules", [Step("result", 1, 1, 1), Step("trade", 1, 1, 1)] * 3)] * 20
SLOWLY = 100
NO_ARCHIVE = ArchiveOptions(
    bucket=None, prefix="", directory=None, retention=None, cache_bytes=1_000
)
EXPIRE = """
UPDATE work.rebuild_ranges SET lease_until = clock_timestamp() - interval '1 second'
WHERE status = 'held'
"""

pytestmark = pytest.mark.usefixtures("socket_enabled")


def beside(database_url: str, rebuild_id: UUID) -> Iterator[None]:
    with processes_beside(database_url, rebuild_id, archive=NO_ARCHIVE, count=1):
        yield


def helpers(database_url: str) -> Helpers:
    return contextmanager(partial(beside, database_url))


def rebuild_slowly(database_url: str) -> None:
    """The command, in a process of its own."""
    with loading_on(database_url, archive=NO_ARCHIVE) as (log, pool):
        pool.resize(1, 4)
        rebuilder = Rebuilder(log, pool, range_events=7, batch=1, helpers=helpers(database_url))
        rebuilder.rebuild(READ_MODELS, progress=lambda *_: None, throttle=SLOWLY)


def newest(at_work: Projecting) -> Rebuild | None:
    with at_work.pool.connection() as connection:
        return next(iter(newest_rebuilds(connection, limit=1)), None)


def wait_until(reached: Callable[[], bool]) -> None:
    while not reached():
        sleep(0.02)


def loaded(at_work: Projecting, ranges: int) -> bool:
    found = newest(at_work)
    return found is not None and found.ranges_done >= ranges


@pytest.fixture
def filled(at_work: Projecting) -> Projecting:
    record(at_work.ledger, LIVES)
    at_work.catch_up()
    return at_work


def test_a_command_that_is_killed_is_gone_on_with(filled: Projecting) -> None:
    command = get_context("spawn").Process(target=rebuild_slowly, args=(filled.database.url,))
    command.start()
    wait_until(lambda: loaded(filled, 3))
    command.kill()
    command.join()
    killed = newest(filled)
    assert killed is not None
    assert killed.ranges_done < killed.ranges
    assert filled.differences() == [], "the live rows are as they were"
    filled.admin.execute(EXPIRE)
    rebuilder = Rebuilder(filled.log, filled.pool)
    wait_until(lambda: gone_on(rebuilder))
    seen_through = newest(filled)
    assert seen_through is not None
    assert (seen_through.rebuild_id, seen_through.status) == (killed.rebuild_id, "switched")
    assert filled.differences() == []


def gone_on(rebuilder: Rebuilder) -> bool:
    """The server may take a moment to see that the command is gone."""
    try:
        rebuilder.rebuild(READ_MODELS, progress=lambda *_: None)
    except RebuildRunning:
        return False
    return True


def work_slowly(database_url: str, rebuild_id: UUID) -> None:
    with loading_on(database_url, archive=NO_ARCHIVE) as (log, pool):
        RangeWorker(log, pool, batch=1).work(rebuild_id)


def test_a_worker_that_is_killed_is_done_without(filled: Projecting) -> None:
    held: list[int] = []

    @contextmanager
    def killed(rebuild_id: UUID) -> Iterator[None]:
        """A helper that is killed with a range in hand, before anybody else has begun."""
        worker = get_context("spawn").Process(
            target=work_slowly, args=(filled.database.url, rebuild_id), daemon=True
        )
        worker.start()
        wait_until(lambda: bool(workers(filled)))
        worker.kill()
        worker.join()
        held.append(workers(filled))
        filled.admin.execute(EXPIRE)
        yield

    # One range: between two the killed one would hold none.
    rebuilder = Rebuilder(filled.log, filled.pool, range_events=10_000, helpers=killed)
    rebuilt = rebuilder.rebuild(READ_MODELS, progress=lambda *_: None, throttle=SLOWLY)
    assert held == [1]
    assert rebuilt.position == filled.log.head()
    assert filled.differences() == []


def workers(at_work: Projecting) -> int:
    found = newest(at_work)
    return 0 if found is None else found.workers

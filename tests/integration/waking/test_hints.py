"""Hints over a real Redis, which comes and goes: what follows the log is only slower without."""

import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import mkdtemp
from threading import Event as Signal
from threading import Thread
from time import monotonic, sleep

import pytest

from infrastructure.embedded.redis import Redis
from infrastructure.event_store.ledger import open_ledger
from infrastructure.waking import redis_hints
from infrastructure.waking.redis_hints import RedisKnock, RedisWakeUp
from projections.daemon import Daemon
from projections.gate import wait_until
from tests.integration.projections.projecting import NAMES, Projecting, projecting
from tests.support.histories import History, Step, record
from tests.support.postgres import Database

RESULTS = History("no rules", [Step("result", 1, 1, 1)] * 9)
PATIENCE_SECONDS = 60


class Server:
    """A Redis that can be killed and started again at the same place."""

    def __init__(self, directory: Path) -> None:
        self._server = Redis(directory=directory, socket=directory / "redis.sock")
        self._process: subprocess.Popen[bytes] | None = None
        self.url = self._server.url

    def start(self) -> None:
        self._process = subprocess.Popen(self._server.server().argv, stdout=subprocess.DEVNULL)
        give_up_at = monotonic() + PATIENCE_SECONDS
        while not self._server.answers():
            assert monotonic() < give_up_at, "Redis did not start"
            sleep(0.01)

    def kill(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None


@pytest.fixture
def server() -> Iterator[Server]:
    directory = Path(mkdtemp(prefix="df-", dir="/tmp"))
    found = Server(directory)
    found.start()
    yield found
    found.kill()
    shutil.rmtree(directory, ignore_errors=True)


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever has lost Redis looks for it often."""
    monkeypatch.setattr(redis_hints, "PAUSE_SECONDS_MIN", 0.01)
    monkeypatch.setattr(redis_hints, "PAUSE_SECONDS_MAX", 0.05)


@contextmanager
def hearing(url: str) -> Iterator[RedisWakeUp]:
    wake_up = RedisWakeUp(url)
    with wake_up.listening():
        yield wake_up


@contextmanager
def knocking(url: str) -> Iterator[RedisKnock]:
    knock = RedisKnock(url)
    yield knock
    knock.close()


def is_heard(knock: RedisKnock, wake_up: RedisWakeUp) -> bool:
    """Whether a hint arrives before the patience of a test ends."""
    give_up_at = monotonic() + PATIENCE_SECONDS
    while monotonic() < give_up_at:
        knock.knock()
        if wake_up._hint.wait(0.05):
            wake_up._hint.clear()
            return True
    return False


class TestAHint:
    def test_wakes_who_listens(self, server: Server) -> None:
        with hearing(server.url) as wake_up, knocking(server.url) as knock:
            assert is_heard(knock, wake_up)

    def test_is_heard_again_after_redis_was_away(self, server: Server) -> None:
        with hearing(server.url) as wake_up, knocking(server.url) as knock:
            assert is_heard(knock, wake_up)
            server.kill()
            for _ in range(100):
                knock.knock()
            wake_up.wait(milliseconds=50)
            server.start()
            assert is_heard(knock, wake_up)

    def test_costs_nothing_where_there_is_no_redis(self) -> None:
        with knocking("unix:///nowhere") as knock, hearing("unix:///nowhere") as wake_up:
            for _ in range(10_000):
                knock.knock()
            wake_up.wait(milliseconds=10)


def test_nothing_is_lost_when_redis_is_killed_in_the_middle(
    database: Database, server: Server
) -> None:
    with projecting(database) as at_work, hearing(server.url) as wake_up:
        with knocking(server.url) as knock, following(at_work, wake_up):
            ledger = open_ledger(database.conninfo, pool_size=2, knock=knock)
            try:
                record(ledger, [RESULTS])
                assert arrives(at_work, 10)
                server.kill()
                record(ledger, [RESULTS], first_account=2)
                assert arrives(at_work, 20)
                server.start()
                record(ledger, [RESULTS], first_account=3)
                assert arrives(at_work, 30)
            finally:
                ledger.close()
        assert at_work.differences() == []


@contextmanager
def following(at_work: Projecting, wake_up: RedisWakeUp) -> Iterator[None]:
    """A daemon that hears hints."""
    stop = Signal()
    with at_work.tenure(owner="one") as tenure:
        daemon = Daemon(
            log=at_work.log, pool=at_work.pool, tenure=tenure, report=print, wake_up=wake_up
        )
        thread = Thread(target=daemon.run, args=(stop,))
        thread.start()
        try:
            yield
        finally:
            stop.set()
            thread.join()


def arrives(at_work: Projecting, position: int) -> bool:
    return wait_until(
        at_work.pool, projections=NAMES, position=position, within_seconds=PATIENCE_SECONDS
    )

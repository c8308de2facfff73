"""The daemon as a process: read models, orders and duties under leases, and an orderly end."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from threading import Event as Signal
from threading import Thread
from time import monotonic, sleep

import pytest
import redis
from pydantic import SecretStr

from interfaces import beside, daemon
from interfaces.bootstrap.runtime import Runtime
from interfaces.bootstrap.starting import running
from interfaces.daemon import daemon_beside, run_daemon
from interfaces.repeating import repeated
from interfaces.settings import Settings
from projections.gate import wait_until
from tests.integration.enforcement.test_effects import failed
from tests.integration.projections.projecting import NAMES, Projecting, projecting
from tests.support.histories import History, Step, record
from tests.support.postgres import Database
from tests.support.redis import redis_server

RESULTS = History("no rules", [Step("result", 1, 1, 1)] * 9)
PATIENCE_SECONDS = 60


@pytest.fixture
def at_work(database: Database) -> Iterator[Projecting]:
    with projecting(database) as opened:
        yield opened


@pytest.fixture
def client() -> Iterator[redis.Redis]:
    with redis_server().emptied() as emptied:
        yield emptied


@pytest.fixture
def runtime(at_work: Projecting) -> Iterator[Runtime]:
    settings = Settings(
        database_url=SecretStr(at_work.database.url),
        redis_url=SecretStr(redis_server().url),
        daemon_lease_seconds=10,
    )
    with running(settings) as opened:
        yield opened


@dataclass
class Duty:
    """Counts its steps, by the daemon that made them."""

    name: str = "counting"
    steps: list[str] = field(default_factory=list)

    def by(self, daemon: str) -> "Doing":
        return Doing(self.name, daemon, self.steps)


@dataclass
class Doing:
    """The duty, as one daemon has it."""

    name: str
    daemon: str
    steps: list[str]

    def step(self) -> int:
        self.steps.append(self.daemon)
        return 0


@contextmanager
def daemon_of(runtime: Runtime, *, instance: str = "one") -> Iterator[None]:
    """One for the length of the block; it has to end by itself when it is asked to."""
    stop, said = Signal(), list[str]()

    def work() -> None:
        run_daemon(runtime, stop=stop, report=said.append, instance=instance)

    thread = Thread(target=work)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join(PATIENCE_SECONDS)
    assert not thread.is_alive(), said


def wait_for(steps: list[str], daemon: str) -> None:
    seen, give_up_at = len(steps), monotonic() + PATIENCE_SECONDS
    while daemon not in steps[seen:]:
        assert monotonic() < give_up_at, steps[-5:]
        sleep(0.01)


def arrives(at_work: Projecting, position: int) -> bool:
    return wait_until(
        at_work.admin, projections=NAMES, position=position, within_seconds=PATIENCE_SECONDS
    )


class TestTheDaemon:
    def test_keeps_read_models_and_sends_orders(
        self, at_work: Projecting, runtime: Runtime, client: redis.Redis
    ) -> None:
        with daemon_of(runtime):
            failed(at_work)
            assert arrives(at_work, at_work.log.head())
            give_up_at = monotonic() + PATIENCE_SECONDS
            while client.xlen("{enforcements}:stream") < 2:
                assert monotonic() < give_up_at, "no order came"
                sleep(0.01)
        owners = at_work.admin.execute("SELECT count(owner) FROM work.leases").fetchone()
        assert owners == (0,)
        assert at_work.differences() == []

    @pytest.mark.usefixtures("client")
    def test_does_all_there_is_to_do_once(self, at_work: Projecting, runtime: Runtime) -> None:
        record(at_work.ledger, [RESULTS])
        failed(at_work, 99)
        head = at_work.log.head()
        assert run_daemon(runtime, stop=Signal(), report=print, once=True) == head
        statuses = at_work.admin.execute("SELECT DISTINCT status FROM work.effects").fetchall()
        assert statuses == [("sent",)]

    @pytest.mark.usefixtures("at_work", "client")
    def test_does_a_duty_alone_until_it_ends(
        self, runtime: Runtime, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        duty = Duty()
        names = iter(("one", "two"))
        monkeypatch.setattr(daemon, "duties_of", lambda _: [duty.by(next(names))])
        with daemon_of(runtime, instance="one"):
            wait_for(duty.steps, "one")
            with daemon_of(runtime, instance="two"):
                # The duty stays with who has it, as long as that one lives.
                for _ in range(3):
                    wait_for(duty.steps, "one")
            assert set(duty.steps) == {"one"}

    @pytest.mark.usefixtures("at_work", "client")
    def test_takes_over_the_duty_of_one_that_has_ended(
        self, runtime: Runtime, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        duty = Duty()
        names = iter(("one", "two"))
        monkeypatch.setattr(daemon, "duties_of", lambda _: [duty.by(next(names))])
        with daemon_of(runtime, instance="one"):
            wait_for(duty.steps, "one")
        with daemon_of(runtime, instance="two"):
            wait_for(duty.steps, "two")
        assert duty.steps == sorted(duty.steps)


class TestTheDaemonOfAServer:
    @pytest.mark.usefixtures("client")
    def test_goes_on_once_somebody_has_mended_what_stopped_it(
        self,
        at_work: Projecting,
        runtime: Runtime,
        monkeypatch: pytest.MonkeyPatch,
        caplog: pytest.LogCaptureFixture,
    ) -> None:
        monkeypatch.setattr(beside, "AGAIN_SECONDS", 0.1)
        at_work.admin.execute("ALTER TABLE read.trades RENAME TO mislaid")
        record(at_work.ledger, [RESULTS])
        with daemon_beside(runtime):
            give_up_at = monotonic() + PATIENCE_SECONDS
            while len(refusals(caplog)) < 2:
                assert monotonic() < give_up_at, caplog.text
                sleep(0.01)
            at_work.admin.execute("ALTER TABLE read.mislaid RENAME TO trades")
            assert arrives(at_work, at_work.log.head())
        assert all(each.startswith("read-models-missing: ") for each in refusals(caplog))
        assert "Traceback" not in caplog.text
        assert at_work.differences() == []


def refusals(caplog: pytest.LogCaptureFixture) -> list[str]:
    """What the daemon of a server ended with, each time."""
    return [
        each.getMessage()
        for each in caplog.records
        if each.name == "dynasty.daemon" and each.levelname == "ERROR"
    ]


class TestAStepThatFails:
    def test_is_taken_again_and_keeps_nobody_waiting(self) -> None:
        said: list[str] = []
        failing, other = Failing(), Duty().by("other")
        with repeated([failing, other], Signal(), said.append):
            wait_for(other.steps, "other")
            give_up_at = monotonic() + PATIENCE_SECONDS
            while not failing.done:
                assert monotonic() < give_up_at
                sleep(0.01)
        assert "ValueError: Not yet. Trying again in" in said[0]


@dataclass
class Failing:
    """Fails once."""

    attempts: int = 0
    done: bool = False

    def step(self) -> int:
        self.attempts += 1
        if self.attempts == 1:
            raise ValueError("Not yet.")
        self.done = True
        return 0

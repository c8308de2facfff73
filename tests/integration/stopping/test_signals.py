"""What runs until it is stopped ends by a signal, at whatever moment that comes."""

import os
import signal
import subprocess
import sys
from signal import SIGINT, SIGTERM

import pytest

from interfaces.cli.stopping import stopped_by_signals
from tests.support.postgres import Database
from tests.support.processes import PATIENCE_SECONDS

COMMAND = "from interfaces.cli.main import main; main()"
SIGNALLED = "tests.integration.stopping.signalled"


def test_a_signal_before_any_step_of_waiting_ends_it() -> None:
    ended = subprocess.run(
        [sys.executable, "-m", SIGNALLED],
        capture_output=True, text=True, check=True, timeout=PATIENCE_SECONDS,
    )  # fmt: skip
    assert int(ended.stdout) > 100


@pytest.mark.parametrize("number", [SIGTERM, SIGINT])
def test_a_signal_sets_the_event_and_is_what_it_was_after(number: signal.Signals) -> None:
    before = signal.getsignal(number)
    with stopped_by_signals() as stop:
        assert not stop.is_set()
        signal.raise_signal(number)
        signal.raise_signal(number)
        assert stop.wait(PATIENCE_SECONDS)
    assert signal.getsignal(number) == before


def test_a_second_signal_ends_at_once_what_asks_for_that() -> None:
    program = (
        "import signal, time\n"
        "from interfaces.cli.stopping import stopped_by_signals\n"
        "with stopped_by_signals(ends_when_asked_twice=True) as stop:\n"
        "    signal.raise_signal(signal.SIGTERM)\n"
        "    stop.wait()\n"
        "    signal.raise_signal(signal.SIGTERM)\n"
        "    time.sleep(600)\n"
    )
    ended = subprocess.run([sys.executable, "-c", program], check=False, timeout=PATIENCE_SECONDS)
    assert ended.returncode == 128 + SIGTERM


def test_without_a_signal_nothing_is_left_behind() -> None:
    before = signal.getsignal(SIGTERM)
    with stopped_by_signals() as stop:
        pass
    assert not stop.is_set()
    assert signal.getsignal(SIGTERM) == before


@pytest.mark.parametrize("number", [SIGTERM, SIGINT])
@pytest.mark.parametrize("words", [("daemon",), ("worker",)], ids=["daemon", "worker"])
def test_the_command_ends_well(
    database: Database, words: tuple[str, ...], number: signal.Signals
) -> None:
    given = {"DATABASE_URL": database.url, "REDIS_URL": "unix:///nowhere"}
    with subprocess.Popen(
        [sys.executable, "-c", COMMAND, *words],
        env={**os.environ, **given}, stderr=subprocess.PIPE, text=True,
    ) as process:  # fmt: skip
        try:
            assert process.stderr is not None
            assert any("Stop with Ctrl-C" in line for line in process.stderr)
            process.send_signal(number)
            _, said = process.communicate(timeout=PATIENCE_SECONDS)
        finally:
            process.kill()
    assert process.returncode == 0
    assert "Stopped." in said

"""However the process ends, its servers end with it."""

import os
import signal
import sys

import pytest

from tests.integration.embedded.processes import (
    descendants,
    guardian_of,
    running,
    wait_until_gone,
    wait_until_removed,
)

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")


class TestTheServers:
    @pytest.mark.parametrize(
        "ending", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGKILL]
    )
    def test_end_with_files_and_sockets_when_the_process_gets(self, ending: signal.Signals) -> None:
        with running() as runner:
            servers = descendants(runner.process.pid)
            os.killpg(runner.process.pid, ending)
            assert wait_until_gone(servers) == set()
            assert wait_until_removed(runner.runtime_directory)

    def test_end_when_their_guardian_is_killed(self) -> None:
        with running() as runner:
            servers = descendants(runner.process.pid)
            os.kill(guardian_of(runner.process.pid), signal.SIGKILL)
            assert wait_until_gone(servers) == set()
            runner.process.communicate()
            assert wait_until_removed(runner.runtime_directory)

    def test_end_when_their_guardian_is_asked_to(self) -> None:
        with running() as runner:
            servers = descendants(runner.process.pid)
            os.kill(guardian_of(runner.process.pid), signal.SIGTERM)
            assert wait_until_gone(servers) == set()

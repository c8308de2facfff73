"""Processes without an API serve their metrics on a port, when they are given one."""

import os
import re
import subprocess
from signal import SIGTERM

import httpx
import pytest

from tests.integration.projections.projecting import Projecting
from tests.support.processes import DYNASTY

COMMANDS = {"daemon": ["daemon"], "rules-engine": ["rules-engine"], "worker": ["worker"]}


@pytest.mark.usefixtures("configured")
@pytest.mark.parametrize(("service", "command"), COMMANDS.items(), ids=COMMANDS)
def test_a_process_serves_its_metrics_until_it_is_stopped(service: str, command: list[str]) -> None:
    process = subprocess.Popen(
        [DYNASTY, *command],
        env={**os.environ, "DYNASTY_METRICS_PORT": "0"},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stderr is not None
    lines = iter(process.stderr.readline, "")
    url = next(found[1] for line in lines if (found := re.match(r"Metrics: (http\S+)", line)))
    try:
        assert url.startswith("http://127.0.0.1:")
        text = httpx.get(url, timeout=30).text
    finally:
        process.send_signal(SIGTERM)
        process.stderr.read()
        assert process.wait(60) == 0
        process.stderr.close()
    assert f'dynasty_process_info{{service="{service}",version=' in text
    assert "dynasty_log_head_position 6.0\n" in text
    with pytest.raises(httpx.ConnectError):
        httpx.get(url)


def test_a_port_that_is_taken_is_refused_by_its_name(
    configured: Projecting, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DYNASTY_METRICS_HOST", "192.0.2.1")
    monkeypatch.setenv("DYNASTY_METRICS_PORT", "9")
    done = subprocess.run(
        [DYNASTY, "daemon"], capture_output=True, text=True, check=False, timeout=60
    )
    assert done.returncode == 2
    assert done.stderr.startswith("metrics-not-served: Metrics cannot be served on 192.0.2.1:9")

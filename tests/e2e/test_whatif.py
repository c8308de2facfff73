"""What-if as somebody meets it who just downloaded this: asked of `dynasty serve`, done by it."""

import json
from pathlib import Path
from time import sleep
from typing import Any

import httpx

from tests.e2e.talking import done
from tests.integration.embedded.processes import wait_until_gone
from tests.support.processes import dynasty, serving

QUESTION = {"program": "standard-50k", "phase": "evaluation"}


def ended(admin: httpx.Client, path: str) -> Any:
    """The run, once it is ended."""
    while (run := admin.get(path).json())["status"] in ("queued", "running"):
        sleep(0.05)
    return run


def test_a_run_is_done_by_the_server_itself(directory: Path) -> None:
    with serving(directory) as server:
        with server.client("admin") as admin:
            path = done(admin, "/v1/whatif-runs", QUESTION).headers["Location"]
            run = ended(admin, path)
            flips = admin.get(f"{path}/flips").json()["data"]
        typed = dynasty(
            "whatif", "--pack", "standard-50k:evaluation", "--all", "--json", directory=directory
        )
        server.stop(2)
        assert wait_until_gone(server.below) == set()
    assert run["status"] == "done", run
    assert run["summary"] == json.loads(typed.stdout)
    assert run["summary"]["lives_on"] == 1
    assert len(flips) == run["summary"]["flips"] > 0


def test_a_run_waits_where_nobody_works(directory: Path) -> None:
    with serving(directory, "--no-worker") as server, server.client("admin") as admin:
        path = done(admin, "/v1/whatif-runs", QUESTION).headers["Location"]
        assert admin.get(path).json()["status"] == "queued"
        cancelled = admin.post(f"{path}/cancellations")
    assert cancelled.json()["status"] == "cancelled"

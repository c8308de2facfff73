"""The certificate of the demo's failure: out of a running service, and run again with nothing."""

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from signal import SIGINT
from typing import Final

import pytest

from domain.documents import canonical_json
from interfaces.demo_data import STRICTER_ACCOUNT
from tests.support.processes import dynasty, serving

ALONE: Final = """
import sys
import psycopg

def refuse(event, arguments):
    if event.startswith(("socket.", "subprocess.", "os.fork", "os.posix_spawn", "os.exec")):
        raise SystemExit(f"blocked: {event}")

def unreachable(*arguments, **options):
    raise SystemExit("blocked: database")

psycopg.connect = psycopg.Connection.connect = unreachable
from interfaces.cli.main import main
sys.addaudithook(refuse)
main()
"""


@dataclass(frozen=True, slots=True)
class Given:
    """What the API answered, and what the command wrote once the service had stopped."""

    by_api: bytes
    page: str
    file: Path


@pytest.fixture(scope="module")
def given(shared_directory: Path) -> Given:
    path = f"/v1/accounts/acc_{STRICTER_ACCOUNT}/verdicts"
    with serving(shared_directory) as server:
        with server.client("admin") as admin:
            newest = admin.get(path).json()["data"][0]["verdict"]
            by_api = admin.get(f"{path}/{newest}/certificate")
            page = admin.get(f"{path}/{newest}/certificate", headers={"Accept": "text/html"})
        server.stop(SIGINT)
    file = shared_directory / "certificate.json"
    typed = ("certificate", str(STRICTER_ACCOUNT), "-o", str(file))
    made = dynasty(*typed, directory=shared_directory)
    assert made.returncode == 0, made.stderr
    return Given(by_api.content, page.text, file)


def alone(*arguments: str, directory: Path) -> "subprocess.CompletedProcess[str]":
    """The command in a process that may open no socket, reach no database and start no process."""
    return subprocess.run(
        [sys.executable, "-c", ALONE, "certificate", *arguments],
        cwd=directory,
        env={"PATH": os.environ["PATH"]},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


def test_the_command_writes_what_the_api_answers(given: Given) -> None:
    assert given.file.read_bytes() == given.by_api
    assert "$23,869.62 fell below the maximum loss floor of $24,000.00" in given.page


def test_it_is_run_again_without_network_and_database(given: Given, tmp_path: Path) -> None:
    verdict = json.loads(given.by_api)["verdict"]
    assert (verdict["type"], verdict["standing"]["balance"]) == ("account.failed", "23869.62")
    for _ in range(2):
        ended = alone("verify", str(given.file), directory=tmp_path)
        assert (ended.returncode, ended.stderr) == (0, "")
        assert ended.stdout == f"{canonical_json(verdict)}\n"
    assert list(tmp_path.iterdir()) == []


def test_a_changed_price_fails_there_as_well(given: Given, tmp_path: Path) -> None:
    text = given.file.read_text()
    assert '"exit_price":"25084.25"' in text
    changed = tmp_path / "changed.json"
    changed.write_text(text.replace('"exit_price":"25084.25"', '"exit_price":"25084.50"'))
    ended = alone("verify", str(changed), directory=tmp_path)
    assert (ended.returncode, ended.stdout) == (1, "")
    assert "/events/1/payload/" in ended.stderr


def test_a_process_so_confined_can_make_none(given: Given, tmp_path: Path) -> None:
    ended = alone(str(STRICTER_ACCOUNT), directory=tmp_path)
    assert ended.returncode == 1
    assert "blocked" in ended.stderr


def test_a_page_is_drawn_there_as_well(given: Given, tmp_path: Path) -> None:
    ended = alone("page", str(given.file), "-o", "page.html", directory=tmp_path)
    assert ended.returncode == 0, ended.stderr
    assert (tmp_path / "page.html").read_text() == given.page

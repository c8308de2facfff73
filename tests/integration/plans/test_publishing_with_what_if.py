"""The steps of `docs/how-to/publish-a-pack-version.md`, typed as they stand there."""

import json
import shlex
from collections.abc import Iterator
from contextlib import chdir
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from domain.plans.errors import ImpactOfOtherPacks
from interfaces.cli.main import app
from tests.architecture.test_docs import DOCS, blocks_of
from tests.support.postgres import Database

HOW_TO = DOCS / "how-to" / "publish-a-pack-version.md"
BOOK = ("simulate", "--accounts", "12", "--days", "6", "--plan", "standard-25k")


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    with chdir(tmp_path):
        yield tmp_path


class Terminal:
    """Types commands on a database of the test's own; `> FILE` keeps what is printed."""

    def __init__(self, database: Database) -> None:
        self._environment = {
            "DATABASE_URL": database.url, "REDIS_URL": "unix:///nowhere", "COLUMNS": "120",
        }  # fmt: skip

    def type(self, *words: str) -> Result:
        return CliRunner().invoke(app, list(words), env=self._environment)

    def type_line(self, line: str) -> str:
        command, _, file = line.partition(" > ")
        result = self.type(*shlex.split(command)[1:])
        assert result.exit_code == 0, (line, result.output, result.exception)
        if file:
            Path(file).write_text(result.stdout)
        return result.stdout


@pytest.fixture
def terminal(database: Database) -> Terminal:
    terminal = Terminal(database)
    assert terminal.type(*BOOK).exit_code == 0
    return terminal


def steps() -> list[str]:
    text = "".join(block.text for block in blocks_of(HOW_TO, "console"))
    return [line.removeprefix("$ ") for line in text.splitlines()]


def without_daily_loss(shown: str) -> dict[str, Any]:
    """The pack that was shown, as somebody changes it."""
    pack: dict[str, Any] = json.loads(shown)["pack"]
    return {name: rule for name, rule in pack.items() if name != "daily_loss"}


def versions(terminal: Terminal) -> list[dict[str, Any]]:
    lines = terminal.type_line("dynasty packs versions standard-25k evaluation --json")
    return [json.loads(each) for each in lines.splitlines()]


def test_every_step_works_with_what_the_step_before_has_made(
    terminal: Terminal, folder: Path
) -> None:
    for line in steps():
        said = terminal.type_line(line)
        if line.startswith("dynasty packs show"):
            (folder / "new.json").write_text(json.dumps(without_daily_loss(said)))
    run = json.loads((folder / "run.json").read_text())
    newest, first = versions(terminal)
    assert (newest["accounts"], newest["flips"]) == (run["accounts"], run["flips"])
    assert (first["accounts"], first["flips"]) == (None, None)
    assert 0 < run["accounts"] < 12
    assert run["flips"] > 0


def test_a_run_over_another_plan_is_refused(terminal: Terminal, folder: Path) -> None:
    other = ("simulate", "--accounts", "3", "--days", "2", "--seed", "2", "--plan", "advanced-25k")
    assert terminal.type(*other).exit_code == 0
    for line in steps()[:2]:
        said = terminal.type_line(line)
    (folder / "new.json").write_text(json.dumps(without_daily_loss(said)))
    terminal.type_line("dynasty whatif --pack new.json --plan advanced-25k --json > run.json")
    (publish,) = [line for line in steps() if "--impact" in line]
    assert isinstance(terminal.type(*shlex.split(publish)[1:]).exception, ImpactOfOtherPacks)

"""`dynasty simulate`, as it is typed, on a real database; killed on its way, too."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from signal import SIGKILL
from time import sleep
from typing import Any

import pytest
import typer
from typer.testing import CliRunner, Result

from application.plans.catalogue import ProgramUnknown
from application.simulation.books import Book
from application.simulation.errors import SimulationOutOfRange
from domain.documents import Unreadable
from domain.errors import DomainError
from infrastructure.event_store.log import PostgresLog
from interfaces.cli.simulate import simulate
from tests.integration.simulation.comparing import holds_exactly
from tests.support.postgres import Database

DYNASTY = (sys.executable, "-c", "from interfaces.cli.main import main; main()")
SMALL = ("--accounts", "6", "--days", "3", "--seed", "4")
SMALL_BOOK = Book(seed=4, accounts=6, days=3)
LARGE = ("--accounts", "150", "--days", "12", "--seed", "8")
LARGE_BOOK = Book(seed=8, accounts=150, days=12)

program = typer.Typer()
program.command()(simulate)


@pytest.fixture
def variables(database: Database) -> dict[str, str]:
    # Nothing here speaks to Redis.
    return {"DATABASE_URL": database.url, "REDIS_URL": "redis://not-used.invalid", "COLUMNS": "100"}


@pytest.fixture
def run(variables: dict[str, str]) -> Callable[..., Result]:
    return lambda *arguments: CliRunner().invoke(program, arguments, env=variables)


def document(result: Result) -> dict[str, Any]:
    assert result.exit_code == 0, result.output
    found: dict[str, Any] = json.loads(result.stdout)
    return found


class TestSimulate:
    def test_writes_the_book_and_says_what_was_new(
        self, run: Callable[..., Result], log: PostgresLog
    ) -> None:
        first = document(run(*SMALL, "--json"))
        assert first["new_events"] == first["events"] == log.head()
        assert holds_exactly(log, SMALL_BOOK)
        again = document(run(*SMALL, "--json"))
        assert again == first | {"new_events": 0}

    def test_prints_a_table_that_fits(self, run: Callable[..., Result]) -> None:
        result = run(*SMALL)
        assert result.exit_code == 0
        for label in ("evaluation active", "round trips", "fills", "their fees", "of them new."):
            assert label in result.stdout
        assert max(map(len, result.stdout.splitlines())) <= 80
        assert "none of them new." in run(*SMALL).stdout

    def test_writes_nothing_on_a_dry_run(
        self, run: Callable[..., Result], log: PostgresLog
    ) -> None:
        rehearsed = document(run(*SMALL, "--dry-run", "--json"))
        assert log.head() == 0
        written = document(run(*SMALL, "--json"))
        assert written == rehearsed | {"dry_run": False, "new_events": written["events"]}

    def test_takes_a_program_and_a_start(self, run: Callable[..., Result]) -> None:
        asked = ("--plan", "standard-25k", "--start", "2025-07-04", "--dry-run", "--json")
        told = document(run(*SMALL, *asked))
        assert told["plans"] == {"standard-25k": 6}
        assert (told["start"], told["end"]) == ("2025-07-04", "2025-07-08")

    @pytest.mark.parametrize(
        ("arguments", "refusal"),
        [
            (("--accounts", "0"), SimulationOutOfRange),
            (("--accounts", "1000001"), SimulationOutOfRange),
            (("--days", "2001"), SimulationOutOfRange),
            (("--start", "2031-01-02"), SimulationOutOfRange),
            (("--start", "tomorrow"), Unreadable),
            (("--plan", "gold-1k"), ProgramUnknown),
        ],
        ids=str,
    )
    def test_refuses_before_it_opens_anything(
        self, arguments: tuple[str, ...], refusal: type[DomainError]
    ) -> None:
        nowhere = {"DATABASE_URL": "postgresql:///nowhere", "REDIS_URL": "unix:///nowhere"}
        result = CliRunner().invoke(program, arguments, env=nowhere)
        assert isinstance(result.exception, refusal)


class TestKilledSimulation:
    def test_run_again_it_equals_one_that_was_left_alone(
        self, variables: dict[str, str], run: Callable[..., Result], log: PostgresLog
    ) -> None:
        for _ in range(2):
            before = log.head()
            process = subprocess.Popen([*DYNASTY, "simulate", *LARGE], env=os.environ | variables)
            while log.head() == before and process.poll() is None:
                sleep(0.005)
            process.kill()
            assert process.wait() == -SIGKILL, "it was killed on its way"
        told = document(run(*LARGE, "--json"))
        assert 0 < told["new_events"] < told["events"]
        assert holds_exactly(log, LARGE_BOOK)

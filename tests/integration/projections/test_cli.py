"""`dynasty projections` and `dynasty daemon --once`, on a given database."""

import json
from typing import Any
from uuid import UUID

import pytest
import typer
from typer.testing import CliRunner, Result

from interfaces.cli import daemon, projections
from projections.comparing import RebuildDiffers
from projections.errors import NothingRetired, UnknownReadModel
from tests.integration.projections.projecting import NAMES, Projecting
from tests.support.histories import History, Step, record

CHANGED = f'accounts, account_id {UUID(int=1)}: status "passed" → "active"'
RESULTS = History("no rules", [Step("result", 1, 1, 1)] * 5)

program = typer.Typer()
program.add_typer(projections.app, name="projections")
program.command("daemon")(daemon.daemon)


@pytest.fixture
def used(at_work: Projecting, monkeypatch: pytest.MonkeyPatch) -> Projecting:
    """The database is the one that the environment names, and holds six events."""
    monkeypatch.setenv("DATABASE_URL", at_work.database.url)
    monkeypatch.setenv("REDIS_URL", "redis://not-used.invalid")
    record(at_work.ledger, [RESULTS])
    return at_work


def dynasty(*arguments: str, exit_code: int = 0) -> Result:
    result = CliRunner().invoke(program, arguments)
    assert result.exit_code == exit_code, result.output
    return result


def printed(*arguments: str, exit_code: int = 0) -> Any:
    return json.loads(dynasty(*arguments, "--json", exit_code=exit_code).stdout)


class TestStatus:
    @pytest.mark.usefixtures("used")
    def test_shows_every_model_beside_the_head(self) -> None:
        behind = printed("projections", "status")
        assert [each["name"] for each in behind] == NAMES
        assert {(each["position"], each["head"], each["behind"]) for each in behind} == {(0, 6, 6)}

    def test_counts_rows(self, used: Projecting) -> None:
        used.catch_up()
        rows = {each["name"]: each["rows"] for each in printed("projections", "status")}
        assert (rows["accounts"], rows["trades"], rows["audit_log"]) == (1, 5, 6)

    @pytest.mark.usefixtures("used")
    def test_fits_a_table_of_a_hundred_columns(self) -> None:
        lines = dynasty("projections", "status").stdout.splitlines()
        assert any("rule_violations" in line and "behind" in line for line in lines)
        assert max(map(len, lines)) <= 100


class TestRebuild:
    def test_rebuilds_all(self, used: Projecting) -> None:
        answer = printed("projections", "rebuild", "--all")
        assert answer == {"rebuilt": NAMES, "position": 6, "differing": []}
        assert used.positions() == dict.fromkeys(NAMES, 6)

    def test_rebuilds_one(self, used: Projecting) -> None:
        assert (
            "Rebuilt trades up to position 6." in dynasty("projections", "rebuild", "trades").stdout
        )
        assert used.positions()["trades"] == 6

    def test_finds_no_difference_where_there_is_none(self, used: Projecting) -> None:
        used.catch_up()
        assert all(each["same"] for each in printed("projections", "rebuild", "--all", "--check"))

    def test_exits_1_when_the_live_rows_differ(self, used: Projecting) -> None:
        used.catch_up()
        used.admin.execute("UPDATE read.accounts SET status = 'passed'")
        shown = dynasty("projections", "rebuild", "accounts", "--check", exit_code=1).stdout
        assert CHANGED in shown

    @pytest.mark.parametrize("arguments", [(), ("trades", "--all")])
    def test_wants_one_name_or_all(self, arguments: tuple[str, ...]) -> None:
        dynasty("projections", "rebuild", *arguments, exit_code=2)

    def test_refuses_a_name_that_there_is_not(self) -> None:
        result = CliRunner().invoke(program, ["projections", "rebuild", "acounts"])
        assert isinstance(result.exception, UnknownReadModel)


class TestDaemon:
    def test_catches_up_once(self, used: Projecting) -> None:
        assert "The read models hold position 6." in dynasty("daemon", "--once").stderr
        assert used.positions() == dict.fromkeys(NAMES, 6)


class TestOutdated:
    def test_rebuilds_what_other_code_made(self, used: Projecting) -> None:
        used.catch_up()
        used.admin.execute("UPDATE read.versions SET version = 'x' WHERE projection = 'trades'")
        shown = printed("projections", "status")
        assert [each["name"] for each in shown if each["outdated"]] == ["trades"]
        assert printed("projections", "rebuild", "--outdated")["rebuilt"] == ["trades"]
        assert not any(each["outdated"] for each in printed("projections", "status"))
        assert "No read model" in dynasty("projections", "rebuild", "--outdated").stdout

    def test_shows_rows_that_differ(self, used: Projecting) -> None:
        used.catch_up()
        used.admin.execute("UPDATE read.accounts SET status = 'passed'")
        result = CliRunner().invoke(program, ["projections", "rebuild", "accounts"])
        assert isinstance(result.exception, RebuildDiffers)
        assert CHANGED in result.stdout
        (waiting,) = printed("projections", "rebuilds")
        assert (waiting["status"], waiting["problem_code"]) == ("following", "rebuild-differs")
        assert "rebuild-differs" in dynasty("projections", "rebuilds").stdout
        answer = printed("projections", "rebuild", "accounts", "--accept")
        assert answer["differing"] == ["accounts"]
        (switched,) = printed("projections", "rebuilds")
        assert (switched["status"], switched["problem_code"]) == ("switched", None)

    def test_uses_other_processes(self, used: Projecting) -> None:
        used.catch_up()
        dynasty("projections", "rebuild", "--all", "--processes", "2", "--throttle", "100000")
        assert used.differences() == []


class TestRebuilds:
    @pytest.mark.usefixtures("used")
    def test_lists_them(self) -> None:
        assert printed("projections", "rebuilds") == []
        dynasty("projections", "rebuild", "trades")
        (listed,) = printed("projections", "rebuilds")
        assert (listed["models"], listed["status"], listed["position"]) == (
            ["trades"],
            "switched",
            6,
        )
        assert (listed["done"], listed["events"], listed["seconds_left"]) == (6, 6, None)
        shown = dynasty("projections", "rebuilds").stdout
        assert "trades" in shown
        assert "switched" in shown
        assert max(map(len, shown.splitlines())) <= 80


class TestRevert:
    def test_goes_back_and_lets_go(self, used: Projecting) -> None:
        used.catch_up()
        dynasty("projections", "rebuild", "trades")
        assert "retired kept" in dynasty("projections", "status").stdout
        assert printed("projections", "revert", "trades") == {"reverted": "trades", "position": 6}
        assert "Reverted trades" in dynasty("projections", "revert", "trades").stdout
        assert "Dropped" in dynasty("projections", "drop", "trades").stdout
        result = CliRunner().invoke(program, ["projections", "revert", "trades"])
        assert isinstance(result.exception, NothingRetired)


class TestHeal:
    ACCOUNT = ("--account", "00000000-0000-0000-0000-000000000001")

    def test_shows_and_asks_before_it_writes(self, used: Projecting) -> None:
        used.catch_up()
        used.admin.execute("UPDATE read.accounts SET status = 'passed'")
        heal = ["projections", "heal", *self.ACCOUNT, "accounts"]
        result = CliRunner().invoke(program, heal, input="n\n")
        assert CHANGED in result.stdout
        assert [each.table for each in used.differences()] == ["accounts"]
        assert CliRunner().invoke(program, heal, input="y\n").exit_code == 0
        assert used.differences() == []

    def test_writes_without_asking(self, used: Projecting) -> None:
        used.catch_up()
        used.admin.execute("UPDATE read.accounts SET status = 'passed'")
        shown = printed("projections", "heal", *self.ACCOUNT, "--all")
        assert not shown["healed"]
        healed = printed("projections", "heal", *self.ACCOUNT, "--all", "--yes")
        assert healed["healed"]
        assert [each["table"] for each in healed["tables"] if not each["same"]] == ["accounts"]
        assert "Nothing to heal" in dynasty("projections", "heal", *self.ACCOUNT, "--all").stdout

    def test_writes_nothing_where_nobody_is_there_to_ask(self, used: Projecting) -> None:
        used.catch_up()
        used.admin.execute("UPDATE read.accounts SET status = 'passed'")
        result = CliRunner().invoke(program, ["projections", "heal", *self.ACCOUNT, "accounts"])
        assert (result.exit_code, "give --yes to write" in result.stderr) == (1, True)
        assert [each.table for each in used.differences()] == ["accounts"]

    def test_wants_one_name_or_all(self) -> None:
        dynasty("projections", "heal", *self.ACCOUNT, exit_code=2)

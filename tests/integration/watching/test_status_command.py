"""`dynasty status` on a real database: what it shows, and how it exits."""

import json
import os
import pty
import subprocess
from contextlib import suppress
from signal import SIGINT
from typing import Any

import pytest
import typer
from typer.testing import CliRunner, Result

from application.lanes import LANES
from infrastructure.postgres.errors import DatabaseUnusable
from interfaces.cli import status
from tests.integration.projections.projecting import NAMES, Projecting
from tests.support.processes import DYNASTY

program = typer.Typer()
program.command("status")(status.status)


def dynasty(*arguments: str, exit_code: int = 0) -> Result:
    result = CliRunner().invoke(program, arguments)
    assert result.exit_code == exit_code, result.output
    return result


def stopped(at_work: Projecting) -> None:
    """Everything happened an hour ago, and the trades are behind since."""
    at_work.catch_up()
    at_work.admin.execute(
        "UPDATE read.positions SET updated_at = updated_at - interval '1 hour',"
        " position = CASE projection WHEN 'trades' THEN 4 ELSE position END"
    )
    at_work.admin.execute("ALTER TABLE ledger.events DISABLE TRIGGER only_ever_added_to")
    at_work.admin.execute("UPDATE ledger.events SET recorded_at = recorded_at - interval '1 hour'")


class TestAScreen:
    def test_says_that_all_is_in_order_and_exits_0(self, configured: Projecting) -> None:
        configured.catch_up()
        shown = dynasty().stdout
        assert "no alarms" in shown
        assert f"all {len(NAMES)} at the head" in shown

    def test_says_what_stands_still_and_exits_1(self, configured: Projecting) -> None:
        stopped(configured)
        shown = dynasty(exit_code=1).stdout
        assert "! projection-stalled  trades did not move for 1 h 0 min while the log" in shown
        assert "projection-stalled.md" in shown

    def test_fits_eighty_columns_and_twenty_four_lines(self, configured: Projecting) -> None:
        stopped(configured)
        lines = dynasty(exit_code=1).stdout.splitlines()
        assert max(map(len, lines)) <= 80
        assert len(lines) <= 23

    def test_cannot_tell_without_its_database(
        self, configured: Projecting, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        url = configured.database.url.replace(configured.database.name, "no_such_database")
        monkeypatch.setenv("DATABASE_URL", url)
        assert isinstance(CliRunner().invoke(program).exception, DatabaseUnusable)


class TestJson:
    def test_holds_every_figure(self, configured: Projecting) -> None:
        configured.catch_up()
        found: Any = json.loads(dynasty("--json").stdout)
        assert (found["head"], found["redis_up"], found["alarms"]) == (6, True, [])
        trades = next(each for each in found["projections"] if each["name"] == "trades")
        assert (trades["position"], trades["behind_events"], trades["behind_seconds"]) == (6, 0, 0)
        assert set(trades["lanes"].values()) == {6}
        assert found["engine"] == {"instances": 0, "partitions": 0, "watched": 0}
        assert all(found[part] is None for part in found["absent"])

    def test_holds_every_alarm_whole(self, configured: Projecting) -> None:
        stopped(configured)
        alarm, unowned, unsearched = json.loads(dynasty("--json", exit_code=1).stdout)["alarms"]
        assert (alarm["name"], alarm["severity"]) == ("projection-stalled", "critical")
        assert alarm["subjects"] == ["trades"]
        assert alarm["sentence"].endswith("see whether `dynasty daemon` runs, and what it says.")
        assert (unowned["name"], len(unowned["subjects"])) == ("lanes-unowned", LANES)
        assert unsearched["name"] == "effects-waiting"


@pytest.mark.usefixtures("configured")
class TestWatching:
    def test_is_refreshed_in_place_until_stopped(self) -> None:
        ours, theirs = pty.openpty()
        process = subprocess.Popen(
            [DYNASTY, "status", "--watch", "--every", "1"],
            stdout=theirs,
            stderr=theirs,
            env={**os.environ, "COLUMNS": "80", "LINES": "24", "TERM": "xterm"},
        )
        os.close(theirs)
        shown = ""
        while shown.count("dynasty-ledger") < 2:
            shown += os.read(ours, 4096).decode(errors="replace")
        process.send_signal(SIGINT)
        with suppress(OSError):
            while got := os.read(ours, 4096):
                shown += got.decode(errors="replace")
        os.close(ours)
        assert process.wait(60) in {0, 1}
        # The other screen of the terminal is shown, and left again.
        assert shown.index("\x1b[?1049h") < shown.index("dynasty-ledger")
        assert shown.rindex("\x1b[?1049l") > shown.rindex("dynasty-ledger")

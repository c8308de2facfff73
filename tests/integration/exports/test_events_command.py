"""`dynasty events export` and `dynasty events verify`, as they are typed."""

import json
from pathlib import Path
from uuid import UUID

import pytest
from typer.testing import CliRunner, Result

from application.context import CommandContext, acting
from application.exports.errors import ExportExists, NotAnExport, SelectionRefused
from domain.accounts.account import TradingAccount
from domain.documents import Unreadable
from domain.money import USD
from infrastructure.event_store.ledger import open_ledger
from interfaces.cli.events import app
from tests.support.histories import BEGINNING, PACKS
from tests.support.postgres import Database


@pytest.fixture(scope="module")
def environment(module_database: Database) -> dict[str, str]:
    """The environment of a ledger with two accounts and six events."""
    ledger = open_ledger(module_database.url, pool_size=1)
    for number in (1, 2):
        account = TradingAccount.open(
            account_id=UUID(int=number),
            trader_id=UUID(int=3),
            plan="no rules",
            pack=PACKS["no rules"],
            at=BEGINNING,
        )
        account.mark_equity(open_pnl=USD.of("1.00"), at=BEGINNING)
        account.mark_equity(open_pnl=USD.of("2.00"), at=BEGINNING)
        with acting(CommandContext(actor=f"admin:{number}")):
            ledger.save(account)
    ledger.close()
    return {"DATABASE_URL": module_database.url, "REDIS_URL": "redis://127.0.0.1:1"}


def run(environment: dict[str, str], *arguments: str | Path) -> Result:
    return CliRunner().invoke(app, [str(each) for each in arguments], env=environment)


def test_an_export_prints_the_hash_that_verifies_it(
    environment: dict[str, str], tmp_path: Path
) -> None:
    made = run(
        environment, "export", "--no-record", "--out", tmp_path / "x", "--events-per-file", "4"
    )
    assert made.exit_code == 0
    assert "Exactly 6 events of the log up to ledger_seq 6" in made.stdout
    sha256 = made.stdout.split()[-1]
    verified = run({}, "verify", tmp_path / "x", "--expect", sha256)
    assert (verified.exit_code, verified.stdout.splitlines()[0]) == (
        0,
        "sound: 6 events in 10 files",
    )


@pytest.mark.parametrize(
    ("options", "positions"),
    [
        (["--account", str(UUID(int=2))], [4, 5, 6]),
        (["--actor", "admin:1"], [1, 2, 3]),
        (["--type", "account.opened"], [1, 4]),
        (["--type", "account.opened", "--type", "account.equity_marked"], [1, 2, 3, 4, 5, 6]),
        (["--from", "2026-01-01T00:00:00Z"], [1, 2, 3, 4, 5, 6]),
        (["--to", "2026-01-01T00:00:00+01:00"], []),
    ],
)
def test_options_select(
    environment: dict[str, str], tmp_path: Path, options: list[str], positions: list[int]
) -> None:
    made = run(environment, "export", "--no-record", "--out", tmp_path / "x", "--json", *options)
    document = json.loads(made.stdout)
    files = sorted((tmp_path / "x").glob("*.jsonl"))
    lines = [json.loads(line) for file in files for line in file.read_text().splitlines()]
    assert [line["ledger_seq"] for line in lines] == positions
    assert document["events"] == len(positions)
    assert document["manifest_sha256"] == json.loads(
        run({}, "verify", tmp_path / "x", "--json").stdout
    )["manifest_sha256"]  # fmt: skip


def test_a_damaged_export_is_named_and_exits_with_one(
    environment: dict[str, str], tmp_path: Path
) -> None:
    run(environment, "export", "--no-record", "--out", tmp_path / "x")
    file = tmp_path / "x" / "events-00000001.jsonl"
    file.write_text(file.read_text().replace("admin:2", "admin:3", 1))
    told = run({}, "verify", tmp_path / "x")
    assert told.exit_code == 1
    assert "events-00000001.jsonl, line 4, ledger_seq 4: the line was changed" in told.stdout
    document = json.loads(run({}, "verify", tmp_path / "x", "--json").stdout)
    assert document["sound"] is False
    assert {"file": file.name, "line": 4, "ledger_seq": 4, "reason": "the line was changed"} in (
        document["faults"]
    )


def test_a_directory_that_is_there_is_refused(environment: dict[str, str], tmp_path: Path) -> None:
    (tmp_path / "mine").touch()
    assert isinstance(run(environment, "export", "--out", tmp_path).exception, ExportExists)
    assert isinstance(run({}, "verify", tmp_path).exception, NotAnExport)
    assert isinstance(run({}, "verify", tmp_path / "nowhere").exception, NotAnExport)


@pytest.mark.parametrize(
    ("options", "refusal"),
    [
        (["--from", "2026-01-01"], Unreadable),
        (["--to", "tomorrow"], Unreadable),
        (["--type", "account.opend"], SelectionRefused),
        (["--from", "2026-01-02T00:00:00Z", "--to", "2026-01-01T00:00:00Z"], SelectionRefused),
    ],
)
def test_a_selection_that_cannot_be_meant_is_refused(
    environment: dict[str, str], tmp_path: Path, options: list[str], refusal: type[Exception]
) -> None:
    result = run(environment, "export", "--out", tmp_path / "x", *options)
    assert isinstance(result.exception, refusal)
    assert list(tmp_path.iterdir()) == []

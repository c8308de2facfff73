"""What the log remembers of an export, whoever made it and whenever it was cut off."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from uuid import UUID

import pytest
from psycopg import connect
from typer.testing import CliRunner, Result

from application.exports.errors import ExportOfAnotherLog
from application.log import LogSelection
from domain.accounts.account import TradingAccount
from domain.exports.events import ExportMade
from domain.money import USD
from infrastructure.event_store.ledger import open_ledger
from infrastructure.event_store.log import open_log
from interfaces.cli.events import app
from tests.support.histories import BEGINNING, PACKS
from tests.support.postgres import Database

ROOT = Path(__file__).parents[3]

KILLED = """
import os, signal, sys
from datetime import UTC, datetime
from pathlib import Path
from application.exports.exporting import ExportRequest, export_events
from application.exports.recording import command_of, record_export
from application.log import LogSelection
from infrastructure.event_store.ledger import open_ledger
from infrastructure.event_store.log import open_log

def record(exported):
    if sys.argv[3] == "after":
        command = command_of(exported.manifest, exported.manifest_sha256)
        record_export(command, open_ledger(sys.argv[1], pool_size=1))
    os.kill(os.getpid(), signal.SIGKILL)

request = ExportRequest(selection=LogSelection(), created_at=datetime.now(UTC), created_by="t")
export_events(open_log(sys.argv[1]), request, Path(sys.argv[2]), record=record)
"""


@pytest.fixture
def book(database: Database) -> Database:
    """A log of two events."""
    ledger = open_ledger(database.url, pool_size=1)
    account = TradingAccount.open(
        account_id=UUID(int=1),
        trader_id=UUID(int=3),
        plan="no rules",
        pack=PACKS["no rules"],
        at=BEGINNING,
    )
    account.mark_equity(open_pnl=USD.of("1.00"), at=BEGINNING)
    ledger.save(account)
    ledger.close()
    return database


@pytest.fixture
def reader(book: Database) -> Iterator[str]:
    """The address of the same log for a login that may only read."""
    name = f"auditor_{book.name}"
    with connect(book.conninfo, autocommit=True) as admin:
        admin.execute(f"CREATE ROLE {name} LOGIN IN ROLE dynasty_reader".encode())
        yield book.url.replace("postgres@", f"{name}@")
        admin.execute(f"DROP ROLE {name}".encode())


def run(url: str, *arguments: str | Path) -> Result:
    environment = {"DATABASE_URL": url, "REDIS_URL": "redis://127.0.0.1:1"}
    return CliRunner().invoke(app, [str(each) for each in arguments], env=environment)


def remembered(book: Database) -> list[ExportMade]:
    log = open_log(book.url)
    try:
        found = log.stream(LogSelection(event_types=[ExportMade.TOPIC]))
        return [each for each in map(log.decode, found) if isinstance(each, ExportMade)]
    finally:
        log.close()


def test_an_export_is_remembered_by_its_manifest(book: Database, tmp_path: Path) -> None:
    made = run(
        book.url, "export", "--out", tmp_path / "x", "--account", UUID(int=1).__str__(), "--json"
    )
    document = json.loads(made.stdout)
    (event,) = remembered(book)
    assert document["recorded"] is True
    assert event.manifest_sha256 == document["manifest_sha256"]
    assert (event.account, event.event_types, event.actor) == (UUID(int=1), None, None)
    assert (event.events, event.log_head) == (2, 2)
    assert (event.first_ledger_seq, event.last_ledger_seq) == (1, 2)
    assert event.made_by.startswith("cli:")
    assert str(tmp_path) not in str(vars(event))


def test_one_manifest_is_remembered_once(book: Database, tmp_path: Path) -> None:
    run(book.url, "export", "--out", tmp_path / "x")
    again = run(book.url, "record", tmp_path / "x")
    assert (again.exit_code, again.stdout.split()[-3:]) == (0, ["was", "recorded", "before."])
    assert len(remembered(book)) == 1


def test_one_that_was_left_out_can_be_recorded_later(book: Database, tmp_path: Path) -> None:
    made = run(book.url, "export", "--out", tmp_path / "x", "--no-record")
    assert "is not recorded in the log" in made.stderr
    assert remembered(book) == []
    assert "is recorded." in run(book.url, "record", tmp_path / "x").stdout
    (event,) = remembered(book)
    assert event.log_head == 2


def test_a_login_that_may_only_read_exports_and_says_that_nothing_remembers_it(
    book: Database, reader: str, tmp_path: Path
) -> None:
    made = run(reader, "export", "--out", tmp_path / "x", "--json")
    assert made.exit_code == 0, made.output
    assert json.loads(made.stdout)["recorded"] is False
    assert "dynasty events record DIR" in made.stderr
    assert run(reader, "verify", tmp_path / "x").exit_code == 0
    assert remembered(book) == []


def test_a_damaged_one_is_not_recorded(book: Database, tmp_path: Path) -> None:
    run(book.url, "export", "--out", tmp_path / "x", "--no-record")
    file = tmp_path / "x" / "events-00000001.jsonl"
    file.write_text(file.read_text().replace("no rules", "no rulez", 1))
    assert run(book.url, "record", tmp_path / "x").exit_code == 1
    assert remembered(book) == []


def test_one_of_another_log_is_refused(
    book: Database, module_database: Database, tmp_path: Path
) -> None:
    run(book.url, "export", "--out", tmp_path / "x", "--no-record")
    elsewhere = run(module_database.url, "record", tmp_path / "x")
    assert isinstance(elsewhere.exception, ExportOfAnotherLog)


@pytest.mark.parametrize(("moment", "events"), [("before", 0), ("after", 1)])
def test_nobody_holds_an_export_that_the_log_does_not_know(
    book: Database, tmp_path: Path, moment: str, events: int
) -> None:
    killed = subprocess.run(
        [sys.executable, "-c", KILLED, book.url, str(tmp_path / "x"), moment],
        cwd=ROOT,
        env=os.environ,
        check=False,
        timeout=120,
    )
    assert killed.returncode == -signal.SIGKILL
    assert not (tmp_path / "x").exists()
    assert len(remembered(book)) == events

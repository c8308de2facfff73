"""Exports out of the log, compared with the database itself."""

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from random import Random
from typing import Any
from uuid import UUID

import psycopg
import pytest

from application.context import CommandContext, acting
from application.exports.schemas import event_types, payload_schema
from application.exports.verifying import verify
from application.log import LogSelection
from infrastructure.event_store.ledger import open_ledger
from infrastructure.event_store.log import PostgresLog, open_log
from tests.support.histories import random_history, record
from tests.support.postgres import Database
from tests.unit.exports.memory import exported


@pytest.fixture(scope="module")
def book(module_database: Database) -> Database:
    """Eight accounts, by two actors."""
    random = Random(7)  # noqa: S311 - the same lives in every run.
    ledger = open_ledger(module_database.url, pool_size=2)
    for actor, first in (("admin:1", 1), ("admin:2", 5)):
        with acting(CommandContext(actor=actor, reason='ünquoted \\ and "quoted"')):
            record(ledger, [random_history(random, steps=90)] * 4, first_account=first)
    ledger.close()
    return module_database


@pytest.fixture
def log(book: Database) -> Iterator[PostgresLog]:
    opened = open_log(book.url)
    yield opened
    opened.close()


def rows(book: Database, condition: str = "true") -> list[tuple[int, str]]:
    """Position and payload, as the database has them."""
    with psycopg.connect(book.conninfo) as session:
        query = f"SELECT ledger_seq, payload FROM ledger.events WHERE {condition} ORDER BY 1"
        return session.execute(query.encode()).fetchall()


def lines_of(directory: Path) -> list[str]:
    files = sorted(directory.glob("events-*.jsonl"))
    return [line for file in files for line in file.read_text().splitlines()]


def events_of(directory: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in lines_of(directory)]


def test_holds_every_event_with_its_payload_byte_for_byte(
    log: PostgresLog, book: Database, tmp_path: Path
) -> None:
    made = exported(log, tmp_path / "x", events_per_file=100)
    stored = rows(book)
    assert len(stored) > 200
    assert made.manifest["last_ledger_seq"] == made.manifest["log_head"] == len(stored)
    for line, (ledger_seq, payload) in zip(lines_of(tmp_path / "x"), stored, strict=True):
        assert f'"ledger_seq":{ledger_seq},"payload":{payload},' in line
    assert verify(tmp_path / "x").faults == ()


@pytest.mark.parametrize(
    ("selection", "condition"),
    [
        (LogSelection(stream_id=UUID(int=3)), f"stream_id = '{UUID(int=3)}'"),
        (LogSelection(actor="admin:2"), "actor = 'admin:2'"),
        (LogSelection(event_types=["account.opened"]), "event_type = 'account.opened'"),
        (LogSelection(actor="nobody"), "false"),
    ],
)
def test_holds_what_was_asked_for(
    log: PostgresLog, book: Database, tmp_path: Path, selection: LogSelection, condition: str
) -> None:
    exported(log, tmp_path / "x", selection)
    positions = [each["ledger_seq"] for each in events_of(tmp_path / "x")]
    assert positions == [ledger_seq for ledger_seq, _ in rows(book, condition)]
    assert verify(tmp_path / "x").faults == ()


def test_two_periods_that_meet_share_no_event_and_leave_none_out(
    log: PostgresLog, tmp_path: Path
) -> None:
    middle = log.read(after=100, limit=1)[0].recorded_at
    exported(log, tmp_path / "1", LogSelection(recorded_before=middle))
    exported(log, tmp_path / "2", LogSelection(recorded_from=middle))
    exported(log, tmp_path / "whole")
    assert lines_of(tmp_path / "1") + lines_of(tmp_path / "2") == lines_of(tmp_path / "whole")


def test_every_payload_has_the_fields_of_its_schema(log: PostgresLog, tmp_path: Path) -> None:
    exported(log, tmp_path / "x")
    for event in events_of(tmp_path / "x"):
        name = f"{event['event_type']}.v{event['schema_version']}.json"
        schema = json.loads((tmp_path / "x" / "schemas" / name).read_text())
        assert schema == payload_schema(event_types()[event["event_type"]])
        assert set(event["payload"]) == set(schema["properties"])


def test_the_verifier_in_the_export_runs_by_itself(log: PostgresLog, tmp_path: Path) -> None:
    made = exported(log, tmp_path / "x")

    def run(*arguments: str) -> subprocess.CompletedProcess[str]:
        # -I and -S: nothing of this project, and no installed package, can be imported.
        program = [sys.executable, "-I", "-S", str(tmp_path / "x" / "verify.py"), *arguments]
        return subprocess.run(program, capture_output=True, text=True, check=False, cwd="/")

    sound = run(str(tmp_path / "x"), "--expect", made.manifest_sha256)
    assert (sound.returncode, sound.stderr) == (0, "")
    assert made.manifest_sha256 in sound.stdout
    assert run("--expect", "0" * 64).returncode == 1
    assert run(str(tmp_path)).returncode == 2
    with (tmp_path / "x" / "events-00000001.jsonl").open("ab") as file:
        file.write(b"{}\n")
    damaged = run()
    assert damaged.returncode == 1
    assert "events-00000001.jsonl, line " in damaged.stdout

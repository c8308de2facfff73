"""`dynasty snapshots`, as a person and as a program reads it."""

import json
from typing import Any
from uuid import UUID

import pytest
from psycopg import Connection
from psycopg.rows import TupleRow
from typer.testing import CliRunner, Result

from infrastructure.event_store.ledger import EventSourcedLedger
from infrastructure.postgres.pools import Pool
from infrastructure.snapshots.code_hash import code_hash
from infrastructure.snapshots.errors import SnapshotCodeUnknown, SnapshotMissing
from interfaces.bootstrap.starting import running
from interfaces.cli.main import app
from interfaces.settings import Settings
from tests.integration.snapshots.long import forge, kept, long_account, take_all, write
from tests.support.postgres import Database


@pytest.fixture
def account_id(ledger: EventSourcedLedger, keeper: Pool) -> UUID:
    taken = long_account(ledger)
    take_all(keeper)
    return taken


@pytest.fixture
def environment(database: Database) -> dict[str, str]:
    return {"DATABASE_URL": database.url, "REDIS_URL": "redis://127.0.0.1:1"}


def snapshots(environment: dict[str, str], *arguments: str) -> Result:
    return CliRunner().invoke(app, ["snapshots", *arguments], env=environment)


def told(environment: dict[str, str], *arguments: str) -> Any:
    return json.loads(snapshots(environment, *arguments, "--json").stdout)


def test_status_says_what_there_is(environment: dict[str, str], account_id: UUID) -> None:
    found = told(environment, "status")
    (code,) = found["codes"]
    assert (found["on"], found["faults"]) == (True, [])
    assert (code["code_hash"], code["current"], code["trusted"]) == (code_hash(), True, True)
    assert (code["snapshots"], code["checked"], code["wrong"]) == (1, 0, 0)
    shown = snapshots(environment, "status")
    assert code_hash()[:12] in shown.stdout
    assert "current" in shown.stdout
    assert max(map(len, shown.stdout.splitlines())) <= 100


def test_status_says_when_they_are_off(environment: dict[str, str], account_id: UUID) -> None:
    shown = snapshots({**environment, "DYNASTY_SNAPSHOTS": "false"}, "status")
    assert "off" in shown.stdout


@pytest.mark.parametrize("which", [["--all"], ["--count", "1"], []])
def test_verify_finds_nothing_wrong(
    environment: dict[str, str], account_id: UUID, which: list[str]
) -> None:
    done = snapshots(environment, "verify", *which)
    assert done.exit_code == 0
    assert "0 not what their events make" in done.stdout


def test_verify_names_what_is_wrong_and_drop_clears_it(
    environment: dict[str, str], account_id: UUID, superuser: Connection[TupleRow]
) -> None:
    forge(superuser, account_id, units=1)
    done = snapshots(environment, "verify", "--account", str(account_id), "--json")
    assert done.exit_code == 1
    found = json.loads(done.stdout)
    assert [(each["verdict"], each["differs"]) for each in found["faults"]] == [
        ("wrong", ["state.balance"])
    ]
    (code,) = told(environment, "status")["codes"]
    assert not code["trusted"]
    shown = snapshots(environment, "status").stdout
    assert "distrusted" in shown
    assert "state.balance" in shown
    assert told(environment, "drop", "--current", "--reason", "looked at") == {"dropped": 0}
    (code,) = told(environment, "status")["codes"]
    assert (code["trusted"], code["cleared_reason"]) == (True, "looked at")
    assert code["cleared_by"].startswith("cli:")


def test_verify_tells_a_person(
    environment: dict[str, str], account_id: UUID, superuser: Connection[TupleRow]
) -> None:
    write(superuser, account_id, b"junk", digest="0" * 64)
    done = snapshots(environment, "verify", "--all")
    assert done.exit_code == 1
    assert f"acc_{account_id} at version 25: cannot be read" in done.stdout


def test_verify_says_what_it_could_not_compare(
    environment: dict[str, str], account_id: UUID, superuser: Connection[TupleRow]
) -> None:
    superuser.execute(
        "ALTER TABLE ledger.events DISABLE TRIGGER USER;"
        "ALTER TABLE ledger.events_p1 DISABLE TRIGGER USER;"
        "DELETE FROM ledger.events WHERE ledger_seq < 5"
    )
    done = snapshots(environment, "verify", "--all")
    assert done.exit_code == 0
    assert "1 of them are of accounts that cannot be replayed here" in done.stdout
    assert told(environment, "verify", "--all") == {"checked": 1, "unknown": 1, "faults": []}


def test_drop_takes_one_account(
    environment: dict[str, str], account_id: UUID, superuser: Connection[TupleRow]
) -> None:
    done = snapshots(environment, "drop", "--account", str(account_id))
    assert done.stdout == "1 dropped.\n"
    assert kept(superuser) == []


@pytest.mark.parametrize("command", ["verify", "drop"])
def test_an_account_without_one_is_refused(environment: dict[str, str], command: str) -> None:
    done = snapshots(environment, command, "--account", str(UUID(int=99)))
    assert isinstance(done.exception, SnapshotMissing)


def test_a_code_that_is_not_known_is_refused(environment: dict[str, str]) -> None:
    done = snapshots(environment, "drop", "--code", "f" * 64, "--reason", "a test")
    assert isinstance(done.exception, SnapshotCodeUnknown)


@pytest.mark.parametrize(
    "arguments",
    [
        ["drop"],
        ["drop", "--current"],
        ["drop", "--current", "--reason", " "],
        ["drop", "--current", "--code", "f", "--reason", "a test"],
        ["verify", "--all", "--account", str(UUID(int=7))],
        ["verify", "--count", "0"],
    ],
)
def test_what_is_asked_must_be_one_thing(environment: dict[str, str], arguments: list[str]) -> None:
    assert snapshots(environment, *arguments).exit_code == 2


def test_the_duties_are_there_for_the_daemon(database: Database, account_id: UUID) -> None:
    settings = Settings.model_validate(
        {"database_url": database.url, "redis_url": "redis://127.0.0.1:1"}
    )
    with running(settings) as runtime:
        duties = runtime.snapshots.duties()
        assert [each.name for each in duties] == ["snapshots", "snapshot-sampling"]
        assert [each.step() for each in duties] == [0, 1], "all is taken, none is checked"
        (figures,) = runtime.snapshots.figures()
        assert figures.checked == 1


def test_without_snapshots_there_are_no_duties(database: Database) -> None:
    settings = Settings.model_validate(
        {"database_url": database.url, "redis_url": "redis://127.0.0.1:1", "snapshots": False}
    )
    with running(settings) as runtime:
        assert runtime.snapshots.duties() == ()
        assert runtime.ledger.snapshots is None

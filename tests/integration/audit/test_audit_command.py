"""`dynasty audit show`, as a person and as a program reads it."""

import json
import os
import pty
import re
import subprocess
import sys
from pathlib import Path
from uuid import UUID

import pytest
from typer.testing import CliRunner, Result

from application.context import CommandContext, acting
from application.errors import StreamNotFound
from domain.accounts.account import TradingAccount
from domain.documents import Unreadable
from domain.money import USD
from infrastructure.event_store.ledger import open_ledger
from interfaces.cli.audit import app
from tests.support.histories import BEGINNING, PACKS
from tests.support.postgres import Database

ROOT = Path(__file__).parents[3]
ACCOUNT = UUID(int=1)
EVENTS = ("account.opened", "account.equity_marked", "account.rule_violated", "account.failed")
PROGRAM = "from interfaces.cli.audit import app; app()"
REASON = "The platform told of it."


@pytest.fixture(scope="module")
def environment(module_database: Database) -> dict[str, str]:
    """The environment of a ledger with one account that failed at its first mark."""
    ledger = open_ledger(module_database.url, pool_size=1)
    account = TradingAccount.open(
        account_id=ACCOUNT,
        trader_id=UUID(int=2),
        plan="static",
        pack=PACKS["static"],
        at=BEGINNING,
    )
    account.mark_equity(open_pnl=USD.of("-1500.01"), at=BEGINNING)
    with acting(CommandContext(actor="cli:somebody", reason=REASON)):
        ledger.save(account)
    ledger.close()
    return {"DATABASE_URL": module_database.url, "REDIS_URL": "redis://127.0.0.1:1"}


def show(environment: dict[str, str], *arguments: str, account: UUID = ACCOUNT) -> Result:
    return CliRunner().invoke(app, ["show", str(account), *arguments], env=environment)


def test_the_table_says_who_when_why_and_what_changed(environment: dict[str, str]) -> None:
    result = show(environment)
    assert result.exit_code == 0
    assert max(map(len, result.stdout.splitlines())) <= 100
    for said in (
        "cli:somebody",
        "2026-01-05T14:30:00Z",
        "max_loss: 23499.99",
        "status: active -> failed",
        "After ledger_seq 4: status failed",
    ):
        assert said in result.stdout


def test_json_is_one_object_an_event(environment: dict[str, str]) -> None:
    steps = [json.loads(line) for line in show(environment, "--json").stdout.splitlines()]
    assert tuple(step["event_type"] for step in steps) == EVENTS
    assert steps[0]["before"] is None
    assert steps[2]["why"] | {"rule": "max_loss", "reason": REASON} == steps[2]["why"]
    change = {"field": "status", "before": "active", "after": "failed"}
    assert steps[3]["changes"] == [change]
    assert steps[3]["before"]["status"] == "active"


def test_each_step_stands_apart_where_nobody_types(environment: dict[str, str]) -> None:
    result = show(environment, "--step")
    assert result.stdout.count("ledger_seq ") == len(EVENTS)
    assert "  starting_balance   25000.00 USD" in result.stdout
    assert "Enter next" not in result.stdout


def test_a_position_stops_the_history(environment: dict[str, str]) -> None:
    assert len(show(environment, "--json", "--at-seq", "2").stdout.splitlines()) == 2


def test_a_moment_before_the_account_is_refused(environment: dict[str, str]) -> None:
    early = show(environment, "--as-of", "2026-01-05T08:29:59-06:00")
    assert isinstance(early.exception, StreamNotFound)
    assert show(environment, "--as-of", "2026-01-05T08:30:00-06:00").exit_code == 0


def test_an_unknown_account_is_refused(environment: dict[str, str]) -> None:
    assert isinstance(show(environment, account=UUID(int=404)).exception, StreamNotFound)


@pytest.mark.parametrize("moment", ["yesterday", "2026-01-05", "2026-01-05T08:30:00"])
def test_a_time_without_an_offset_is_refused(environment: dict[str, str], moment: str) -> None:
    assert isinstance(show(environment, "--as-of", moment).exception, Unreadable)


def test_a_terminal_is_walked_through(environment: dict[str, str]) -> None:
    keyboard, terminal = pty.openpty()
    os.write(keyboard, b"\n\nb\nq\n")
    walked = subprocess.run(
        [sys.executable, "-c", PROGRAM, "show", str(ACCOUNT), "--step"],
        stdin=terminal,
        stdout=subprocess.PIPE,
        cwd=ROOT,
        env={**os.environ, **environment},
        check=True,
        text=True,
        timeout=120,
    )
    os.close(terminal)
    os.close(keyboard)
    assert re.findall(r"ledger_seq (\d+), version", walked.stdout) == ["1", "2", "3", "2"]

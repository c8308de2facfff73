"""`dynasty corrections` and `dynasty revisions`, as they are typed."""

import json
from pathlib import Path
from typing import Any

import pytest
from typer import Typer
from typer.testing import CliRunner, Result

from application.errors import StaleVersion, StreamNotFound
from application.log import LogSelection
from domain.accounts.account import TradingAccount
from domain.accounts.errors import (
    NothingToReplace,
    NothingToVoid,
    RevisionDecidedAlready,
    RevisionUnknown,
)
from domain.documents import Unreadable
from infrastructure.event_store.ledger import open_ledger
from infrastructure.event_store.log import open_log
from interfaces.cli.accounts import app as accounts_app
from interfaces.cli.corrections import app, revisions_app
from interfaces.cli.events import app as events_app
from tests.support.builders import (
    ACCOUNT,
    OPENED,
    TRADER,
    TUESDAY,
    a_trade,
    pack_of,
)
from tests.support.postgres import Database

REASON = ("--reason", "Looked at")


class Typed:
    """The commands on one ledger."""

    def __init__(self, url: str) -> None:
        self.environment = {"DATABASE_URL": url, "REDIS_URL": "redis://127.0.0.1:1"}

    def __call__(self, group: Typer, *words: str) -> Result:
        return CliRunner().invoke(group, list(words), env=self.environment)

    def lines(self, group: Typer, *words: str) -> list[dict[str, Any]]:
        told = self(group, *words, "--json")
        assert told.exit_code == 0, told.output
        return [json.loads(line) for line in told.stdout.splitlines()]

    def decide(self, revision: int, decision: str, *, version: int) -> Result:
        seen = ("--version", str(version))
        return self(revisions_app, "decide", str(ACCOUNT), str(revision), decision, *seen, *REASON)


@pytest.fixture
def typed(database: Database) -> Typed:
    """A ledger with an account that failed on Tuesday by a trade that was not its own."""
    ledger = open_ledger(database.url, pool_size=1)
    account = TradingAccount.open(
        account_id=ACCOUNT,
        trader_id=TRADER,
        plan="test",
        pack=pack_of(max_loss={"mode": "static", "amount": "2000.00"}),
        at=OPENED,
    )
    account.record_trade(a_trade("t-1", "1000"))
    account.record_trade(a_trade("t-2", "-3500", day=TUESDAY))
    ledger.save(account)
    ledger.close()
    return Typed(database.url)


def void(typed: Typed, execution: str = "t-2") -> Result:
    return typed(app, "void", str(ACCOUNT), execution, *REASON)


def test_a_void_puts_the_failure_to_a_person_who_takes_it_back(typed: Typed) -> None:
    assert "t-2 is taken back" in void(typed).stdout
    assert "t-2 was taken back before" in void(typed).stdout
    (revision,) = typed.lines(revisions_app, "list", str(ACCOUNT))
    assert (revision["change"], revision["decision"]) == ("disappears", None)
    shown = typed(revisions_app, "list", str(ACCOUNT)).stdout
    assert "awaits a person" in shown
    version = int(shown.split()[-1].rstrip("."))
    number = revision["version"]
    assert isinstance(typed.decide(number, "apply", version=1).exception, StaleVersion)
    assert isinstance(typed.decide(1, "apply", version=version).exception, RevisionUnknown)
    assert typed.decide(number, "apply", version=version).exit_code == 0
    assert "The account is active" in typed(revisions_app, "list", str(ACCOUNT)).stdout
    again = typed.decide(number, "dismiss", version=version + 1)
    assert isinstance(again.exception, RevisionDecidedAlready)


def test_a_replacement_is_read_from_a_file(typed: Typed, tmp_path: Path) -> None:
    file = tmp_path / "trade.json"
    trade = {
        "id": "t-1", "symbol": "MESH6", "side": "long", "quantity": 1, "entry_price": "5000.00",
        "exit_price": "5100.00", "fees": "0.00", "entered_at": "2026-03-02T10:00:00-06:00",
        "exited_at": "2026-03-02T10:05:00-06:00",
    }  # fmt: skip
    file.write_text(json.dumps({"trade": trade}))
    told = typed(app, "replace", str(ACCOUNT), str(file), *REASON)
    assert "It is replaced" in told.stdout, told.exception
    assert "It was so already" in typed(app, "replace", str(ACCOUNT), str(file), *REASON).stdout
    file.write_text(json.dumps({"trade": {**trade, "id": "t-9"}}))
    unknown = typed(app, "replace", str(ACCOUNT), str(file), *REASON)
    assert isinstance(unknown.exception, NothingToReplace)


def test_the_report_names_exports_that_hold_what_was_shown(typed: Typed, tmp_path: Path) -> None:
    assert typed(app, "report").stdout.strip() == "No figure was ever restated."
    typed(events_app, "export", "--out", str(tmp_path / "x"))
    (made,) = typed.lines(events_app, "export", "--out", str(tmp_path / "y"), "--account",
                          str(ACCOUNT))  # fmt: skip
    void(typed, "t-1")
    figures = typed.lines(app, "report", "--account", str(ACCOUNT))
    balance = next(
        each for each in figures if (each["subject"], each["figure"]) == ("account", "balance")
    )
    assert (balance["shown"], balance["now"]) == ("47500.00", "46500.00")
    assert made["manifest_sha256"] in [each["manifest_sha256"] for each in balance["exports"]]
    assert len(balance["exports"]) == 2
    shown = typed(app, "report").stdout
    assert "Given out with figures as they were before" in shown
    assert made["manifest_sha256"] in shown


def recorded_last(url: str) -> str:
    """When the newest event was recorded."""
    log = open_log(url)
    (newest,) = log.select(LogSelection(), newest_first=True, limit=1)
    log.close()
    return newest.recorded_at.isoformat()


def test_an_account_is_shown_on_two_clocks(typed: Typed) -> None:
    known = ("--known-at", recorded_last(typed.environment["DATABASE_URL"]))
    night = ("--as-of", "2026-03-02T20:00:00-06:00")
    void(typed, "t-1")
    balances = [
        typed.lines(accounts_app, "show", str(ACCOUNT), *clocks)[0]["balance"]
        for clocks in ((), known, night, (*night, *known))
    ]
    assert balances == ["46500.00", "47500.00", "50000.00", "51000.00"]


@pytest.mark.parametrize("clock", ["--as-of", "--known-at"])
def test_clocks_before_the_account_and_without_an_offset_are_refused(
    typed: Typed, clock: str
) -> None:
    early = typed(accounts_app, "show", str(ACCOUNT), clock, "2020-01-01T00:00:00Z")
    assert isinstance(early.exception, StreamNotFound)
    for moment in ("2026-03-02T20:00:00", "yesterday", ""):
        refused = typed(accounts_app, "show", str(ACCOUNT), clock, moment)
        assert isinstance(refused.exception, Unreadable)


def test_without_an_export_the_report_says_so(typed: Typed) -> None:
    void(typed, "t-1")
    assert "No recorded export was given out with any of them." in typed(app, "report").stdout


def test_what_cannot_be_done_is_refused(typed: Typed, tmp_path: Path) -> None:
    assert isinstance(void(typed, "t-9").exception, NothingToVoid)
    missing = typed(app, "replace", str(ACCOUNT), str(tmp_path / "none.json"), *REASON)
    assert isinstance(missing.exception, Unreadable)

"""`dynasty import`, as it is typed."""

import json
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
from typer.testing import CliRunner, Result

from application.errors import StreamNotFound
from application.imports.errors import EmptyFile, FileUnreadable, NoHeader
from application.log import LogSelection
from domain.accounts.account import TradingAccount
from domain.errors import DomainError
from infrastructure.event_store.ledger import EventSourcedLedger, open_ledger
from infrastructure.event_store.log import open_log
from interfaces.bootstrap.starting import running
from interfaces.cli.imports import app
from interfaces.settings import load_settings
from tests.support.postgres import Database
from tests.unit.imports.memory import opened
from tests.unit.imports.samples import DATA, REAL, export, line

EXPORT = str(DATA / "topstepx_trades_2025-10.csv")
HISTORY = str(DATA / "yourpropfirm_history.json")


@pytest.fixture
def run(module_database: Database) -> Callable[..., Result]:
    """Runs `dynasty import` on the database of this module."""
    # Nothing here speaks to Redis.
    environment = {
        "DATABASE_URL": module_database.url,
        "REDIS_URL": "unix:///nowhere",
        "COLUMNS": "100",
    }

    def typed(*arguments: str, stdin: bytes | None = None) -> Result:
        return CliRunner().invoke(app, arguments, input=stdin, env=environment)

    return typed


@pytest.fixture
def ledger(module_database: Database) -> Iterator[EventSourcedLedger]:
    with closing(open_ledger(module_database.url, pool_size=1)) as ledger:
        yield ledger


@pytest.fixture
def account(ledger: EventSourcedLedger) -> UUID:
    return opened(ledger)


@pytest.fixture
def failing(ledger: EventSourcedLedger) -> UUID:
    """An account that these trades fail."""
    return opened(ledger, max_loss="1000.00")


@pytest.fixture
def partly_bad(tmp_path: Path) -> str:
    file = tmp_path / "partly bad.csv"
    file.write_bytes(export(line(), line(Id="2", ExitPrice="6702.80"), line(Id="3", PnL="20")))
    return str(file)


def document(result: Result) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(result.stdout)
    return found


class TestImportTopstepX:
    def test_books_a_file_and_says_so(self, run: Callable[..., Result], account: UUID) -> None:
        result = run("topstepx", EXPORT, "--account", str(account))
        assert result.exit_code == 0
        for label, figure in [
            ("rows in the file", "31"),
            ("imported", "31"),
            ("gross profit of the new trades", "-1371.00"),
            ("their fees", "107.56"),
            ("trading days closed", "11"),
            ("balance of the account, active", "23521.44"),
        ]:
            assert any(
                text.split(label)[-1].split() == [figure]
                for text in result.stdout.splitlines()
                if label in text
            ), label

    def test_answers_in_json(self, run: Callable[..., Result], account: UUID) -> None:
        told = document(run("topstepx", EXPORT, "--account", str(account), "--json"))
        assert (told["effect"], told["imported"], told["net"]) == ("booked", 31, "-1478.56")
        assert told["reported_profits"] == {"gross": 31, "net": 0, "both": 0, "neither": 0}
        assert (told["bad_rows"], told["refused_rows"], told["notes"]) == ([], [], [])
        assert (len(told["days_closed"]), told["balance"]) == (11, "23521.44")

    def test_reads_standard_input(self, run: Callable[..., Result], account: UUID) -> None:
        asked = ("topstepx", "-", "--account", str(account), "--json")
        assert document(run(*asked, stdin=REAL))["imported"] == 31
        again = run(*asked, stdin=REAL)
        assert (again.exit_code, document(again)["already_recorded"]) == (0, 31)

    def test_imports_the_good_rows_and_exits_3(
        self, run: Callable[..., Result], account: UUID, partly_bad: str
    ) -> None:
        result = run("topstepx", partly_bad, "--account", str(account))
        assert result.exit_code == 3
        assert "line 3" in result.stdout
        assert "price-off-tick" in result.stdout
        assert "profit-differs" in result.stdout
        assert max(map(len, result.stdout.splitlines())) <= 100
        told = document(run("topstepx", partly_bad, "--account", str(account), "--json"))
        assert (told["already_recorded"], told["bad_rows"][0]["place"]) == (2, 3)

    def test_imports_nothing_when_strict(
        self,
        run: Callable[..., Result],
        ledger: EventSourcedLedger,
        account: UUID,
        partly_bad: str,
    ) -> None:
        result = run("topstepx", partly_bad, "--account", str(account), "--strict")
        assert result.exit_code == 3
        assert "Strict: nothing was imported" in result.stdout
        assert ledger.load(TradingAccount, account).version == 1

    def test_writes_nothing_when_dry(
        self, run: Callable[..., Result], ledger: EventSourcedLedger, account: UUID
    ) -> None:
        result = run("topstepx", EXPORT, "--account", str(account), "--dry-run")
        assert result.exit_code == 0
        assert "would be imported" in result.stdout
        assert ledger.load(TradingAccount, account).version == 1

    def test_names_the_trade_that_failed_the_account(
        self, run: Callable[..., Result], failing: UUID
    ) -> None:
        result = run("topstepx", EXPORT, "--account", str(failing))
        assert result.exit_code == 0
        assert (
            "failed by the rule max_loss at trade 1455264980; 16 later rows were not booked"
            in result.stdout
        )
        again = run("topstepx", EXPORT, "--account", str(failing))
        assert "had failed by the rule max_loss; 16 later rows" in again.stdout

    def test_signs_the_events_with_the_file(
        self, run: Callable[..., Result], module_database: Database, account: UUID
    ) -> None:
        told = document(run("topstepx", EXPORT, "--account", str(account), "--json"))
        with closing(open_log(module_database.url, pool_size=1)) as log:
            _, first, *_ = log.stream(LogSelection(stream_id=account))
        assert first.correlation_id == f"import:{told['sha256']}"
        assert first.actor.startswith("cli:")
        assert "topstepx_trades_2025-10.csv" in str(first.reason)

    @pytest.mark.parametrize(
        ("document", "error"),
        [(None, FileUnreadable), (b"", EmptyFile), (b"a,b\n1,2\n", NoHeader)],
    )
    def test_refuses_a_file_that_is_none(
        self,
        run: Callable[..., Result],
        tmp_path: Path,
        document: bytes | None,
        error: type[DomainError],
    ) -> None:
        file = tmp_path / "file.csv"
        if document is not None:
            file.write_bytes(document)
        result = run("topstepx", str(file), "--account", str(uuid4()))
        assert isinstance(result.exception, error)

    def test_refuses_an_account_that_is_not_there(self, run: Callable[..., Result]) -> None:
        result = run("topstepx", EXPORT, "--account", str(uuid4()))
        assert isinstance(result.exception, StreamNotFound)


class TestImportYourPropFirm:
    def test_books_a_history_and_names_what_is_open(
        self, run: Callable[..., Result], account: UUID
    ) -> None:
        result = run("yourpropfirm", HISTORY, "--account", str(account))
        assert result.exit_code == 0
        assert "not closed yet" in result.stdout
        assert "reported profit equals the computed one after costs" in result.stdout
        told = document(run("yourpropfirm", HISTORY, "--account", str(account), "--json"))
        assert told["already_recorded"] == 5
        assert [note["place"] for note in told["notes"]] == ["/4", "/5"]


class TestFormats:
    def test_are_listed(self, run: Callable[..., Result]) -> None:
        assert "topstepx" in run("formats").stdout
        listed = json.loads(run("formats", "--json").stdout)
        assert [each["name"] for each in listed] == ["topstepx", "yourpropfirm"]


class TestWithNothingSet:
    def test_an_import_finds_the_data_of_its_directory(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        for name in ("DATABASE_URL", "REDIS_URL"):
            monkeypatch.delenv(name, raising=False)
        monkeypatch.setenv("DYNASTY_DATA_DIR", str(tmp_path / "data"))
        settings = load_settings()
        with running(settings, data_dir=settings.data_dir) as runtime:
            account = opened(runtime.ledger)
        result = CliRunner().invoke(app, ["topstepx", EXPORT, "--account", str(account), "--json"])
        assert (result.exit_code, document(result)["imported"]) == (0, 31)

"""`dynasty whatif`, as a person and as a program reads it."""

import csv
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from psycopg import connect
from typer.testing import CliRunner, Result

from application.errors import StreamNotFound
from application.exports.errors import ExportExists
from application.whatif.errors import QuestionRefused
from domain.documents import Unreadable
from infrastructure.event_store.histories import open_histories
from interfaces.cli.main import app
from projections.schema import create_read_models
from tests.integration.whatif.book import STRICT, ledger_of, write_book, write_lives
from tests.support.postgres import Cluster, Database, cluster

GOLDEN = Path(__file__).parents[2] / "golden" / "whatif"
FINGERPRINT = """
SELECT (SELECT last_seq FROM ledger.head), (SELECT count(*) FROM ledger.events),
    (SELECT array_agg(projection || position ORDER BY projection) FROM read.positions),
    (SELECT sum(n_tup_ins + n_tup_upd + n_tup_del) FROM pg_stat_user_tables)
"""


@pytest.fixture(scope="module")
def book() -> Iterator[Database]:
    with cluster().lent(Cluster.migrated_database) as database:
        with connect(database.conninfo) as owner:
            create_read_models(owner)
        with ledger_of(database) as ledger:
            write_book(ledger)
        yield database


@pytest.fixture
def strict(tmp_path: Path) -> str:
    file = tmp_path / "strict.json"
    file.write_text(json.dumps(STRICT))
    return str(file)


def whatif(database: Database, *arguments: str) -> Result:
    environment = {"DATABASE_URL": database.url, "REDIS_URL": "redis://127.0.0.1:1"}
    return CliRunner().invoke(app, ["whatif", *arguments], env=environment)


def document(database: Database, *arguments: str) -> Any:
    result = whatif(database, *arguments, "--json")
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


def test_the_table_is_a_row_a_plan(book: Database, strict: str) -> None:
    result = whatif(book, "--pack", strict, "--all", "--processes", "1")
    assert result.exit_code == 0, result.output
    said = "\n".join(line.rstrip() for line in result.stdout.splitlines() if line.strip())
    assert said + "\n" == (GOLDEN / "totals.txt").read_text()
    assert max(map(len, result.stdout.splitlines()[:8])) <= 80
    accounts = [line for line in result.stdout.splitlines() if "0000-" in line]
    assert len(accounts) == 4
    assert max(map(len, accounts)) <= 80


def test_one_account_is_told_flip_by_flip(book: Database, strict: str) -> None:
    account = f"{4:032x}"
    result = whatif(book, "--pack", strict, "--account", account)
    assert result.exit_code == 0, result.output
    said = "\n".join(line.rstrip() for line in result.stdout.splitlines() if line.strip())
    assert said + "\n" == (GOLDEN / "account.txt").read_text()


def test_the_summary_has_what_a_publication_attaches(book: Database, strict: str) -> None:
    found = document(book, "--pack", strict, "--plan", "Evaluation")
    assert (found["accounts"], found["plan"], found["log_position"]) == (3, "Evaluation", 20)
    assert len(found["old_pack_hash"]) == 1
    assert found["new_pack_hash"] not in found["old_pack_hash"]
    assert (found["failed_before"], found["failed_after"]) == (1, 2)
    assert (found["passed_before"], found["passed_after"], found["lives_on"]) == (1, 0, 0)
    assert (found["from"], found["to"]) == (None, None)


def test_nothing_is_written_and_the_reader_reads(book: Database, strict: str) -> None:
    with connect(book.conninfo, autocommit=True) as admin:
        admin.execute("SELECT pg_stat_force_next_flush()")
        before = admin.execute(FINGERPRINT).fetchone()
        assert whatif(book, "--pack", strict, "--all", "--processes", "2").exit_code == 0
        admin.execute("SELECT pg_stat_force_next_flush()")
        admin.execute("SELECT pg_stat_clear_snapshot()")
        assert admin.execute(FINGERPRINT).fetchone() == before
    histories = open_histories(book.url)
    with histories._pool.connection() as session:
        assert session.execute("SELECT current_user").fetchone() == ("dynasty_reader",)
    histories.close()


def test_a_shipped_pack_is_named_by_program_and_phase(book: Database) -> None:
    found = document(book, "--pack", "standard-50k:evaluation", "--all")
    assert found["accounts"] == 5
    assert found["new_pack_hash"] is not None


def test_less_traded_under_the_own_pack(book: Database) -> None:
    account = f"{1:032x}"
    found = document(book, "--account", account, "--size", "1/2", "--without", "t-1")
    assert found["new_pack_hash"] is None
    (answer,) = found["answers"]
    assert answer["left_out"] == [{"id": "t-1", "reason": "named"}]
    assert answer["after"]["net_profit"] == "0.00"


def test_a_window_without_events_judges_nobody(book: Database, strict: str) -> None:
    found = document(book, "--pack", strict, "--all", "--from", "2027-01-01T00:00:00Z")
    assert (found["accounts"], found["events"]) == (0, 0)
    assert found["from"] == "2027-01-01T00:00:00.000000Z"


def test_an_interrupted_run_says_so_and_leaves_no_file(
    book: Database, strict: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("interfaces.cli.whatif.evaluate", interrupted)
    result = whatif(book, "--pack", strict, "--all", "--csv", str(tmp_path / "flips.csv"))
    assert result.exit_code == 130
    assert "Interrupted." in result.stderr
    assert list(tmp_path.glob("*flips*")) == []


class TestFiles:
    def test_hold_flips_and_accounts(self, book: Database, strict: str, tmp_path: Path) -> None:
        out, flips = tmp_path / "out", tmp_path / "flips.csv"
        result = whatif(book, "--pack", strict, "--all", "--out", str(out), "--csv", str(flips))
        assert result.exit_code == 0, result.output
        assert sorted(each.name for each in out.iterdir()) == [
            "accounts.jsonl", "flips.csv", "summary.json",
        ]  # fmt: skip
        assert flips.read_bytes() == (out / "flips.csv").read_bytes()
        summary = json.loads((out / "summary.json").read_text())
        rows = list(csv.DictReader(flips.read_text().splitlines()))
        assert len(rows) == summary["flips"]
        accounts = (out / "accounts.jsonl").read_text().splitlines()
        assert len(accounts) == summary["changed"]

    def test_are_not_written_over_a_directory(
        self, book: Database, strict: str, tmp_path: Path
    ) -> None:
        (tmp_path / "kept").touch()
        result = whatif(book, "--pack", strict, "--all", "--out", str(tmp_path))
        assert isinstance(result.exception, ExportExists)

    def test_are_the_same_bytes_with_any_number_of_processes(self, tmp_path: Path) -> None:
        pack = tmp_path / "pack.json"
        pack.write_text(json.dumps(STRICT))
        with cluster().lent(Cluster.migrated_database) as database:
            with ledger_of(database) as ledger:
                write_lives(ledger, accounts=30, steps=25)
            for number in ("1", "3"):
                out = str(tmp_path / number)
                arguments = ("--stop-after-first-loss", "--processes", number, "--out", out)
                result = whatif(database, "--pack", str(pack), "--all", *arguments)
                assert result.exit_code == 0, result.output
        for name in ("accounts.jsonl", "flips.csv", "summary.json"):
            first, second = ((tmp_path / number / name).read_bytes() for number in ("1", "3"))
            assert first == second
            assert first


class TestRefusals:
    @pytest.mark.parametrize(
        "arguments",
        [(), ("--all", "--plan", "Funded"), ("--all", "--processes", "0")],
        ids=["nobody", "two selections", "no process"],
    )
    def test_name_the_option(self, book: Database, strict: str, arguments: tuple[str, ...]) -> None:
        assert whatif(book, "--pack", strict, *arguments).exit_code == 2

    def test_of_questions_that_ask_nothing(self, book: Database) -> None:
        assert isinstance(whatif(book, "--all").exception, QuestionRefused)

    def test_of_accounts_that_are_not_there(self, book: Database, strict: str) -> None:
        result = whatif(book, "--pack", strict, "--plan", "Nothing")
        assert isinstance(result.exception, StreamNotFound)

    def test_of_files_that_are_no_packs(self, book: Database, tmp_path: Path) -> None:
        missing = whatif(book, "--pack", str(tmp_path / "none.json"), "--all")
        assert isinstance(missing.exception, Unreadable)

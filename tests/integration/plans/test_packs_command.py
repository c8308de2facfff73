"""`dynasty packs`, and `dynasty accounts consent` and `move`, as they are typed."""

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
from typer.testing import CliRunner, Result

from application.errors import StreamNotFound
from application.plans.catalogue import program
from domain.accounts.errors_packs import ConsentNotGiven
from domain.plans.errors import ImpactMissing
from domain.rules.canonical import document_of, hash_of
from domain.rules.pack import RulePack
from interfaces.cli.main import app
from tests.support.postgres import Database
from tests.unit.plans.samples import PHASE, PROGRAM, SHIPPED, SOFT, SOFTER, run_document

LINE = (PROGRAM, PHASE)
TRADER = "00000000-0000-0000-0000-000000000007"
Run = Callable[..., Result]


@pytest.fixture
def run(database: Database) -> Run:
    """Runs `dynasty` on a database of the test's own."""
    environment = {"DATABASE_URL": database.url, "REDIS_URL": "unix:///nowhere", "COLUMNS": "120"}

    def typed(*arguments: str) -> Result:
        return CliRunner().invoke(app, arguments, env=environment)

    return typed


def written(folder: Path, name: str, document: dict[str, Any]) -> str:
    file = folder / name
    file.write_text(json.dumps(document))
    return str(file)


def publish(run: Run, folder: Path, old: RulePack | None, new: RulePack) -> Result:
    options = ["--pack", written(folder, "pack.json", document_of(new)), "--reason", "Softer."]
    if old is not None:
        options += ["--impact", written(folder, "impact.json", run_document(old, new))]
    return run("packs", "publish", *LINE, *options)


def rows(result: Result) -> Sequence[dict[str, Any]]:
    assert result.exit_code == 0, result.output
    return [json.loads(line) for line in result.stdout.splitlines()]


class TestPublish:
    def test_puts_all_shipped_packs_on_sale_once(self, run: Run) -> None:
        first = run("packs", "publish", "--shipped")
        assert "28 packs are on sale as version 1; 0 had a version." in first.output
        again = run("packs", "publish", "--shipped")
        assert "0 packs are on sale as version 1; 28 had a version." in again.output
        listed = rows(run("packs", "list", "--json"))
        assert [each["version"] for each in listed] == [1] * 28

    def test_puts_a_version_on_sale(self, run: Run, tmp_path: Path) -> None:
        assert "Version 1" in publish(run, tmp_path, None, SHIPPED).output
        assert f"Version 2, {hash_of(SOFT)}, is on sale." in (
            publish(run, tmp_path, SHIPPED, SOFT).output
        )
        assert "was on sale before" in publish(run, tmp_path, SHIPPED, SOFT).output
        versions = rows(run("packs", "versions", *LINE, "--json"))
        assert [(each["number"], each["changes"]) for each in versions] == [
            (2, 1), (1, len(document_of(SHIPPED))),
        ]  # fmt: skip

    def test_refuses_a_later_version_without_its_run(self, run: Run, tmp_path: Path) -> None:
        publish(run, tmp_path, None, SHIPPED)
        assert isinstance(publish(run, tmp_path, None, SOFT).exception, ImpactMissing)

    @pytest.mark.parametrize(
        "arguments", [[], [*LINE], [*LINE, "--shipped"], ["--shipped", "--reason", "x"]]
    )
    def test_takes_one_pack_whole_or_all_of_them(self, run: Run, arguments: list[str]) -> None:
        assert run("packs", "publish", *arguments).exit_code == 2


class TestShow:
    def test_shows_what_is_on_sale_and_what_was(self, run: Run, tmp_path: Path) -> None:
        (shown,) = rows(run("packs", "show", *LINE, "--json"))
        assert shown == {"pack_hash": hash_of(SHIPPED), "pack": document_of(SHIPPED)}
        publish(run, tmp_path, None, SHIPPED)
        publish(run, tmp_path, SHIPPED, SOFT)
        (newest,) = rows(run("packs", "show", *LINE, "--json"))
        (first,) = rows(run("packs", "show", *LINE, "--number", "1", "--json"))
        assert [newest["pack_hash"], first["pack_hash"]] == [hash_of(SOFT), hash_of(SHIPPED)]
        assert isinstance(run("packs", "show", *LINE, "--number", "9").exception, StreamNotFound)

    def test_shows_what_differs(self, run: Run, tmp_path: Path) -> None:
        publish(run, tmp_path, None, SHIPPED)
        publish(run, tmp_path, SHIPPED, SOFT)
        change = {"pointer": "/profit_target", "before": "1500.00", "after": "1400.00"}
        (between,) = rows(run("packs", "diff", *LINE, "--from", "1", "--to", "2", "--json"))
        assert between["diff"] == [change]
        file = written(tmp_path, "softer.json", document_of(SOFTER))
        (ahead,) = rows(run("packs", "diff", *LINE, "--pack", file, "--json"))
        assert ahead["diff"] == [{**change, "before": "1400.00", "after": "1300.00"}]
        assert (ahead["old_pack_hash"], ahead["new_pack_hash"]) == (hash_of(SOFT), hash_of(SOFTER))

    def test_prints_tables_for_people(self, run: Run, tmp_path: Path) -> None:
        publish(run, tmp_path, None, SHIPPED)
        publish(run, tmp_path, SHIPPED, SOFT)
        assert hash_of(SOFT)[:12] in run("packs", "list").output
        assert "Softer." in run("packs", "versions", *LINE).output
        assert "/profit_target" in run("packs", "diff", *LINE, "--from", "1", "--to", "2").output
        assert hash_of(SOFT) in run("packs", "show", *LINE).output
        assert "Nothing was published" in run("packs", "versions", PROGRAM, "funded").output


class TestMove:
    def opened(self, run: Run) -> str:
        (account,) = rows(run("accounts", "open", "--trader", TRADER, "--program", PROGRAM,
                              "--json"))  # fmt: skip
        return str(account["account_id"])

    def agreed(self, run: Run, account: str, file: str) -> list[str]:
        words = [
            "--pack", file, "--given-by", TRADER, "--given-at", "2026-01-05T12:00:00Z",
            "--statement", "I agree.",
        ]  # fmt: skip
        (consent,) = rows(run("accounts", "consent", account, *words, "--json"))
        return [*words, "--statement-hash", consent["statement_hash"], "--reason", "Asked."]

    def test_moves_an_account_as_its_trader_agreed(self, run: Run, tmp_path: Path) -> None:
        account = self.opened(run)
        agreed = self.agreed(run, account, written(tmp_path, "soft.json", document_of(SOFT)))
        (moved,) = rows(run("accounts", "move", account, *agreed, "--json"))
        assert (UUID(moved["account_id"]), moved["version"], moved["pack_hash"]) == (
            UUID(account), 2, hash_of(SOFT),
        )  # fmt: skip
        assert "is in force" in run("accounts", "move", account, *agreed).output

    def test_shows_what_would_change(self, run: Run, tmp_path: Path) -> None:
        account = self.opened(run)
        file = written(tmp_path, "soft.json", document_of(SOFT))
        words = ("--given-by", TRADER, "--given-at", "2026-01-05T12:00:00Z", "--statement", "Yes.")
        shown = run("accounts", "consent", account, "--pack", file, *words).output
        assert "/profit_target" in shown
        assert f"pack_hash: {hash_of(SOFT)}" in shown

    def test_refuses_another_hash(self, run: Run, tmp_path: Path) -> None:
        account = self.opened(run)
        agreed = self.agreed(run, account, written(tmp_path, "soft.json", document_of(SOFT)))
        agreed[agreed.index("--statement-hash") + 1] = "0" * 64
        assert isinstance(run("accounts", "move", account, *agreed).exception, ConsentNotGiven)

    def test_needs_one_pack(self, run: Run) -> None:
        words = ["--given-by", TRADER, "--given-at", "2026-01-05T12:00:00Z", "--statement", "Yes."]
        assert run("accounts", "consent", str(uuid4()), *words).exit_code == 2


def test_an_account_is_opened_under_the_version_on_sale(run: Run, tmp_path: Path) -> None:
    publish(run, tmp_path, None, SOFT)
    opened = run("accounts", "open", "--trader", TRADER, "--program", PROGRAM, "--json")
    (account,) = rows(opened)
    (shown,) = rows(run("accounts", "show", account["account_id"], "--json"))
    assert shown["target_required"] == "1400.00"
    assert program(PROGRAM).pack(PHASE) == SHIPPED

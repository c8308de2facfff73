"""The commands, typed where a server ran before: imports, replays, exports, read models."""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from signal import SIGINT
from typing import Any
from uuid import UUID

import pytest

from tests.e2e.talking import opened
from tests.support.processes import dynasty, serving
from tests.unit.imports.samples import DATA, export, line

pytestmark = pytest.mark.timeout(900)
"""A test types up to twenty commands; each has a limit of its own, and starts its servers anew."""

EXPORT = str(DATA / "topstepx_trades_2025-10.csv")
SPARE = 5
FUNDED = '{"phase": "funded", "starting_balance": "25000.00", "payout": {}}'
STRICT = (
    '{"phase": "evaluation", "starting_balance": "25000.00",'
    ' "max_loss": {"mode": "static", "amount": "1000.00"}}'
)
BAD_ROWS = 3


@dataclass(frozen=True, slots=True)
class LeftOver:
    """A directory in which a server ran and was stopped, with accounts that nobody used yet."""

    directory: Path
    accounts: Iterator[str]

    def run(self, *arguments: str, status: int = 0) -> str:
        """What a command prints, given that it ends with this status."""
        ended = dynasty(*arguments, directory=self.directory)
        assert ended.returncode == status, ended.stderr + ended.stdout
        assert ended.stderr == "" or arguments[0] == "daemon"
        return ended.stdout

    def document(self, *arguments: str, status: int = 0) -> Any:
        return json.loads(self.run(*arguments, "--json", status=status))

    def imported(
        self, account: str, *options: str, file: str = EXPORT, status: int = 0
    ) -> Mapping[str, Any]:
        typed = ("import", "topstepx", file, "--account", account, *options)
        found: Mapping[str, Any] = self.document(*typed, status=status)
        return found

    def funded(self, file: Path) -> str:
        """A new funded account that has earned 22.52; `file` is written for it."""
        account = self.opened(FUNDED, file.with_suffix(".json"))
        file.write_bytes(export(line()))
        assert self.imported(account, file=str(file))["net"] == "22.52"
        return account

    def corrected(self, folder: Path) -> tuple[str, str]:
        """A new account that failed, and its worst trade, which was taken back afterwards."""
        account = self.opened(STRICT, folder / "strict.json")
        self.imported(account)
        trades = [
            each["payload"] for each in self.trail(account) if "gross_units" in each["payload"]
        ]
        worst: str = min(trades, key=lambda each: each["gross_units"])["trade_id"]
        self.run("corrections", "void", account, worst, "--reason", "The platform took it back")
        return account, worst

    def opened(self, pack: str, file: Path) -> str:
        """A new account under a pack, which is written to `file`."""
        file.write_text(pack)
        trader, day = str(UUID(int=7)), "2025-10-08"
        typed = ("--trader", trader, "--pack", str(file), "--opened-on", day)
        account: str = self.document("accounts", "open", *typed)["account_id"]
        return account

    def trail(self, account: str, *options: str) -> list[dict[str, Any]]:
        """The steps of an account's replay, oldest first."""
        return self.lines("audit", "show", account, *options)

    def lines(self, *arguments: str) -> list[dict[str, Any]]:
        """What a command prints with an object on each line."""
        return [json.loads(each) for each in self.run(*arguments, "--json").splitlines()]


@pytest.fixture(scope="module")
def left_over(shared_directory: Path) -> LeftOver:
    with serving(shared_directory) as server:
        with server.client("admin") as admin:
            accounts = [opened(admin).rpartition("acc_")[2] for _ in range(SPARE)]
        server.stop(SIGINT)
    return LeftOver(shared_directory, iter(accounts))


@contextmanager
def changed(file: Path, old: bytes, new: bytes) -> Iterator[None]:
    """The file with something else in it for the length of the block."""
    kept = file.read_bytes()
    assert old in kept
    file.write_bytes(kept.replace(old, new, 1))
    yield
    file.write_bytes(kept)


class TestImport:
    def test_books_a_file_once_however_often_it_comes(self, left_over: LeftOver) -> None:
        account = next(left_over.accounts)
        first, again = left_over.imported(account), left_over.imported(account)
        assert (first["imported"], first["net"], first["balance"]) == (31, "-1478.56", "23521.44")
        assert (again["imported"], again["already_recorded"]) == (0, 31)
        assert (again["version"], again["balance"]) == (first["version"], first["balance"])

    def test_leaves_an_account_that_shows_what_lies_ahead(self, left_over: LeftOver) -> None:
        account = next(left_over.accounts)
        left_over.imported(account)
        shown = left_over.document("accounts", "show", account, "--adverse-ticks", "5")
        assert (shown["binding_rule"], shown["limits"][0]["left"]) == ("max_loss", "21.44")
        assert {each["adverse_ticks"] for each in shown["largest_sizes"]} == {5}
        assert shown["next_steps"][0]["text"].startswith("2,978.56 more net profit reaches")
        assert "The five trading days are reached." in left_over.run("accounts", "show", account)

    def test_imports_nothing_when_strict_and_a_row_is_bad(
        self, left_over: LeftOver, tmp_path: Path
    ) -> None:
        account, file = next(left_over.accounts), tmp_path / "partly bad.csv"
        file.write_bytes(export(line(), line(Id="2", ExitPrice="6702.80")))
        strict = left_over.imported(account, "--strict", file=str(file), status=BAD_ROWS)
        assert (strict["effect"], strict["imported"]) == ("withheld", 0)
        (bad,) = strict["bad_rows"]
        assert (bad["place"], bad["code"]) == (3, "price-off-tick")
        assert [each["version"] for each in left_over.trail(account)] == [1]

    def test_imports_the_good_rows_when_not_strict(
        self, left_over: LeftOver, tmp_path: Path
    ) -> None:
        account, file = next(left_over.accounts), tmp_path / "partly bad.csv"
        file.write_bytes(export(line(Id="2", ContractName="XXZ5"), line()))
        told = left_over.imported(account, file=str(file), status=BAD_ROWS)
        assert (told["effect"], told["imported"], told["net"]) == ("booked", 1, "22.52")
        assert [each["code"] for each in told["bad_rows"]] == ["unknown-contract"]


class TestPayouts:
    def test_go_from_the_question_to_the_payment(self, left_over: LeftOver, tmp_path: Path) -> None:
        account = left_over.funded(tmp_path / "trades.csv")
        asked = left_over.document("payouts", "eligibility", account)
        assert (asked["allowed"], asked["maximum"]) == (True, "22.52")
        said = left_over.document("payouts", "request", account, "22.52")
        payout, version = said["payout_id"], str(said["version"])
        left_over.run("payouts", "approve", account, payout, "--expected-version", version)
        left_over.run("payouts", "pay", account, payout, "--reference", "wire 1")
        (listed,) = left_over.document("payouts", "list", "--account", account)
        assert (listed["payout_id"], listed["status"]) == (payout, "paid")
        shown = left_over.document("payouts", "show", account, payout)
        assert shown["requested_by"].startswith("cli:")
        assert [each["rule"] for each in shown["approved_rules"]] == ["not_active", "above_maximum"]

    def test_are_refused_in_one_sentence(self, left_over: LeftOver, tmp_path: Path) -> None:
        account = left_over.funded(tmp_path / "trades.csv")
        ended = dynasty("payouts", "request", account, "22.53", directory=left_over.directory)
        assert ended.returncode == 2
        assert ended.stderr.startswith("payout-refused: A payout of 22.53 is not allowed")
        assert len(ended.stderr.splitlines()) == 1
        typed = ("payouts", "request", account, "22.53", "--json")
        refused = json.loads(dynasty(*typed, directory=left_over.directory).stderr)
        assert refused["code"] == "payout-refused"
        assert ended.stderr == f"payout-refused: {refused['sentence']}\n"


class TestCorrections:
    def test_leave_the_outcome_to_a_person(self, left_over: LeftOver, tmp_path: Path) -> None:
        account, worst = left_over.corrected(tmp_path)
        left_over.run("daemon", "--once")
        (revision,) = left_over.lines("revisions", "list", account)
        assert (revision["rule"], revision["change"]) == ("max_loss", "disappears")
        report = left_over.lines("corrections", "report", "--account", account)
        assert {each["execution"] for each in report} == {f"void trade {worst}"}
        shown = left_over.document("accounts", "show", account)
        assert shown["status"] == "failed"
        said = ("revisions", "decide", account, str(revision["version"]), "apply")
        seen = ("--version", str(shown["version"]))
        left_over.run(*said, *seen, "--reason", "It was not the trader's trade")
        assert left_over.document("accounts", "show", account)["status"] == "active"


class TestProjections:
    def test_say_how_far_behind_they_are_until_the_daemon_has_run(
        self, left_over: LeftOver, tmp_path: Path
    ) -> None:
        account = left_over.funded(tmp_path / "trades.csv")
        left_over.run("daemon", "--once")
        left_over.run("payouts", "request", account, "22.52")
        left_over.run("packs", "publish", "--shipped")
        release = ("news", "schedule", "cpi", "--title", "CPI", "--impact", "high")
        left_over.run(*release, "--at", "2026-03-11T07:30:00-05:00")
        left_over.imported(next(left_over.accounts))
        left_over.corrected(tmp_path)
        behind = left_over.document("projections", "status")
        assert {each["behind"] > 0 for each in behind} == {True}
        left_over.run("daemon", "--once")
        current = left_over.document("projections", "status")
        assert {each["behind"] for each in current} == {0}
        assert {each["position"] for each in current} == {behind[0]["head"]}
        compared = left_over.document("projections", "rebuild", "--all", "--check")
        assert all(each["same"] for each in compared)
        assert all(each["live_rows"] for each in compared), compared


class TestAudit:
    def test_replays_a_demo_account_step_by_step(self, left_over: LeftOver) -> None:
        account = self.failed_account(left_over)
        steps = left_over.trail(account)
        assert [each["version"] for each in steps] == list(range(1, len(steps) + 1))
        for before, after in pairwise(steps):
            assert before["after"] == after["before"]
        failure = next(each for each in steps if each["event_type"] == "account.failed")
        assert (failure["why"]["rule"], failure["after"]["balance"]) == ("max_loss", "23869.62")
        assert failure["payload"]["trading_day"] == "2025-10-10"
        caused = steps[failure["why"]["evidence"][-1] - 1]
        assert caused["version"] < failure["version"]

    def test_shows_what_was_true_then(self, left_over: LeftOver) -> None:
        account = self.failed_account(left_over)
        steps = left_over.trail(account, "--as-of", "2025-10-10T16:00:00Z")
        assert steps[-1]["after"]["status"] == "active"
        assert steps[-1]["after"]["balance"] == "24028.10"

    def failed_account(self, left_over: LeftOver) -> str:
        """The demo's stricter account, as an export names it."""
        out = left_over.directory / "failures"
        if not out.exists():
            left_over.run("events", "export", "--out", str(out), "--type", "account.failed")
        (file,) = out.glob("events*.jsonl")
        event, *_ = map(json.loads, file.read_text().splitlines())
        return str(event["stream_id"])


class TestExport:
    def test_is_sound_until_a_byte_changes(self, left_over: LeftOver) -> None:
        out = left_over.directory / "all"
        exported = left_over.document("events", "export", "--out", str(out))
        assert (exported["first_ledger_seq"], exported["contiguous"]) == (1, True)
        found = left_over.document(
            "events", "verify", str(out), "--expect", exported["manifest_sha256"]
        )
        assert (found["sound"], found["events"]) == (True, exported["events"])
        (file,) = out.glob("events*.jsonl")
        with changed(file, b"MNQZ5", b"MNQH6"):
            assert file.name in left_over.run("events", "verify", str(out), status=1)
        left_over.run("events", "verify", str(out))


class TestTheTree:
    def test_is_sealed_and_signed_where_everything_is_embedded(self, left_over: LeftOver) -> None:
        note, key = left_over.run("log", "checkpoint"), left_over.run("log", "key", "show").strip()
        found = left_over.document("log", "verify", "--against", note)
        assert (found["sound"], found["outside"], found["signatures_checked"]) == (True, 1, True)
        out = left_over.directory / "proved"
        proofs = left_over.document("events", "export", "--out", str(out))["proofs"]
        assert proofs["tree_size"] >= int(note.splitlines()[1])
        told = left_over.run("events", "verify", str(out), "--key", key)
        assert f"proved: {proofs['events']} events of dynasty-ledger" in told

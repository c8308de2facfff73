"""Exports carry the proof that their events are the log's, and prove it by themselves."""

import hashlib
import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from random import Random
from typing import Any
from uuid import UUID

import pytest

from application.exports.exporting import Exported, ExportRequest, export_events
from application.exports.proving import Grounds, grounds_of
from application.exports.verifying import NothingToVerify, verify
from application.log import LogSelection
from application.proofs.errors import TreeDamaged
from domain.documents import canonical_json
from infrastructure.event_store.ledger import open_ledger
from tests.integration.proofs.office import NOW, Office, office_on
from tests.support.histories import random_history, record
from tests.support.postgres import Database

EVENTS_FILE = "events-00000001.jsonl"


@pytest.fixture(scope="module")
def office(module_database: Database, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    """Eight accounts whose events take turns, all of them signed, and five events after that."""
    random = Random(7)  # noqa: S311 - the same lives in every run.
    with office_on(module_database, tmp_path_factory.mktemp("key")) as opened:
        ledger = open_ledger(module_database.url, pool_size=2)
        record(ledger, [random_history(random, steps=80)] * 4, first_account=1)
        record(ledger, [random_history(random, steps=80)] * 4, first_account=5)
        ledger.close()
        opened.seal_and_sign()
        opened.fill(5)
        yield opened


def export(office: Office, directory: Path, **selection: Any) -> Exported:
    request = ExportRequest(
        selection=LogSelection(**selection), created_at=NOW, created_by="test", events_per_file=100
    )
    return export_events(office.log, request, directory, grounds=grounds(office))


def grounds(office: Office) -> Grounds:
    found = grounds_of(office.tree, office.checkpoints)
    assert found is not None
    return found


def key_of(office: Office) -> str:
    return str(office.signer.verifier_key())


@pytest.mark.parametrize(
    "selection",
    [
        {},
        {"stream_id": UUID(int=3)},
        {"event_types": ["account.opened"]},
        {"event_types": ["account.equity_marked", "account.fill_recorded"]},
        {"actor": "nobody"},
    ],
)
def test_whatever_was_selected_is_proved(
    office: Office, tmp_path: Path, selection: dict[str, Any]
) -> None:
    made = export(office, tmp_path / "x", **selection).manifest
    found = verify(tmp_path / "x", keys=[key_of(office)])
    assert found.faults == ()
    size, proved = made["proofs"]["tree_size"], made["proofs"]["events"]
    later = made["events"] - proved
    assert size == office.log.head() - 5
    assert found.proof == (
        f"proved: {proved} events of ledger.example/log, checkpoint of {size}"
        f"{f', {later} are later and not proved' if later else ''}, signed by ledger.example/log"
    )
    assert later == (5 if not selection else 1 if "account.opened" in str(selection)
                     else made["events"] - proved)  # fmt: skip


def test_a_whole_log_needs_no_other_hashes(office: Office, tmp_path: Path) -> None:
    export(office, tmp_path / "x")
    assert (tmp_path / "x" / "hashes.txt").read_text() == ""


def test_without_a_key_it_says_that_no_signature_was_checked(
    office: Office, tmp_path: Path
) -> None:
    export(office, tmp_path / "x")
    assert "its signature NOT CHECKED" in (verify(tmp_path / "x").proof or "")


def forge(directory: Path, change: Callable[[dict[str, Any]], None] = lambda _: None) -> None:
    """Make everything in an export agree again after a change, as somebody would who can write."""
    manifest = json.loads((directory / "manifest.json").read_bytes())
    change(manifest)
    files = [*manifest["event_files"], *(each["index"] for each in manifest["event_files"])]
    files += [each for each in manifest["proofs"].values() if isinstance(each, dict)]
    for entry in manifest["event_files"]:
        lines = (directory / entry["name"]).read_bytes().splitlines()
        index = [f"{json.loads(e)['ledger_seq']} {hashlib.sha256(e).hexdigest()}\n" for e in lines]
        (directory / entry["index"]["name"]).write_text("".join(index))
    for entry in files:
        content = (directory / entry["name"]).read_bytes()
        entry.update(bytes=len(content), sha256=hashlib.sha256(content).hexdigest())
    manifest["bytes"] = sum(each["bytes"] for each in manifest["event_files"])
    text = f"{canonical_json(manifest)}\n".encode()
    (directory / "manifest.json").write_bytes(text)
    seal = f"{hashlib.sha256(text).hexdigest()}  manifest.json\n"
    (directory / "manifest.sha256").write_text(seal)


def edited(directory: Path, name: str, old: str, new: str) -> None:
    text = (directory / name).read_text()
    assert old in text
    (directory / name).write_text(text.replace(old, new, 1))


class TestWhoWritesAWholeExportAnew:
    @pytest.fixture
    def made(self, office: Office, tmp_path: Path) -> Path:
        export(office, tmp_path / "x", stream_id=UUID(int=3))
        return tmp_path / "x"

    def reasons(self, office: Office, directory: Path) -> str:
        found = verify(directory, keys=[key_of(office)])
        assert found.proof is None
        return "; ".join(each.reason for each in found.faults)

    def test_cannot_change_an_event(self, office: Office, made: Path) -> None:
        edited(made, EVENTS_FILE, '"actor":"', '"actor":"x')
        forge(made)
        assert "lead to another root" in self.reasons(office, made)

    def test_cannot_change_a_hash(self, office: Office, made: Path) -> None:
        first = (made / "hashes.txt").read_text()[:4]
        edited(made, "hashes.txt", first, "0000" if first != "0000" else "1111")
        forge(made)
        assert "lead to another root" in self.reasons(office, made)

    def test_cannot_add_or_leave_out_a_hash(self, office: Office, made: Path) -> None:
        whole = (made / "hashes.txt").read_text()
        (made / "hashes.txt").write_text(whole + "00" * 32 + "\n")
        forge(made)
        assert "more hashes" in self.reasons(office, made)
        (made / "hashes.txt").write_text(whole[:-65])
        forge(made)
        assert "fewer hashes" in self.reasons(office, made)
        (made / "hashes.txt").write_text("mine\n")
        forge(made)
        assert "cannot be read" in self.reasons(office, made)

    def test_cannot_sign(self, office: Office, made: Path) -> None:
        size = grounds(office).checkpoint.size
        edited(made, "checkpoint.txt", f"\n{size}\n", f"\n{size + 1}\n")
        forge(made, lambda manifest: manifest["proofs"].update(tree_size=size + 1))
        assert "hashes" in self.reasons(office, made)
        (made / "checkpoint.txt").write_text("mine")
        forge(made)
        assert "not a signed note" in self.reasons(office, made)

    def test_cannot_take_the_proof_away(self, office: Office, made: Path) -> None:
        for name in ("checkpoint.txt", "hashes.txt"):
            (made / name).unlink()
        forge(made, lambda manifest: manifest["proofs"].update(checkpoint=None, hashes=None))
        assert "no checkpoint is here" in self.reasons(office, made)

    def test_cannot_tell_of_another_proof(self, office: Office, made: Path) -> None:
        forge(made, lambda manifest: manifest["proofs"].update(events=1))
        assert "another proof" in self.reasons(office, made)


def test_a_signature_of_another_key_is_a_fault(office: Office, tmp_path: Path) -> None:
    export(office, tmp_path / "x")
    peter = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
    (fault,) = verify(tmp_path / "x", keys=[peter]).faults
    assert (fault.file, fault.reason) == (
        "checkpoint.txt", "the checkpoint is not signed by a key that was given",
    )  # fmt: skip
    with pytest.raises(NothingToVerify, match="no verifier key"):
        verify(tmp_path / "x", keys=["mine"])


def test_the_verifier_in_the_export_proves_it_by_itself(office: Office, tmp_path: Path) -> None:
    export(office, tmp_path / "x", stream_id=UUID(int=3))

    def run(*arguments: str, alone: bool) -> subprocess.CompletedProcess[str]:
        # -I: nothing of this project; -S: no installed package either.
        flags = ["-I", "-S"] if alone else ["-I"]
        program = [sys.executable, *flags, str(tmp_path / "x" / "verify.py"), *arguments]
        return subprocess.run(program, capture_output=True, text=True, check=False, cwd="/")

    sound = run(alone=True)
    assert (sound.returncode, sound.stderr) == (0, "")
    assert "NOT CHECKED" in sound.stdout
    signed = run("--key", key_of(office), alone=False)
    assert (signed.returncode, signed.stderr) == (0, "")
    assert "signed by ledger.example/log" in signed.stdout
    missing = run("--key", key_of(office), alone=True)
    assert missing.returncode == 2
    assert "package `cryptography`, which is not installed" in missing.stderr
    assert not list((tmp_path / "x").rglob("__pycache__"))


def test_an_export_that_could_not_be_proved_is_refused(database: Database, tmp_path: Path) -> None:
    with office_on(database, tmp_path) as office:
        office.fill(9)
        office.seal_and_sign()
        assert grounds_of(office.tree, office.checkpoints) is not None
        office.tamper("UPDATE ledger.events SET actor = 'admin:2' WHERE ledger_seq = 3")
        with pytest.raises(TreeDamaged, match="--no-proofs"):
            export(office, tmp_path / "x")
        office.tamper("DELETE FROM ledger.tiles")
        with pytest.raises(TreeDamaged, match="too few hashes"):
            export(office, tmp_path / "x", stream_id=UUID(int=3))
        assert not (tmp_path / "x").exists()


def test_before_the_first_checkpoint_it_says_that_nothing_is_proved(
    database: Database, tmp_path: Path
) -> None:
    with office_on(database, tmp_path) as office:
        office.fill(3)
        assert grounds_of(office.tree, office.checkpoints) is None
        request = ExportRequest(selection=LogSelection(), created_at=NOW, created_by="test")
        made = export_events(office.log, request, tmp_path / "x")
        assert made.manifest["proofs"]["statement"].startswith("No checkpoint of the log lies here")
        assert verify(tmp_path / "x").faults == ()


def test_an_export_of_the_first_format_still_verifies(office: Office, tmp_path: Path) -> None:
    request = ExportRequest(selection=LogSelection(), created_at=NOW, created_by="test")
    export_events(office.log, request, tmp_path / "x")

    def older(manifest: dict[str, Any]) -> None:
        for each in manifest["verifier"].pop("modules"):
            (tmp_path / "x" / each["name"]).unlink()
        manifest["format_version"] = 1

    forge(tmp_path / "x", older)
    text = (tmp_path / "x" / "manifest.json").read_text()
    manifest = json.loads(text)
    del manifest["proofs"]
    content = f"{canonical_json(manifest)}\n".encode()
    (tmp_path / "x" / "manifest.json").write_bytes(content)
    seal = f"{hashlib.sha256(content).hexdigest()}  manifest.json\n"
    (tmp_path / "x" / "manifest.sha256").write_text(seal)
    assert verify(tmp_path / "x").faults == ()
    (fault,) = verify(tmp_path / "x", keys=[key_of(office)]).faults
    assert "no checkpoint is here" in fault.reason

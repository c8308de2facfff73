"""What a verification finds, and how it names it."""

import ast
import hashlib
import json
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any, TypeAlias

import pytest

from application.exports import differing, verifying
from application.exports.verifying import Fault, NothingToVerify, verify
from application.proofs import tree as proofs_tree
from application.proofs import verifying as proofs_verifying
from domain.documents import canonical_json
from tests.unit.exports.memory import MemoryLog, exported

FIRST = "events-00000001.jsonl"
Lines: TypeAlias = list[bytes]


@pytest.fixture
def export(tmp_path: Path) -> Path:
    """Twenty-five events in three files."""
    exported(MemoryLog.of(25), tmp_path / "x", events_per_file=10)
    return tmp_path / "x"


def edit(export: Path, change: Callable[[Lines], None], name: str = FIRST) -> None:
    lines = (export / name).read_bytes().splitlines(keepends=True)
    change(lines)
    (export / name).write_bytes(b"".join(lines))


def forge(export: Path, change: Callable[[dict[str, Any]], None]) -> None:
    """Write another manifest, and its hash with it."""
    manifest = json.loads((export / "manifest.json").read_bytes())
    change(manifest)
    content = f"{canonical_json(manifest)}\n".encode()
    (export / "manifest.json").write_bytes(content)
    seal = f"{hashlib.sha256(content).hexdigest()}  manifest.json\n"
    (export / "manifest.sha256").write_text(seal)


def said_of_lines(export: Path) -> set[tuple[str, int | None, int | None, str]]:
    """The faults that name a line."""
    faults = verify(export).faults
    return {(each.file, each.line, each.ledger_seq, each.reason) for each in faults if each.line}


def test_an_export_is_sound(export: Path) -> None:
    findings = verify(export)
    assert (findings.events, findings.fault_count) == (25, 0)


def test_a_changed_line_is_named(export: Path) -> None:
    def change(lines: Lines) -> None:
        lines[3] = lines[3].replace(b"admin:7", b"admin:8")

    edit(export, change)
    assert said_of_lines(export) == {(FIRST, 4, 4, "the line was changed")}


def test_a_missing_line_is_named(export: Path) -> None:
    edit(export, lambda lines: lines.pop(3))  # type: ignore[arg-type]
    assert said_of_lines(export) == {(FIRST, 4, 4, "the line is missing")}


def test_an_added_line_is_named(export: Path) -> None:
    edit(export, lambda lines: lines.insert(3, b"{}\n"))
    assert said_of_lines(export) == {(FIRST, 4, None, "the line was added")}


def test_a_repeated_line_is_named(export: Path) -> None:
    edit(export, lambda lines: lines.insert(7, lines[3]))
    assert said_of_lines(export) == {(FIRST, 8, 4, "the line is repeated")}


def test_swapped_lines_are_named(export: Path) -> None:
    def swap(lines: Lines) -> None:
        lines[3], lines[4] = lines[4], lines[3]

    edit(export, swap)
    assert said_of_lines(export) == {(FIRST, 5, 4, "the line is out of its order")}


def test_lines_are_named_without_an_index_too(export: Path) -> None:
    (export / "events-00000001.index").unlink()
    edit(export, lambda lines: lines.pop(3))  # type: ignore[arg-type]
    assert said_of_lines(export) == {(FIRST, 4, 5, "4 is missing before it")}


@pytest.mark.parametrize("name", [FIRST, "verify.py", "manifest.json", "manifest.sha256"])
def test_a_missing_file_is_named(export: Path, name: str) -> None:
    (export / name).unlink()
    (fault, *_) = verify(export).faults
    assert name in (fault.file, *fault.reason.split())
    assert "missing" in fault.reason or name == "manifest.json"


def test_an_added_file_is_named(export: Path) -> None:
    (export / "schemas" / "extra").mkdir()
    (export / "schemas" / "extra" / "note.txt").write_text("psst")
    expected = Fault("schemas/extra/note.txt", "the manifest does not list this file")
    assert verify(export).faults == (expected,)


def test_a_link_is_no_file_of_an_export(export: Path) -> None:
    (export / FIRST).rename(export.parent / FIRST)
    (export / FIRST).symlink_to(export.parent / FIRST)
    assert verify(export).faults == (Fault(FIRST, "the file is missing"),)


def test_one_hash_kept_elsewhere_finds_a_manifest_written_anew(export: Path) -> None:
    kept = verify(export).manifest_sha256
    forge(export, lambda manifest: manifest.update(created_by="cli:somebody"))
    assert verify(export).faults == ()
    (fault,) = verify(export, expected_sha256=kept).faults
    assert fault.file == "manifest.json"


@pytest.mark.parametrize(
    "change",
    [
        lambda manifest: manifest.update(events=24),
        lambda manifest: manifest.update(last_ledger_seq=26),
        lambda manifest: manifest.update(event_files=manifest["event_files"][:2]),
        lambda manifest: manifest["event_types"].clear(),
        lambda manifest: manifest["event_types"].update({"account.opened": {"1": 9}}),
        lambda manifest: manifest["event_files"][0].update(first_recorded_at="2026"),
        lambda manifest: manifest["event_files"].reverse(),
        lambda manifest: manifest.pop("verifier"),
        lambda manifest: manifest.update(schemas=7),
        lambda manifest: manifest.update(format_version=3),
        lambda manifest: manifest["verifier"].update(name="../../etc/passwd"),
        lambda manifest: manifest["event_files"][0].update(last_ledger_seq="ten"),
    ],
)
def test_a_forged_manifest_must_still_agree_with_the_files(
    export: Path, change: Callable[[dict[str, Any]], None]
) -> None:
    forge(export, change)
    assert verify(export).fault_count > 0


def test_faults_are_listed_up_to_a_hundred_and_counted_beyond(tmp_path: Path) -> None:
    exported(MemoryLog.of(150), tmp_path / "x")
    edit(tmp_path / "x", lambda lines: lines.__setitem__(slice(None), [b"{}\n"] * 150))
    findings = verify(tmp_path / "x")
    assert len(findings.faults) == 100
    assert findings.fault_count > 150


@pytest.mark.parametrize("manifest", [None, "{}\n", "not JSON"])
def test_another_directory_is_no_export(tmp_path: Path, manifest: str | None) -> None:
    if manifest is not None:
        (tmp_path / "manifest.json").write_text(manifest)
    with pytest.raises(NothingToVerify):
        verify(tmp_path)
    with pytest.raises(NothingToVerify):
        verify(tmp_path / "nowhere")


@pytest.mark.parametrize(
    ("module", "more"),
    [
        (verifying, set()),
        (differing, set()),
        (proofs_tree, set()),
        (proofs_verifying, {"application", "verify_tree", "cryptography"}),
    ],
)
def test_the_verifier_stands_alone(module: ModuleType, more: set[str]) -> None:
    source = Path(str(module.__file__)).read_text()
    tree = ast.parse(source, feature_version=(3, 9))
    imported = {
        name.split(".")[0]
        for node in ast.walk(tree)
        if isinstance(node, ast.Import | ast.ImportFrom)
        for name in ([node.module or ""] if isinstance(node, ast.ImportFrom) else
                     [each.name for each in node.names])
    }  # fmt: skip
    assert imported <= sys.stdlib_module_names | more

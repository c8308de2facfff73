"""Whatever is done to an export is found, and the file it was done to is named."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from application.exports.verifying import Findings, verify
from tests.unit.exports.memory import MemoryLog, exported

unhurried = settings(deadline=None)  # Files are slow on a busy machine.
EVENTS, EVENTS_PER_FILE = 23, 9
LINE_FILES = [f"events-{n:08d}.{kind}" for n in (1, 2, 3) for kind in ("jsonl", "index")]
SCHEMAS = ("account.opened", "account.trade_recorded", "account.equity_marked")
FILES = [
    *LINE_FILES,
    *(f"schemas/{name}.v1.json" for name in SCHEMAS),
    "verify.py",
    "verify_lines.py",
    "verify_proofs.py",
    "verify_tree.py",
    "manifest.json",
    "manifest.sha256",
]


@pytest.fixture(scope="module")
def export(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A sound export that each example damages and puts right again."""
    directory = tmp_path_factory.mktemp("exports") / "x"
    exported(MemoryLog.of(EVENTS), directory, events_per_file=EVENTS_PER_FILE)
    found = {each.relative_to(directory).as_posix() for each in directory.rglob("*.*")}
    assert found == set(FILES)
    return directory


@contextmanager
def damaged(path: Path, content: bytes) -> Iterator[None]:
    """The file with another content, for the length of the block."""
    kept = path.read_bytes()
    assert content != kept
    path.write_bytes(content)
    try:
        yield
    finally:
        path.write_bytes(kept)


def names(findings: Findings, file: str) -> bool:
    return any(file == each.file or file in each.reason for each in findings.faults)


@unhurried
@given(file=st.sampled_from(FILES), place=st.integers(0), flip=st.integers(1, 255))
def test_any_changed_byte_is_found(export: Path, file: str, place: int, flip: int) -> None:
    content = bytearray((export / file).read_bytes())
    content[place % len(content)] ^= flip
    with damaged(export / file, bytes(content)):
        assert names(verify(export), file)


@unhurried
@given(file=st.sampled_from(FILES), size=st.integers(0))
def test_any_cut_is_found(export: Path, file: str, size: int) -> None:
    content = (export / file).read_bytes()
    with damaged(export / file, content[: size % len(content)]):
        assert names(verify(export), file)


@unhurried
@given(file=st.sampled_from(LINE_FILES), at=st.integers(0))
def test_any_line_taken_out_is_found(export: Path, file: str, at: int) -> None:
    lines = (export / file).read_bytes().splitlines(keepends=True)
    taken = lines.pop(at % len(lines))
    with damaged(export / file, b"".join(lines)):
        findings = verify(export)
    assert names(findings, file)
    if file.endswith(".jsonl"):
        seq = int(taken.split(b'"ledger_seq":')[1].split(b",")[0])
        assert seq in {each.ledger_seq for each in findings.faults}


@unhurried
@given(file=st.sampled_from(LINE_FILES), at=st.integers(0), to=st.integers(0))
def test_any_line_repeated_is_found(export: Path, file: str, at: int, to: int) -> None:
    lines = (export / file).read_bytes().splitlines(keepends=True)
    lines.insert(to % (len(lines) + 1), lines[at % len(lines)])
    with damaged(export / file, b"".join(lines)):
        findings = verify(export)
    assert names(findings, file)
    if file.endswith(".jsonl"):
        assert [each for each in findings.faults if each.reason == "the line is repeated"]


@unhurried
@given(file=st.sampled_from(LINE_FILES), at=st.integers(0), other=st.integers(0))
def test_any_two_lines_exchanged_are_found(export: Path, file: str, at: int, other: int) -> None:
    lines = (export / file).read_bytes().splitlines(keepends=True)
    one, two = at % len(lines), other % len(lines)
    if one == two:
        two = (one + 1) % len(lines)
    lines[one], lines[two] = lines[two], lines[one]
    with damaged(export / file, b"".join(lines)):
        findings = verify(export)
    assert names(findings, file)
    if file.endswith(".jsonl"):
        assert [each for each in findings.faults if "out of its order" in each.reason]


@pytest.mark.parametrize("file", FILES)
def test_any_file_taken_out_is_found(export: Path, file: str) -> None:
    content = (export / file).read_bytes()
    (export / file).unlink()
    try:
        assert names(verify(export), file)
    finally:
        (export / file).write_bytes(content)


@unhurried
@given(name=st.from_regex(r"(schemas/)?[a-z.]{1,20}[a-z]", fullmatch=True))
def test_any_file_added_is_found(export: Path, name: str) -> None:
    path = export / name
    assert not path.exists()
    path.write_bytes(b"")
    try:
        assert [each.file for each in verify(export).faults] == [name]
    finally:
        path.unlink()


@unhurried
@given(garbage=st.binary(max_size=200) | st.text(max_size=200).map(str.encode))
def test_no_manifest_makes_the_verifier_stumble(export: Path, garbage: bytes) -> None:
    with damaged(export / "manifest.json", garbage):
        assert names(verify(export), "manifest.json")

"""Verifies an export of the ledger, with nothing but its files and Python 3.9 or newer.

    python3 verify.py [DIRECTORY] [--expect SHA256_OF_THE_MANIFEST]

Exit 0: every byte is as the manifest says. 1: something was changed, and what. 2: no export there.
Only the standard library is imported, and no other file of the ledger: a copy lies in each export.
The manifest vouches for the files; keep its hash elsewhere and give it as `--expect`, for whoever
can change a file can write a new manifest too.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import re
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

FORMAT, FORMAT_VERSION = "dynasty-ledger-export", 1
FAULTS_MAX, _LINE_BYTES_MAX = 100, 8 * 1024 * 1024
_NAME = re.compile(r"events-\d{8}\.(jsonl|index)|schemas/[a-z0-9_.]+\.v\d+\.json|verify\.py")
_UNFOLLOWABLE = (KeyError, TypeError, ValueError, AttributeError, RecursionError)
_NOTHING = {"first_ledger_seq": None, "first_recorded_at": None, "bytes": 0,
            "last_ledger_seq": None, "last_recorded_at": None}  # fmt: skip
_MANIFEST, _SEAL = "manifest.json", "manifest.sha256"


class NothingToVerify(Exception):
    """The directory holds no export, or one in a format that is not known here."""


@dataclass(frozen=True)
class Fault:
    """One thing that is not as it should be, and where. `line` counts from 1."""

    file: str
    reason: str
    line: int | None = None
    ledger_seq: int | None = None

    def __str__(self) -> str:
        place = self.file if self.line is None else f"{self.file}, line {self.line}"
        if self.ledger_seq is not None:
            place += f", ledger_seq {self.ledger_seq}"
        return f"{place}: {self.reason}"


@dataclass(frozen=True)
class Findings:
    """What was checked and found; `faults` are the first hundred of `fault_count`."""

    manifest_sha256: str
    files: int
    events: int
    faults: tuple[Fault, ...]
    fault_count: int


def verify(
    directory: Path,
    *,
    expected_sha256: str | None = None,
    progress: Callable[[int], None] | None = None,
) -> Findings:
    """Check every file. `progress` is told the bytes of each when done. Raises NothingToVerify."""
    return _Verification(directory, progress or (lambda _: None)).run(expected_sha256)


class _Verification:
    def __init__(self, directory: Path, progress: Callable[[int], None]) -> None:
        self.directory, self.progress = directory, progress
        self.faults: list[Fault] = []
        self.files = self.events = self.fault_count = 0

    def run(self, expected_sha256: str | None) -> Findings:
        content = _bytes_of(self.directory / _MANIFEST)
        sha256 = hashlib.sha256(content).hexdigest()
        self._check_seal(content, sha256)
        if expected_sha256 not in (None, sha256):
            self._fault(_MANIFEST, f"its SHA-256 is {sha256}, and {expected_sha256} was expected")
        try:
            self._check_all(_canonical(content))
        except _UNFOLLOWABLE as fault:
            self._fault(_MANIFEST, f"it is missing, or no manifest that can be followed: {fault}")
        faults = tuple(self.faults)
        return Findings(sha256, self.files, self.events, faults, self.fault_count)

    def _fault(self, file: str, reason: str) -> None:
        self._note([Fault(file, reason)])

    def _note(self, faults: list[Fault]) -> None:
        self.faults.extend(faults[: FAULTS_MAX - len(self.faults)])
        self.fault_count += len(faults)

    def _check_seal(self, content: bytes, sha256: str) -> None:
        found = _bytes_of(self.directory / _SEAL)
        if not found and FORMAT.encode() not in content:
            raise NothingToVerify(f"{self.directory} holds no export with a {_MANIFEST}.")
        if not re.fullmatch(rb"[0-9a-f]{64}  manifest\.json\n", found):
            self._fault(_SEAL, f"it is missing, or not one line of a hash and {_MANIFEST}")
        elif found[:64] != sha256.encode():
            said = found[:64].decode()
            self._fault(_MANIFEST, f"its SHA-256 is {sha256}, and {_SEAL} says {said}")

    def _check_all(self, manifest: Any) -> None:
        if (manifest["format"], manifest["format_version"]) != (FORMAT, FORMAT_VERSION):
            raise ValueError(f"its format is not {FORMAT} {FORMAT_VERSION}")
        entries = manifest["event_files"]
        others = [*(each["index"] for each in entries), *manifest["schemas"], manifest["verifier"]]
        names = [each["name"] for each in [*entries, *others]]
        if len(names) > len(set(names)) or not all(map(_NAME.fullmatch, names)):
            raise ValueError("it lists a file that no export has, or one file twice")
        for name in sorted(_files_of(self.directory) - {*names, _MANIFEST, _SEAL}):
            self._fault(name, "the manifest does not list this file")
        sound = {each["name"] for each in others if self._check_file(each)}
        lines = _Lines(contiguous=manifest["contiguous"])
        for entry in entries:
            self._check_events(entry, lines, index_is_sound=entry["index"]["name"] in sound)
        self.events = lines.totals["events"]
        if not self.faults:
            self._compare(_MANIFEST, lines.totals, manifest)

    def _check_file(self, entry: Any) -> bool:
        path = self._present(entry)
        if path is None:
            return False
        digest, size = hashlib.sha256(), 0
        for piece in _lines_of(path):
            digest.update(piece)
            size += len(piece)
        self.progress(size)
        return self._compare(entry["name"], {"bytes": size, "sha256": digest.hexdigest()}, entry)

    def _check_events(self, entry: Any, lines: _Lines, *, index_is_sound: bool) -> None:
        path = self._present(entry)
        if path is not None:
            lines.begin(entry["name"])
            faults = [fault for line in _lines_of(path) for fault in lines.faults_of(line)]
            self.progress(lines.file["bytes"])
            whole = self._compare(entry["name"], lines.described(), entry)
            if not whole and index_is_sound:
                index = self.directory / entry["index"]["name"]
                faults = _differences(path, index) or faults
            self._note(faults)
        # After a damaged file the next is judged as though this one had been whole.
        lines.last = (entry["last_ledger_seq"], entry["last_recorded_at"])

    def _present(self, entry: Any) -> Path | None:
        path: Path = self.directory / entry["name"]
        if path.is_symlink() or not path.is_file():
            self._fault(entry["name"], "the file is missing")
            return None
        self.files += 1
        return path

    def _compare(self, file: str, found: dict[str, Any], listed: Any) -> bool:
        wrong = [name for name in found if found[name] != listed[name]]
        for name in wrong:
            self._fault(file, f"{name}: {found[name]} in fact, {listed[name]} in the manifest")
        return not wrong


class _Lines:
    """What must hold from line to line, across files."""

    def __init__(self, *, contiguous: bool) -> None:
        self._contiguous = contiguous
        self._digest = hashlib.sha256()
        self._name = ""
        self.last: tuple[int, str] | None = None
        self.file: dict[str, Any] = {}
        self.totals: dict[str, Any] = {**_NOTHING, "events": 0, "event_types": {}}

    def begin(self, name: str) -> None:
        self._name, self._digest = name, hashlib.sha256()
        self.file = {**_NOTHING, "lines": 0}

    def described(self) -> dict[str, Any]:
        return {**self.file, "sha256": self._digest.hexdigest()}

    def faults_of(self, line: bytes) -> Iterator[Fault]:
        self._digest.update(line)
        self.file["lines"] += 1
        self.file["bytes"] += len(line)
        self.totals["events"] += 1
        self.totals["bytes"] += len(line)
        number = self.file["lines"]
        try:
            event = _canonical(line)
            here = (int(event["ledger_seq"]), str(event["recorded_at"]))
            versions = self.totals["event_types"].setdefault(event["event_type"], {})
            version = str(event["schema_version"])
            versions[version] = versions.get(version, 0) + 1
        except _UNFOLLOWABLE:
            yield Fault(self._name, "the line is not an event in canonical JSON", number)
            return
        for reason in self._reasons(here):
            yield Fault(self._name, reason, number, here[0])
        self.last = here
        for span in (self.file, self.totals):
            if span["first_ledger_seq"] is None:
                span["first_ledger_seq"], span["first_recorded_at"] = here
            span["last_ledger_seq"], span["last_recorded_at"] = here

    def _reasons(self, here: tuple[int, str]) -> Iterator[str]:
        seq, moment = self.last or (here[0] - 1, here[1])
        if here[0] <= seq:
            yield f"it stands after {seq}: repeated, or out of order"
        elif self._contiguous and here[0] != seq + 1:
            yield f"{seq + 1} is missing before it"
        if moment > here[1]:
            yield "it was recorded earlier than the event before it"


def _differences(path: Path, index: Path) -> list[Fault]:
    """Which lines were changed, added, repeated, moved or taken out, by the hash of each."""
    expected = [(int(seq), digest) for seq, digest in map(bytes.split, _lines_of(index))]
    where = {digest: at for at, (_, digest) in enumerate(expected)}
    missing = {seq: at for at, (seq, _) in enumerate(expected)}
    found: list[Fault] = []
    strange: list[tuple[int, int | None]] = []
    furthest = -1
    for number, line in enumerate(_lines_of(path), start=1):
        at = where.get(hashlib.sha256(line[:-1]).hexdigest().encode())
        if at is None:
            strange.append((number, _seq_of(line)))
            continue
        seq = expected[at][0]
        again = missing.pop(seq, None) is None
        if again or at < furthest:
            reason = "the line is repeated" if again else "the line is out of its order"
            found.append(Fault(path.name, reason, number, seq))
        furthest = max(furthest, at)
    for number, claimed in strange:
        here = expected[number - 1][0] if number <= len(expected) else None
        changed = next((seq for seq in (claimed, here) if seq in missing), None)
        missing.pop(changed or 0, None)
        reason = f"the line was {'added' if changed is None else 'changed'}"
        found.append(Fault(path.name, reason, number, changed or claimed))
    found += [Fault(path.name, "the line is missing", at + 1, seq) for seq, at in missing.items()]
    return found


def _canonical(line: bytes) -> Any:
    """What a line of canonical JSON says. Raises what `_UNFOLLOWABLE` names."""
    found = json.loads(line.decode())
    written = json.dumps(
        found, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False
    )
    if written.encode() + b"\n" != line:
        raise ValueError("it is not in canonical form")
    return found


def _bytes_of(path: Path) -> bytes:
    return path.read_bytes() if path.is_file() else b""


def _seq_of(line: bytes) -> int | None:
    found = re.search(rb'"ledger_seq":(\d{1,18}),', line)
    return int(found[1]) if found else None


def _lines_of(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while line := file.readline(_LINE_BYTES_MAX):
            yield line


def _files_of(directory: Path) -> set[str]:
    found = (path for path in directory.rglob("*") if path.is_symlink() or not path.is_dir())
    return {path.relative_to(directory).as_posix() for path in found}


def _main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(description="Verify an export of the ledger.")
    parser.add_argument("directory", nargs="?", type=Path, default=Path(__file__).parent)
    parser.add_argument("--expect", help="the SHA-256 of the manifest, as kept elsewhere")
    asked = parser.parse_args(arguments)
    try:
        findings = verify(asked.directory, expected_sha256=asked.expect)
    except (NothingToVerify, OSError) as reason:
        sys.stderr.write(f"not-an-export: {reason}\n")
        return 2
    for fault in findings.faults:
        sys.stdout.write(f"{fault}\n")
    verdict = f"NOT SOUND, {findings.fault_count} faults" if findings.faults else "sound"
    counts = f"{findings.events} events, {findings.files} files"
    sys.stdout.write(f"{verdict}: {counts}, manifest {findings.manifest_sha256}\n")
    return 1 if findings.faults else 0


if __name__ == "__main__":
    sys.exit(_main(sys.argv[1:]))

"""Verifies an export of the ledger, with nothing but its files and Python 3.9 or newer.

    python3 verify.py [DIRECTORY] [--expect SHA256_OF_THE_MANIFEST] [--key VERIFIER_KEY]

Exit 0: every byte is as the manifest says. 1: something was changed, and what. 2: no export there.
Only the standard library is imported, and what lies beside each copy in an export.
The manifest vouches for the files; keep its hash elsewhere and give it as `--expect`, for whoever
can change a file can write a new manifest too. A key of the log proves the lines to be its own.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import re
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any

FORMAT, FORMAT_VERSION, VERSIONS = "dynasty-ledger-export", 2, (1, 2)
FAULTS_MAX, _LINE_BYTES_MAX = 100, 8 * 1024 * 1024
_NAME = re.compile(r"events-\d{8}\.(jsonl|index)|schemas/[a-z0-9_.]+\.v\d+\.json|"
                   r"verify(_[a-z]+)?\.py|(checkpoint|hashes)\.txt")  # fmt: skip
_UNFOLLOWABLE = (KeyError, TypeError, ValueError, AttributeError, RecursionError)
_NOTHING = {"first_ledger_seq": None, "first_recorded_at": None, "bytes": 0,
            "last_ledger_seq": None, "last_recorded_at": None}  # fmt: skip
_MANIFEST, _SEAL, _PROOF_FILES = "manifest.json", "manifest.sha256", ("checkpoint", "hashes")
_Told = Callable[[int], None]


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
    """What was checked and found; `faults` are the first hundred of `fault_count`, and `proof` says
    which events are proved to be the log's; null where none are.
    """

    manifest_sha256: str
    files: int
    events: int
    faults: tuple[Fault, ...]
    fault_count: int
    proof: str | None = None


def verify(
    directory: Path,
    *,
    expected_sha256: str | None = None,
    progress: _Told | None = None,
    keys: Sequence[str] = (),
) -> Findings:
    """Check every file. `progress` is told the bytes of each when done. Raises NothingToVerify."""
    return _Verification(directory, progress or (lambda _: None), keys).run(expected_sha256)


class _Verification:
    def __init__(self, directory: Path, progress: _Told, keys: Sequence[str]) -> None:
        self.directory, self.progress, self.keys = directory, progress, keys
        self.proof: str | None = None
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
        return Findings(sha256, self.files, self.events, faults, self.fault_count, self.proof)

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
        if manifest["format"] != FORMAT or manifest["format_version"] not in VERSIONS:
            raise ValueError(f"its format is not {FORMAT} up to {FORMAT_VERSION}")
        entries, verifier = manifest["event_files"], manifest["verifier"]
        proofs = manifest["proofs"] if manifest["format_version"] > 1 else {}
        others = [*(each["index"] for each in entries), *manifest["schemas"], verifier]
        others += [*verifier.get("modules", ()), *filter(None, map(proofs.get, _PROOF_FILES))]
        names = [each["name"] for each in [*entries, *others]]
        if len(names) > len(set(names)) or not all(map(_NAME.fullmatch, names)):
            raise ValueError("it lists a file that no export has, or one file twice")
        for name in sorted(_files_of(self.directory) - {*names, _MANIFEST, _SEAL}):
            self._fault(name, "the manifest does not list this file")
        sound = {each["name"] for each in others if self._check_file(each)}
        named = bool(__package__) or "verify_lines.py" in sound  # Else it cannot be imported.
        lines = _Lines(contiguous=manifest["contiguous"])
        for entry in entries:
            self._check_events(entry, lines, named=named and entry["index"]["name"] in sound)
        self.events = lines.totals["events"]
        if not self.faults and self._compare(_MANIFEST, lines.totals, manifest):
            self._check_proof(manifest, proofs.get("checkpoint"))

    def _check_proof(self, manifest: Any, checkpoint: Any) -> None:
        if checkpoint is None:
            self._note([Fault(_MANIFEST, "no checkpoint is here to prove it")] if self.keys else [])
            return
        proofs = _module("verify_proofs", "application.proofs.verifying")
        try:
            self.proof = proofs.check_export(self.directory, manifest, self.keys)
        except proofs.NotProved as reason:
            self._fault(checkpoint["name"], str(reason))
        except proofs.NothingToJudge as reason:
            raise NothingToVerify(str(reason)) from reason

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

    def _check_events(self, entry: Any, lines: _Lines, *, named: bool) -> None:
        path = self._present(entry)
        if path is not None:
            lines.begin(entry["name"])
            faults = [fault for line in _lines_of(path) for fault in lines.faults_of(line)]
            self.progress(lines.file["bytes"])
            whole = self._compare(entry["name"], lines.described(), entry)
            if not whole and named:
                index = self.directory / entry["index"]["name"]
                names = _module("verify_lines", "application.exports.differing").differences
                faults = [Fault(path.name, *each) for each in names(path, index)] or faults
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


def _module(name: str, within: str) -> Any:
    """A part of the verifier: the copy beside this one, or within the ledger its own."""
    if __package__:
        return import_module(within)
    sys.dont_write_bytecode = True  # Nothing may be added to an export.
    sys.path.insert(0, str(Path(__file__).resolve().parent))
    return import_module(name)


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
    parser.add_argument("--key", action="append", default=[], help="a verifier key of the log")
    asked = parser.parse_args(arguments)
    try:
        findings = verify(asked.directory, expected_sha256=asked.expect, keys=asked.key)
    except (NothingToVerify, OSError) as reason:
        sys.stderr.write(f"not-an-export: {reason}\n")
        return 2
    for fault in findings.faults:
        sys.stdout.write(f"{fault}\n")
    if findings.proof:
        sys.stdout.write(f"{findings.proof}\n")
    verdict = f"NOT SOUND, {findings.fault_count} faults" if findings.faults else "sound"
    counts = f"{findings.events} events, {findings.files} files"
    sys.stdout.write(f"{verdict}: {counts}, manifest {findings.manifest_sha256}\n")
    return 1 if findings.faults else 0


if __name__ == "__main__":
    sys.exit(_main(sys.argv[1:]))

"""Verifies an archived partition of the ledger, with its files and Python 3.9 or newer.

    python3 verify.py [DIRECTORY] [--expect SHA256_OF_THE_MANIFEST] [--key VERIFIER_KEY]

Exit 0: every file is as the manifest says, and every line is an event of the log of the checkpoint.
1: something was changed, and what. 2: no archived partition there. Only the standard library is
imported, and the two modules beside it; a copy of all three lies in each archived partition.
A signature is checked with the package `cryptography`, when a key is given.
"""

from __future__ import annotations

import argparse
import gzip
import hashlib
import json
import re
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

try:
    from application.proofs.tree import LinesProof, NotProved
    from application.proofs.verifying import (
        NothingToJudge,
        check_signature,
        read_checkpoint,
        read_key,
    )
except ImportError:  # Within an archive, where the ledger is not installed.
    sys.dont_write_bytecode = True
    sys.path.insert(0, str(Path(__file__).resolve().parent))
    from verify_proofs import (  # type: ignore[import-not-found, no-redef]
        NothingToJudge,
        check_signature,
        read_checkpoint,
        read_key,
    )
    from verify_tree import LinesProof, NotProved  # type: ignore[import-not-found, no-redef]

FORMAT, FORMAT_VERSION = "dynasty-ledger-archive", 1
_NAME = re.compile(r"[a-z]+-[0-9a-f-]+(\.(jsonl\.gz|json\.gz|parquet|txt)|/verify[a-z_]*\.py)")
_SEQ = re.compile(rb',"ledger_seq":([0-9]{1,18}),')
_UNFOLLOWABLE = (KeyError, TypeError, ValueError, AttributeError, OSError, EOFError, RecursionError)


class NotAnArchive(Exception):
    """The directory holds no archived partition, or more than one manifest."""


def verify_archive(
    directory: Path, *, expected_sha256: str | None = None, keys: Sequence[str] = ()
) -> Sequence[str]:
    """What is not as it should be, a sentence each; nothing when all is. Raises NotAnArchive."""
    found = sorted(directory.glob("manifest-*.json"))
    known = [each for each in found if expected_sha256 in (None, _sha256(each.read_bytes()))]
    if not found:
        raise NotAnArchive(f"{directory} holds no manifest of an archived partition.")
    if len(known) != 1:
        told = "the one expected" if expected_sha256 else "one that was not begun and left"
        raise NotAnArchive(f"{directory} holds {len(found)} manifests; name {told} by --expect.")
    try:
        manifest = json.loads(known[0].read_bytes())
        if (manifest["format"], manifest["format_version"]) != (FORMAT, FORMAT_VERSION):
            return [f"{known[0].name}: its format is not {FORMAT} {FORMAT_VERSION}"]
        faults = [fault for file in _files(manifest) for fault in _file_faults(directory, file)]
        return faults or list(_line_faults(directory, manifest, keys))
    except _UNFOLLOWABLE as fault:
        return [f"{known[0].name}: it is no manifest that can be followed: {fault}"]


def _files(manifest: Any) -> Iterator[Any]:
    yield from (manifest["checkpoint"], manifest["hashes"], *manifest["verifier"])
    for piece in (*manifest["line_files"], *manifest["stream_files"]):
        yield piece["file"]
        if piece.get("traces"):
            yield piece["traces"]


def _file_faults(directory: Path, file: Any) -> Iterator[str]:
    name = file["name"]
    if not _NAME.fullmatch(name):
        raise ValueError(f"{name!r} is the name of no file of an archive")
    path = directory / name
    if path.is_symlink() or not path.is_file():
        yield f"{name}: the file is missing"
        return
    sha256 = _sha256(path.read_bytes())
    if sha256 != file["sha256"]:
        yield f"{name}: its SHA-256 is {sha256}, and {file['sha256']} was put there"


def _line_faults(directory: Path, manifest: Any, keys: Sequence[str]) -> Iterator[str]:
    """Every number from the first to the last, and all lines together to the root."""
    top = read_checkpoint((directory / manifest["checkpoint"]["name"]).read_bytes().decode())
    hashes = (directory / manifest["hashes"]["name"]).read_text().split()
    proof = LinesProof(map(bytes.fromhex, hashes), top.size)
    expected = manifest["first_ledger_seq"]
    try:
        for line in _lines_of(directory, manifest):
            seq = _SEQ.search(line)
            if seq is None or int(seq[1]) != expected:
                yield f"event {expected} does not stand where it should"
                return
            proof.add(expected, line[:-1])
            expected += 1
        if expected != manifest["last_ledger_seq"] + 1:
            yield f"event {expected} and those after it are missing"
        elif proof.root() != top.root or top.root.hex() != manifest["root"]:
            yield "not proved: the lines are not those of the log, but lead to another root"
        elif keys:
            check_signature(top, [read_key(each) for each in keys])
    except (NotProved, NothingToJudge) as reason:
        yield f"not proved: {reason}"


def _lines_of(directory: Path, manifest: Any) -> Iterator[bytes]:
    for piece in manifest["line_files"]:
        with gzip.open(directory / piece["file"]["name"]) as lines:
            yield from lines


def _sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def _main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(description="Verify an archived partition of the ledger.")
    parser.add_argument("directory", nargs="?", type=Path, default=Path(__file__).parent.parent)
    parser.add_argument("--expect", help="the SHA-256 of the manifest, as the ledger has it")
    parser.add_argument("--key", action="append", default=[], help="a verifier key of the log")
    asked = parser.parse_args(arguments)
    try:
        faults = verify_archive(asked.directory, expected_sha256=asked.expect, keys=asked.key)
    except (NotAnArchive, NothingToJudge, OSError) as reason:
        sys.stderr.write(f"not-an-archive: {reason}\n")
        return 2
    for fault in faults:
        sys.stdout.write(f"{fault}\n")
    signed = "" if asked.key else ", its signature NOT CHECKED, for no --key was given"
    sys.stdout.write(f"NOT SOUND: {len(faults)} faults\n" if faults else f"sound{signed}\n")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(_main(sys.argv[1:]))

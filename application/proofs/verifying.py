"""Verifies proofs of the ledger's log, with nothing but Python 3.9 or newer.

    python3 verify_proofs.py FILE.tlog-proof [--key VERIFIER_KEY]

Exit 0: the event is in the log of the checkpoint. 1: it is not proved, and why. 2: nothing there.
Only the standard library is imported, and `verify_tree.py`: a copy of both lies in each export.
A signature is checked with the package `cryptography`, imported when a key is given. Without a key
a proof shows no more than that event and checkpoint belong together.
The tree is that of RFC 6962 with SHA-256; the texts are those of C2SP: tlog-checkpoint, signed-note
and tlog-proof. The event with `ledger_seq` n is the leaf n - 1.
"""

from __future__ import annotations

import argparse
import binascii
import hashlib
import json
import re
import sys
from base64 import b64decode, b64encode
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

try:
    from application.proofs.tree import (
        HASH_BYTES,
        LinesProof,
        NotProved,
        check_inclusion,
        leaf_hash,
    )
except ImportError:  # Within an export, where the ledger is not installed.
    sys.dont_write_bytecode = True
    sys.path.insert(0, str(Path(__file__).resolve().parent))
    from verify_tree import (  # type: ignore[import-not-found, no-redef]
        HASH_BYTES,
        LinesProof,
        NotProved,
        check_inclusion,
        leaf_hash,
    )

ED25519, ECDSA = 1, 2
NOTE_CHARACTERS_MAX, PROOF_BYTES_MAX, SIGNATURES_MAX = 64_000, 16 * 1024 * 1024, 100
PROOF_HEADER = "c2sp.org/tlog-proof@v1"
_UNSIGNED = "its signature NOT CHECKED, for no --key was given"
_SEQ = re.compile(rb',"ledger_seq":([0-9]{1,18}),')
_STRANGE = re.compile("[\x00-\x09\x0b-\x1f\ud800-\udfff]")
_NUMBER = re.compile(r"0|[1-9][0-9]{0,18}")
_KEY = re.compile(r"([^\s+]{1,255})\+([0-9a-f]{8})\+([A-Za-z0-9+/]{1,500}={0,2})")
_SIGNATURE = re.compile("\u2014 ([^\\s+]{1,255}) ([A-Za-z0-9+/]{8,20000}={0,2})")


class NothingToJudge(Exception):
    """A text is no checkpoint, key or proof, or the library for signatures is not there."""


@dataclass(frozen=True)
class Checkpoint:
    """What a log says that it holds: a size, a root, and who signed that. `note` is all of it."""

    origin: str
    size: int
    root: bytes
    note: str
    signed: bytes
    signatures: tuple[tuple[str, bytes], ...]


def checkpoint_text(origin: str, size: int, root: bytes) -> str:
    """The text of a checkpoint, which is what is signed."""
    return f"{origin}\n{size}\n{b64encode(root).decode()}\n"


def read_checkpoint(note: str) -> Checkpoint:
    """Read a signed note of a checkpoint. Raises NothingToJudge."""
    text, separator, rest = note.rpartition("\n\n")
    lines, found = text.split("\n"), [_SIGNATURE.fullmatch(each) for each in rest.split("\n")[:-1]]
    if len(note) > NOTE_CHARACTERS_MAX or _STRANGE.search(note):
        raise NothingToJudge("this is not a signed note: too long, or with characters none has")
    if not separator or not note.endswith("\n") or "" in lines:
        raise NothingToJudge("this is not a signed note of a checkpoint")
    if len(lines) < 3 or not _NUMBER.fullmatch(lines[1]):  # noqa: PLR2004 - origin, size, root
        raise NothingToJudge("the note has no size where a checkpoint has one")
    if not found or None in found or len(found) > SIGNATURES_MAX:
        raise NothingToJudge("the note has no signatures, too many, or one that cannot be read")
    root = _bytes_of(lines[2])
    if len(root) != HASH_BYTES:
        raise NothingToJudge("the note has no root where a checkpoint has one")
    signatures = tuple((each[1], _bytes_of(each[2])) for each in found if each)
    signed = f"{text}\n".encode()
    return Checkpoint(lines[0], int(lines[1]), root, note, signed, signatures)


@dataclass(frozen=True)
class VerifierKey:
    """The public half of a log's key, with its name: `NAME+ID+BASE64`."""

    name: str
    kind: int
    public: bytes

    @property
    def key_id(self) -> bytes:
        """Four bytes that stand before each of its signatures."""
        named = self.name.encode() + b"\n" + bytes([self.kind]) + self.public
        return hashlib.sha256(self.public if self.kind == ECDSA else named).digest()[:4]

    def __str__(self) -> str:
        encoded = b64encode(bytes([self.kind]) + self.public).decode()
        return f"{self.name}+{self.key_id.hex()}+{encoded}"


def read_key(text: str) -> VerifierKey:
    """Read a verifier key. Raises NothingToJudge."""
    parts = None if _STRANGE.search(text.strip()) else _KEY.fullmatch(text.strip())
    content = _bytes_of(parts[3]) if parts else b""
    key = VerifierKey(parts[1], content[0], content[1:]) if parts and content else None
    if key is None or parts is None or key.key_id.hex() != parts[2]:
        raise NothingToJudge("this is no verifier key of the form NAME+ID+BASE64")
    if key.kind not in (ED25519, ECDSA):
        raise NothingToJudge(f"signatures of type {key.kind} are not known here")
    return key


def check_signature(checkpoint: Checkpoint, keys: Iterable[VerifierKey]) -> VerifierKey:
    """The key that signed it. Raises NotProved when none did, or one that is known is wrong."""
    signer = None
    for key in keys:
        for name, content in checkpoint.signatures:
            if name == key.name and content[:4] == key.key_id:
                if name != checkpoint.origin or not _verifies(key, content[4:], checkpoint.signed):
                    raise NotProved(f"the signature of {name} on the checkpoint is wrong")
                signer = signer or key
    if signer is None:
        raise NotProved("the checkpoint is not signed by a key that was given")
    return signer


def _verifies(key: VerifierKey, signature: bytes, signed: bytes) -> bool:
    try:
        from cryptography.exceptions import InvalidSignature
        from cryptography.hazmat.primitives import hashes, serialization
        from cryptography.hazmat.primitives.asymmetric import ec, ed25519
    except ImportError as reason:
        needed = "Signatures are checked with the package `cryptography`, which is not installed."
        raise NothingToJudge(f"{needed} Install it, or leave the key out.") from reason
    try:
        if key.kind == ED25519:
            ed25519.Ed25519PublicKey.from_public_bytes(key.public).verify(signature, signed)
        else:
            public = serialization.load_der_public_key(key.public)
            assert isinstance(public, ec.EllipticCurvePublicKey)
            public.verify(signature, signed, ec.ECDSA(hashes.SHA256()))
    except (InvalidSignature, ValueError, AssertionError):
        return False
    return True


def _bytes_of(text: str) -> bytes:
    try:
        return b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return b""


@dataclass(frozen=True)
class EventProof:
    """A proof of one event, with all that it needs; `entry` is what its leaf was made of."""

    index: int
    entry: bytes
    path: tuple[bytes, ...]
    checkpoint: Checkpoint

    @property
    def leaf(self) -> bytes:
        """The hash of its leaf."""
        return leaf_hash(self.entry)

    def check(self, keys: Sequence[VerifierKey]) -> None:
        """Raises NotProved unless the event is in the tree, signed by one of the keys if any."""
        if _seq_of(self.entry) != self.index + 1:
            raise NotProved(f"the proof names leaf {self.index}, and its event another ledger_seq")
        top = self.checkpoint
        check_inclusion(self.leaf, self.index, top.size, self.path, top.root)
        if keys:
            check_signature(top, keys)

    def text(self) -> str:
        """The proof as one file."""
        hashes = "".join(f"{b64encode(each).decode()}\n" for each in self.path)
        extra = b64encode(self.entry).decode()
        head = f"{PROOF_HEADER}\nextra {extra}\nindex {self.index}\n"
        return f"{head}{hashes}\n{self.checkpoint.note}"


def read_proof(text: str) -> EventProof:
    """Read a proof of an event. Raises NothingToJudge."""
    head, _, note = text.partition("\n\n")
    lines = head.split("\n")
    known = len(lines) > 2 and lines[0] == PROOF_HEADER  # noqa: PLR2004 - header, extra, index
    if not known or not lines[1].startswith("extra ") or not lines[2].startswith("index "):
        raise NothingToJudge("this is no proof of an event: header, event and index are not there")
    if not _NUMBER.fullmatch(lines[2][6:]):
        raise NothingToJudge("the proof has no index")
    path = tuple(_bytes_of(each) for each in lines[3:])
    return EventProof(int(lines[2][6:]), _bytes_of(lines[1][6:]), path, read_checkpoint(note))


def check_export(directory: Path, manifest: Any, keys: Sequence[str]) -> str:
    """Prove the lines of an export whose files are sound, and say what was proved.

    Each line is hashed to its leaf, what lies between lines is in the file of hashes, and all of it
    has to lead to the root of the checkpoint. Raises NotProved, or NothingToJudge for a key.
    """
    said, known = manifest["proofs"], [read_key(each) for each in keys]
    try:
        note = (directory / said["checkpoint"]["name"]).read_bytes().decode()
        top = read_checkpoint(note)
        with (directory / said["hashes"]["name"]).open(encoding="ascii") as hashes:
            proof = LinesProof((bytes.fromhex(each) for each in hashes), top.size)
            for file in manifest["event_files"]:
                _add_lines(proof, directory / file["name"])
            root = proof.root()
    except (NothingToJudge, OSError, ValueError, KeyError, TypeError) as reason:
        raise NotProved(f"the proof cannot be read: {reason}") from reason
    if (top.size, proof.covered) != (said["tree_size"], said["events"]):
        raise NotProved("the manifest tells of another proof")
    if root != top.root:
        raise NotProved("the lines are not those of the log: they lead to another root")
    signed = f"signed by {check_signature(top, known).name}" if known else _UNSIGNED
    later = f", {proof.beyond} are later and not proved" if proof.beyond else ""
    return (
        f"proved: {proof.covered} events of {top.origin}, checkpoint of {top.size}{later}, {signed}"
    )


def _add_lines(proof: LinesProof, path: Path) -> None:
    with path.open("rb") as lines:
        for line in lines:
            seq = _SEQ.search(line)
            if seq is None:
                raise ValueError("a line has no ledger_seq")
            proof.add(int(seq[1]), line[:-1])


def _seq_of(entry: bytes) -> object:
    try:
        return json.loads(entry)["ledger_seq"]
    except (ValueError, TypeError, KeyError, RecursionError):
        return None


def _main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(description="Verify the proof of an event of the ledger.")
    parser.add_argument("proof", type=Path, help="a file as `dynasty log prove` writes it")
    parser.add_argument("--key", action="append", default=[], help="a verifier key of the log")
    asked = parser.parse_args(arguments)
    try:
        with asked.proof.open("rb") as file:
            proof = read_proof(file.read(PROOF_BYTES_MAX).decode())
        proof.check([read_key(each) for each in asked.key])
    except NotProved as reason:
        sys.stdout.write(f"NOT PROVED: {reason}\n")
        return 1
    except (NothingToJudge, OSError, ValueError) as reason:
        sys.stderr.write(f"nothing-to-judge: {reason}\n")
        return 2
    top = proof.checkpoint
    signed = "signed" if asked.key else _UNSIGNED
    sys.stdout.write(proof.entry.decode() + "\n")
    sys.stdout.write(f"proved: ledger_seq {proof.index + 1} of {top.origin}, ")
    sys.stdout.write(f"checkpoint of {top.size} events, {signed}\n")
    return 0


if __name__ == "__main__":
    sys.exit(_main(sys.argv[1:]))

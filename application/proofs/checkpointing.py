"""Signed checkpoints: made when they are due, and copied to where nobody can change them."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from application.proofs.errors import TreeDamaged
from application.proofs.ports import (
    CheckpointVault,
    KeptCheckpoint,
    KeptCheckpoints,
    Signer,
    Tree,
    TreeHead,
)
from application.proofs.tiles import TileMissing, consistency_spans, roots_of
from application.proofs.tree import NotProved, check_consistency
from application.proofs.verifying import (
    Checkpoint,
    NothingToJudge,
    VerifierKey,
    check_signature,
    checkpoint_text,
    read_checkpoint,
)

DELIVERIES: Final = 50
"""Copies that are made in one step at the most."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cadence:
    """A checkpoint is due after so many new events, or so long after the last one."""

    events: int
    every: timedelta


class CheckpointSigner:
    """A duty: signs the tree when that is due, and never two trees that contradict each other."""

    name: Final = "checkpoint-signer"

    def __init__(
        self,
        tree: Tree,
        checkpoints: KeptCheckpoints,
        signer: Signer,
        *,
        cadence: Cadence,
        now: Callable[[], datetime],
    ) -> None:
        self._tree, self._checkpoints, self._signer = tree, checkpoints, signer
        self._cadence, self._now = cadence, now
        self._signed: Checkpoint | None = None

    def step(self) -> int:
        """Sign if it is due; how many were signed. Refuses as `sign` does."""
        last, head = self._checkpoints.newest(), self._tree.head()
        return int(self._is_due(last, head) and self._sign(last, head))

    def sign(self) -> bool:
        """Sign what the tree holds now, unless that is signed; whether it was.

        Refuses with TreeDamaged, SigningKeyRefused or SigningUnavailable.
        """
        return self._sign(self._checkpoints.newest(), self._tree.head())

    def _is_due(self, last: KeptCheckpoint | None, head: TreeHead) -> bool:
        if last is None:
            return head.size > 0
        age = self._now() - last.signed_at
        new = head.size - last.size
        return new >= self._cadence.events or (new > 0 and age >= self._cadence.every)

    def _sign(self, last: KeptCheckpoint | None, head: TreeHead) -> bool:
        if head.size == (last.size if last else 0):
            return False
        key = self._signer.verifier_key()
        try:
            for known in filter(None, (_believed(last, key), self._signed)):
                self._insist_on_beginning(known, head)
        except (NotProved, NothingToJudge, TileMissing) as fault:
            raise TreeDamaged(
                f"The tree of {head.size} events does not continue what was signed before: {fault}."
                " Nothing is signed any more: run `dynasty log verify --against` with a checkpoint"
                " that was kept elsewhere.",
                size=head.size,
            ) from fault
        text = checkpoint_text(key.name, head.size, head.root)
        note = signed_note(text, key, self._signer.sign(text.encode()))
        checkpoint = read_checkpoint(note)
        check_signature(checkpoint, [key])
        self._signed = checkpoint
        return self._checkpoints.keep(size=head.size, root=head.root, note=note)

    def _insist_on_beginning(self, known: Checkpoint, head: TreeHead) -> None:
        if known.size > head.size:
            raise NotProved(f"{known.size} events were signed already")
        proof = roots_of(consistency_spans(known.size, head.size), self._tree.tiles)
        check_consistency(known.size, head.size, proof, known.root, head.root)


class CheckpointCourier:
    """A duty: copies checkpoints to the vault. What cannot be copied now waits, and is not lost."""

    name: Final = "checkpoint-courier"

    def __init__(self, checkpoints: KeptCheckpoints, vault: CheckpointVault) -> None:
        self._checkpoints, self._vault = checkpoints, vault

    def step(self) -> int:
        """Copy what waits, oldest first; how many. Refuses as the vault does."""
        waiting = self._checkpoints.undelivered(limit=DELIVERIES)
        for each in waiting:
            place = self._vault.put(size=each.size, note=each.note)
            self._checkpoints.delivered(each.size, place=place)
        return len(waiting)


def signed_note(text: str, key: VerifierKey, signature: bytes) -> str:
    """A text with its signature, as C2SP's signed-note lays it out."""
    encoded = b64encode(key.key_id + signature).decode()
    return f"{text}\n\u2014 {key.name} {encoded}\n"


def _believed(last: KeptCheckpoint | None, key: VerifierKey) -> Checkpoint | None:
    """The last checkpoint, as its note says it. Raises NotProved where our own key denies it."""
    if last is None:
        return None
    found = read_checkpoint(last.note)
    if (found.size, found.root) != (last.size, last.root):
        raise NotProved(f"the note of the checkpoint of {last.size} events says something else")
    if any(name == key.name and each[:4] == key.key_id for name, each in found.signatures):
        check_signature(found, [key])
    return found

"""Proofs out of the tree: that an event is in the log, and that the log was only added to."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from application.errors import StreamNotFound
from application.exports.lines import line_of
from application.log import Log, LogSelection
from application.proofs.errors import (
    CheckpointMissing,
    EventNotCovered,
    TreeDamaged,
    TreeSizeRefused,
)
from application.proofs.ports import Checkpoints, KeptCheckpoint, Tree
from application.proofs.tiles import (
    Span,
    TileMissing,
    consistency_spans,
    inclusion_spans,
    roots_of,
)
from application.proofs.tree import NotProved, check_consistency, entry_of_line
from application.proofs.verifying import EventProof, read_checkpoint


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsistencyProof:
    """That the tree of `first` leaves is a beginning of the tree of `second`."""

    first: int
    second: int
    first_root: bytes
    second_root: bytes
    path: Sequence[bytes]


class Prover:
    """Answers from the tiles: a proof reads a handful of them at any size of the log."""

    def __init__(self, log: Log, tree: Tree, checkpoints: Checkpoints) -> None:
        self._log, self._tree, self._checkpoints = log, tree, checkpoints

    def checkpoint(self) -> KeptCheckpoint:
        """The newest checkpoint. Refuses with CheckpointMissing."""
        found = self._checkpoints.newest()
        if found is None:
            raise CheckpointMissing(
                "No checkpoint of this log was signed yet. Run `dynasty log checkpoint --sign`, or"
                " let the daemon do it."
            )
        return found

    def event(self, ledger_seq: int) -> EventProof:
        """The proof of one event, against the newest checkpoint.

        Refuses with StreamNotFound, CheckpointMissing, EventNotCovered or TreeDamaged.
        """
        here = LogSelection(first_seq=ledger_seq, last_seq=ledger_seq)
        found = self._log.select(here, newest_first=False, limit=1)
        if not found and 0 < ledger_seq <= self._tree.head().size:
            raise TreeDamaged(
                f"Event {ledger_seq} was sealed, and the log holds it no more: run `dynasty log"
                " verify`.",
                ledger_seq=ledger_seq,
            )
        if not found:
            raise StreamNotFound(f"The log holds no event {ledger_seq}.", ledger_seq=ledger_seq)
        top = self.checkpoint()
        if ledger_seq > top.size:
            raise EventNotCovered(
                f"Event {ledger_seq} is recorded, and the newest checkpoint covers {top.size}. Ask"
                " again when the next one is signed.",
                ledger_seq=ledger_seq,
                checkpoint_size=top.size,
            )
        path = self._roots(inclusion_spans(ledger_seq - 1, top.size))
        entry = entry_of_line(line_of(found[0]))
        proof = EventProof(ledger_seq - 1, entry, tuple(path), read_checkpoint(top.note))
        try:
            proof.check([])
        except NotProved as fault:
            raise TreeDamaged(
                f"Event {ledger_seq} cannot be proved: {fault}. It was changed since it was sealed,"
                " or the tree was: run `dynasty log verify`.",
                ledger_seq=ledger_seq,
            ) from fault
        return proof

    def consistency(self, first: int, second: int) -> ConsistencyProof:
        """The proof between two sizes. Refuses with TreeSizeRefused or TreeDamaged."""
        size = self._tree.head().size
        if not 0 <= first <= second <= size:
            raise TreeSizeRefused(
                f"The tree has {size} leaves: ask for a proof from one size to a larger one, and to"
                f" {size} at the most.",
                tree_size=size,
            )
        path = self._roots(consistency_spans(first, second))
        first_root, second_root = self._roots([(0, first), (0, second)])
        try:
            check_consistency(first, second, path, first_root, second_root)
        except NotProved as fault:
            raise _damaged(fault) from fault
        return ConsistencyProof(
            first=first,
            second=second,
            first_root=first_root,
            second_root=second_root,
            path=path,
        )

    def _roots(self, spans: Sequence[Span]) -> Sequence[bytes]:
        try:
            return roots_of(spans, self._tree.tiles)
        except TileMissing as fault:
            raise _damaged(fault) from fault


def _damaged(fault: Exception) -> TreeDamaged:
    return TreeDamaged(f"The tree contradicts itself: {fault}. Run `dynasty log verify`.")

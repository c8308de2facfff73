"""What proves that the lines of an export are those of the log: a checkpoint, and hashes."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final

from application.exports.drafts import Draft, HashedFile
from application.log import RecordedEvent
from application.proofs.errors import TreeDamaged
from application.proofs.ports import Checkpoints, KeptCheckpoint, Tree
from application.proofs.sealing import leaf_of
from application.proofs.tiles import TileId, TileMissing, Tiles, node_of, tiles_of
from application.proofs.tree import CompactRange, covering

CHECKPOINT, HASHES = "checkpoint.txt", "hashes.txt"
NO_PROOF: Final[dict[str, Any]] = {
    "statement": "No checkpoint of the log lies here, so nothing proves that these events are those"
    " of the log.",
    "tree_size": None,
    "events": 0,
    "checkpoint": None,
    "hashes": None,
}
_TILES_MAX: Final = 256


@dataclass(frozen=True, slots=True)
class Grounds:
    """The tree that the events are in, and the checkpoint that is to prove it."""

    tree: Tree
    checkpoint: KeptCheckpoint


def grounds_of(tree: Tree, checkpoints: Checkpoints) -> Grounds | None:
    """The newest checkpoint with its tree; None before the first."""
    newest = checkpoints.newest()
    return None if newest is None else Grounds(tree, newest)


class ExportProof:
    """Writes the hashes of all that lies between the lines of an export, while these are written.

    Together with the lines they lead to the root of the checkpoint, whatever was selected: a whole
    log needs none, a period a few dozen, and each gap in between some more. Holds a bounded number
    of tiles.
    """

    def __init__(self, draft: Draft, grounds: Grounds) -> None:
        self._draft, self._tree, self._top = draft, grounds.tree, grounds.checkpoint
        self._file: HashedFile = draft.create(HASHES)
        self._range = CompactRange()
        self._kept: OrderedDict[TileId, bytes] = OrderedDict()
        self._covered = self._beyond = 0

    def add(self, recorded: RecordedEvent) -> None:
        """The next event that was written."""
        if recorded.ledger_seq > self._top.size:
            self._beyond += 1
            return
        self._skip_to(recorded.ledger_seq - 1)
        self._range.push(leaf_of(recorded))
        self._covered += 1

    def close(self) -> dict[str, Any]:
        """What the manifest says of it. Refuses with TreeDamaged what would not be proved."""
        self._skip_to(self._top.size)
        if self._range.root() != self._top.root:
            raise _damaged(f"they do not lead to the root of the checkpoint of {self._top.size}")
        later = f" {self._beyond} came after it." if self._beyond else ""
        return {
            "statement": f"{self._covered} of the events are in the log of the checkpoint that lies"
            f" here, which has {self._top.size}.{later}",
            "tree_size": self._top.size,
            "events": self._covered,
            "checkpoint": self._draft.put(CHECKPOINT, self._top.note.encode()),
            "hashes": self._file.close(),
        }

    def _skip_to(self, index: int) -> None:
        nodes = list(covering(self._range.size, index))
        try:
            tiles = self._tiles(tiles_of(nodes))
            for level, place in nodes:
                node = node_of(tiles, level, place)
                self._file.write(f"{node.hex()}\n".encode())
                self._range.push(node, level)
        except TileMissing as fault:
            raise _damaged(str(fault)) from fault

    def _tiles(self, wanted: Iterable[TileId]) -> Tiles:
        """Neighbours share their tiles. Subtrees are complete, so that growing changes none."""
        asked = set(wanted)
        self._kept.update(self._tree.tiles(asked - self._kept.keys()))
        for each in asked & self._kept.keys():
            self._kept.move_to_end(each)
        while len(self._kept) > _TILES_MAX:
            self._kept.popitem(last=False)
        return self._kept


def _damaged(reason: str) -> TreeDamaged:
    return TreeDamaged(
        f"The events of this export cannot be proved: {reason}. Run `dynasty log verify`; with"
        " --no-proofs the export is made without a proof."
    )

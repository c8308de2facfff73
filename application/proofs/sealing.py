"""The sealer: every recorded event becomes a leaf of the tree, once, in the order of the log."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from application.exports.errors import LogNotContiguous
from application.exports.lines import line_of
from application.log import Log, RecordedEvent
from application.proofs.errors import TreeDamaged
from application.proofs.ports import GrowingTree, TreeHead
from application.proofs.tiles import TileMissing, edge_of, grown, root_of
from application.proofs.tree import entry_of_line, leaf_hash

BATCH: Final = 1000
"""Events that are sealed in one step at the most."""


def leaf_of(recorded: RecordedEvent) -> bytes:
    """The hash of an event's leaf."""
    return leaf_hash(entry_of_line(line_of(recorded)))


class Sealer:
    """A duty. Any number may work at once: what one has sealed, another does not seal again."""

    name: Final = "sealer"

    def __init__(self, log: Log, tree: GrowingTree, *, batch: int = BATCH) -> None:
        self._log, self._tree, self._batch = log, tree, batch

    def step(self) -> int:
        """Seal the next events; how many. Refuses with LogNotContiguous or TreeDamaged."""
        head = self._tree.head()
        recorded = self._log.read(after=head.size, limit=self._batch)
        if not recorded:
            return 0
        _refuse_gap(head.size, recorded)
        edge = self._tree.tiles(edge_of(head.size))
        try:
            if root_of(head.size, lambda _: edge) != head.root:
                raise _damaged(head.size)
            tiles = grown(head.size, edge, map(leaf_of, recorded))
        except TileMissing as fault:
            raise _damaged(head.size) from fault
        size = head.size + len(recorded)
        root = root_of(size, lambda _: {**edge, **tiles})
        done = self._tree.grow(at=head.size, tiles=tiles, head=TreeHead(size, root))
        return len(recorded) if done else 0

    def seal_all(self) -> int:
        """Seal up to the head of the log; how many."""
        total = 0
        while sealed := self.step():
            total += sealed
        return total


def _refuse_gap(size: int, recorded: Sequence[RecordedEvent]) -> None:
    for expected, each in enumerate(recorded, start=size + 1):
        if each.ledger_seq != expected:
            raise LogNotContiguous(
                f"The log has no event {expected}, though {each.ledger_seq} follows it. Nothing is"
                " sealed any more: find out who took it out of the database.",
                ledger_seq=expected,
            )


def _damaged(size: int) -> TreeDamaged:
    return TreeDamaged(
        f"The last tiles of the tree do not lead to its root at size {size}. Nothing is sealed any"
        " more: run `dynasty log verify` and see who changed them.",
        size=size,
    )

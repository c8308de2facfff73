"""The whole log against its tree, its checkpoints, and checkpoints that were kept elsewhere.

Rows, tiles and checkpoints are read in order and once: memory does not grow with the log.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from heapq import merge
from typing import Final

from application.log import Log, LogSelection, RecordedEvent
from application.proofs.aligning import Ahead, Alignment
from application.proofs.findings import Finding, Findings, Verification
from application.proofs.ports import Checkpoints, Tree, TreeHead
from application.proofs.tiles import TILE_BYTES, WIDTH, TileId, edge_of, hashes_of, perfect_root
from application.proofs.tree import CompactRange, NotProved
from application.proofs.verifying import (
    Checkpoint,
    NothingToJudge,
    VerifierKey,
    check_signature,
    read_checkpoint,
)

_TILES_AT_ONCE: Final = 16
_CHECKPOINTS_AT_ONCE: Final = 200
_NO_LEAF: Final = b""
"""Stands for a hash that the tiles do not hold any more: nothing can be compared with it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """What to hold the log against: keys, and checkpoints from elsewhere, smallest size first."""

    keys: Sequence[VerifierKey] = ()
    outside: Iterable[Checkpoint] = ()


def verify_log(
    log: Log,
    tree: Tree,
    checkpoints: Checkpoints,
    evidence: Evidence,
    *,
    progress: Callable[[int], object] = lambda _: None,
) -> Verification:
    """Compare everything with everything. `progress` is told of rows as they are read."""
    head = tree.head()
    findings = Findings()
    walk = _Walk(tree, head, _Judge(checkpoints, evidence, findings), findings)
    rows = _Rows(log, progress)
    ahead = Ahead(iter(rows))
    alignment = Alignment(ahead, Ahead(walk.leaves()), findings=findings)
    alignment.run()
    walk.finish()
    unsealed = _unsealed(ahead, head.size + alignment.shift, rows.head, findings)
    judge = walk.judge
    return Verification(
        tree_size=head.size,
        root=walk.range.root(),
        events=rows.read,
        unsealed=unsealed,
        checkpoints=judge.kept,
        outside=judge.outside,
        signatures_checked=bool(evidence.keys),
        agreed_size=judge.agreed,
        differs_size=judge.differs,
        findings=tuple(findings.told),
        finding_count=findings.count,
    )


class _Rows:
    """The rows up to the head of the log as it was when the reading began."""

    def __init__(self, log: Log, progress: Callable[[int], object]) -> None:
        self._log, self._progress = log, progress
        self.head, self.read = log.head(), 0

    def __iter__(self) -> Iterator[RecordedEvent]:
        for row in self._log.stream(LogSelection(last_seq=self.head)):
            self.read += 1
            self._progress(1)
            yield row


def _unsealed(rows: Ahead[RecordedEvent], last: int, head: int, findings: Findings) -> int:
    """Rows behind the tree are new, and without gaps up to the head."""
    found, last = 0, max(last, 0)
    while (row := rows.take()) is not None:
        if row.ledger_seq > last + 1:
            findings.removed_unsealed(last + 1, row.ledger_seq - 1)
        found, last = found + 1, row.ledger_seq
    if last < head:
        findings.removed_unsealed(last + 1, head)
    return found


class _Walk:
    """The leaves in order, and the tree that follows from them."""

    def __init__(self, tree: Tree, head: TreeHead, judge: _Judge, findings: Findings) -> None:
        self._tree, self._head, self._findings = tree, head, findings
        self.judge = judge
        self.range = CompactRange()
        self._open: dict[int, bytearray] = {}
        self._whole = True

    def leaves(self) -> Iterator[bytes]:
        """The hash of each leaf, as the tiles hold it."""
        for first in range(0, -(-self._head.size // WIDTH), _TILES_AT_ONCE):
            wanted = [TileId(0, first + each) for each in range(_TILES_AT_ONCE)]
            tiles = self._tree.tiles(wanted)
            for at in wanted:
                yield from self._leaves_of(at, tiles.get(at, b""))

    def finish(self) -> None:
        """Compare what is left to compare when all leaves were walked."""
        # What was signed while the log was read is newer than this walk, and no fault.
        self.judge.end(max(self._head.size, self._tree.head().size))
        if not self._whole:
            return
        if self.range.root() != self._head.root:
            self._doubt(f"the tiles do not lead to the root of the tree of {self._head.size}")
        edge = [each for each in edge_of(self._head.size) if each.level]
        stored = self._tree.tiles(edge)
        for at in edge:
            self._compare(at, stored.get(at, b""), bytes(self._open.get(at.level, b"")))

    def _leaves_of(self, at: TileId, tile: bytes) -> Iterator[bytes]:
        width = max(0, min(WIDTH, self._head.size - at.number * WIDTH))
        found = list(hashes_of(tile))[:width]
        if len(found) < width:
            self._whole = False
            self._doubt(
                f"tile {at.number} of level 0 holds {len(found)} of {width} hashes: events from"
                f" {at.number * WIDTH + len(found) + 1} on cannot be compared"
            )
            found += [_NO_LEAF] * (width - len(found))
        for leaf in found:
            if self._whole:
                self.judge.at(self.range)
                self.range.push(leaf)
            yield leaf
        if width and self._whole:
            self.judge.at(self.range)
        if self._whole and width == WIDTH:
            self._close(TileId(1, at.number // WIDTH), perfect_root(tile[:TILE_BYTES]))

    def _close(self, at: TileId, node: bytes) -> None:
        """A tile is full: its root is a hash of the tile above."""
        above = self._open.setdefault(at.level, bytearray())
        above += node
        if len(above) == TILE_BYTES:
            content = bytes(self._open.pop(at.level))
            self._compare(at, self._tree.tiles([at]).get(at, b""), content)
            self._close(TileId(at.level + 1, at.number // WIDTH), perfect_root(content))

    def _compare(self, at: TileId, stored: bytes, made: bytes) -> None:
        if stored[: len(made)] != made:
            self._doubt(f"tile {at.number} of level {at.level} does not follow from those below it")

    def _doubt(self, sentence: str) -> None:
        self._findings.add(Finding(kind="tree", sentence=sentence))


@dataclass(frozen=True, slots=True)
class _Held:
    """A checkpoint, and whether the database keeps it."""

    checkpoint: Checkpoint
    kept: bool

    def __str__(self) -> str:
        where = "of the database" if self.kept else "from elsewhere"
        return f"the checkpoint {where} for {self.checkpoint.size} events"


class _Judge:
    """Holds every checkpoint against the tree when the walk comes to its size."""

    def __init__(self, checkpoints: Checkpoints, evidence: Evidence, findings: Findings) -> None:
        self._keys, self._findings = evidence.keys, findings
        kept = (_Held(each, kept=True) for each in self._kept(checkpoints))
        outside = (_Held(each, kept=False) for each in evidence.outside)
        self._rest = Ahead(merge(kept, outside, key=lambda item: item.checkpoint.size))
        self.kept = self.outside = 0
        self._doubtful = False
        self.differs: int | None = None
        self._agreed: dict[bool, int] = {}

    @property
    def agreed(self) -> int | None:
        """Up to where all agree. Where one from elsewhere does not, those of the database say
        nothing: whoever changed the log may have signed them anew.
        """
        sizes = [size for kept, size in self._agreed.items() if not (kept and self._doubtful)]
        return max(sizes, default=None)

    def at(self, walked: CompactRange) -> None:
        """Judge those of the size that was walked."""
        while (item := self._rest.peek()) is not None and item.checkpoint.size <= walked.size:
            self._rest.take()
            if self._is_signed(item):
                self._compare(item, walked)

    def end(self, size: int) -> None:
        """Whatever is left was signed for more than the tree holds, or could not be judged."""
        while (item := self._rest.take()) is not None:
            if self._is_signed(item) and item.checkpoint.size > size and self.differs is None:
                self._differ(item)
                since = "" if self.agreed is None else f"; up to {self.agreed} all agree"
                self._doubt(f"{item} was signed, and the tree holds {size} now{since}")

    def _differ(self, item: _Held) -> None:
        self.differs, self._doubtful = item.checkpoint.size, not item.kept

    def _is_signed(self, item: _Held) -> bool:
        self.kept += item.kept
        self.outside += not item.kept
        try:
            if self._keys:
                check_signature(item.checkpoint, self._keys)
        except NotProved as reason:
            self._doubt(f"{item}: {reason}")
            return False
        return True

    def _compare(self, item: _Held, walked: CompactRange) -> None:
        size = item.checkpoint.size
        if size < walked.size:
            self._doubt(f"{item} was kept under the name of another size")
        elif item.checkpoint.root == walked.root():
            if self.differs is None:
                self._agreed[item.kept] = size
        elif self.differs is None:
            self._differ(item)
            first = (self.agreed or 0) + 1
            self._doubt(f"{item} has another root: events {first} to {size} are in doubt")

    def _kept(self, checkpoints: Checkpoints) -> Iterator[Checkpoint]:
        size = -1
        while page := checkpoints.after(size, limit=_CHECKPOINTS_AT_ONCE):
            for each in page:
                try:
                    found = read_checkpoint(each.note)
                except NothingToJudge as reason:
                    self._doubt(f"the checkpoint of the database of {each.size} events: {reason}")
                    continue
                if (found.size, found.root) != (each.size, each.root):
                    self._doubt(f"the checkpoint of {each.size} events has a note of another tree")
                    continue
                yield found
            size = page[-1].size

    def _doubt(self, sentence: str) -> None:
        self._findings.add(Finding(kind="checkpoint", sentence=sentence))


def in_order(few: Iterable[Checkpoint], many: Iterable[Checkpoint] = ()) -> Iterable[Checkpoint]:
    """Checkpoints from elsewhere: a few in any order, and many that are in order already."""
    return merge(sorted(few, key=lambda each: each.size), many, key=lambda each: each.size)

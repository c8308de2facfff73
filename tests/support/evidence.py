"""A tree and its checkpoints held in memory."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from typing_extensions import override

from application.log import Log, LogSelection
from application.proofs.checkpointing import signed_note
from application.proofs.ports import Checkpoints, KeptCheckpoint, Tree, TreeHead
from application.proofs.sealing import leaf_of
from application.proofs.tiles import TileId, Tiles, grown, root_of
from application.proofs.verifying import ED25519, VerifierKey, checkpoint_text

NAME = "ledger.example/log"
NOON = datetime(2026, 3, 2, 18, tzinfo=UTC)
PRIVATE = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
KEY = VerifierKey(NAME, ED25519, PRIVATE.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw))


def signed(size: int, root: bytes) -> str:
    """The note of a checkpoint."""
    text = checkpoint_text(NAME, size, root)
    return signed_note(text, KEY, PRIVATE.sign(text.encode()))


@dataclass
class MemoryTree(Tree):
    """The tree over a log, as it was when it was made."""

    size: int
    stored: dict[TileId, bytes]

    @classmethod
    def over(cls, log: Log) -> "MemoryTree":
        leaves = [leaf_of(each) for each in log.stream(LogSelection())]
        return cls(len(leaves), grown(0, {}, leaves))

    @override
    def head(self) -> TreeHead:
        return TreeHead(self.size, self.root_at(self.size))

    @override
    def tiles(self, wanted: Iterable[TileId]) -> Tiles:
        return {each: self.stored[each] for each in wanted if each in self.stored}

    def root_at(self, size: int) -> bytes:
        return root_of(size, lambda _: self.stored)


@dataclass
class MemoryCheckpoints(Checkpoints):
    """Checkpoints of a tree at some sizes."""

    kept: list[KeptCheckpoint] = field(default_factory=list)

    @classmethod
    def of(cls, tree: MemoryTree, sizes: Iterable[int]) -> "MemoryCheckpoints":
        return cls(
            [
                KeptCheckpoint(
                    size=size,
                    root=tree.root_at(size),
                    note=signed(size, tree.root_at(size)),
                    signed_at=NOON,
                    place=None,
                )
                for size in sorted(set(sizes))
            ]
        )

    @override
    def newest(self) -> KeptCheckpoint | None:
        return self.kept[-1] if self.kept else None

    @override
    def after(self, size: int, *, limit: int) -> Sequence[KeptCheckpoint]:
        return [each for each in self.kept if each.size > size][:limit]

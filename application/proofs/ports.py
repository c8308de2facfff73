"""What tamper evidence needs of the world: a tree, its checkpoints, a key, and a place apart."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from application.proofs.findings import Finding
from application.proofs.tiles import TileId, Tiles
from application.proofs.verifying import VerifierKey


@dataclass(frozen=True, slots=True)
class TreeHead:
    """How many leaves the tree has, and its root."""

    size: int
    root: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptCheckpoint:
    """A signed checkpoint as the database keeps it. `place` is where its copy is, once it is."""

    size: int
    root: bytes
    note: str
    signed_at: datetime
    place: str | None


class Tree(Protocol):
    """The tree as it is kept beside the log."""

    def head(self) -> TreeHead:
        """Its size and root."""

    def tiles(self, wanted: Iterable[TileId]) -> Tiles:
        """Those of these tiles that there are, as wide as they are now."""


class GrowingTree(Tree, Protocol):
    """The tree, for the one who lets it grow."""

    def grow(self, *, at: int, tiles: Tiles, head: TreeHead) -> bool:
        """Put tiles and the new head in one step; false, and nothing done, if it grew meanwhile."""


class Checkpoints(Protocol):
    """Signed checkpoints in the database."""

    def newest(self) -> KeptCheckpoint | None:
        """The one of the largest size."""

    def after(self, size: int, *, limit: int) -> Sequence[KeptCheckpoint]:
        """Those of larger sizes, smallest first."""


class KeptCheckpoints(Checkpoints, Protocol):
    """Signed checkpoints, for the one who keeps them."""

    def keep(self, *, size: int, root: bytes, note: str) -> bool:
        """Keep a new one; false, and nothing done, if there is one of this size."""

    def undelivered(self, *, limit: int) -> Sequence[KeptCheckpoint]:
        """Those without a copy elsewhere, smallest first."""

    def delivered(self, size: int, *, place: str) -> None:
        """Note where the copy of one is."""


class Signer(Protocol):
    """The key of the log. Refuses with SigningKeyRefused or SigningUnavailable."""

    def verifier_key(self) -> VerifierKey:
        """Its public half, under the name of the log."""

    def sign(self, text: bytes) -> bytes:
        """The signature of a text."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Round:
    """Where the continuous verification is: `nodes` are those of the tree up to `position`.

    Up to `sound_size` all was sound when it was last compared. `step` is for whoever goes on.
    """

    step: int
    size: int
    root: bytes | None
    position: int
    nodes: Sequence[bytes]
    is_over: bool
    is_due: bool
    sound_size: int
    sound_root: bytes | None


class Rounds(Protocol):
    """Keeps the round. Each of them does nothing, and is false, where another went on meanwhile."""

    def current(self, *, rest: timedelta) -> Round:
        """As it is. Another is due when the last one came through that long ago, or something was
        found.
        """

    def begin(self, now: Round, *, size: int, root: bytes) -> bool:
        """A round from the first event on."""

    def extend(self, now: Round, *, size: int, root: bytes) -> bool:
        """Go on with what is over, to a larger size."""

    def advance(self, now: Round, *, position: int, nodes: Sequence[bytes]) -> bool:
        """All up to a position is sound; what was found there before is no more."""

    def finish(self, now: Round) -> bool:
        """All of it is sound."""

    def doubt(self, now: Round, finding: Finding, *, again: bool = False) -> bool:
        """Something is not; with `again` all is to be compared from the first event on."""


class CheckpointVault(Protocol):
    """A place for copies that whoever owns the database cannot change.

    Refuses with CheckpointStoreRefused or CheckpointStoreUnavailable.
    """

    def put(self, *, size: int, note: str) -> str:
        """Keep a copy and say where. The same again does nothing.

        Refuses with CheckpointContradicted where another of this size is kept.
        """

    def copies(self) -> Iterator[str]:
        """Every copy, smallest size first."""

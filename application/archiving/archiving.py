"""Archiving: write a partition's events to files, read all back, and only then take it out.

Each step may be cut off and done again: files are put where none is and named by their hash, what
was read back is compared with the rows, and the last step is one transaction.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from application.archiving.errors import ArchiveNotExact
from application.archiving.manifest import (
    LinesPiece,
    Manifest,
    StoredFile,
    StreamPiece,
    folder_of,
    sha256_of,
)
from application.archiving.ports import ArchiveStore, Partition, Partitions, PieceForms
from application.archiving.writing import Writing
from application.exports.lines import line_of
from application.log import RecordedEvent
from application.proofs.ports import Checkpoints, KeptCheckpoint, Tree
from application.proofs.tree import LinesProof, NotProved

SETTLED_SECONDS: Final = 600
"""A partition is left where it is until its last event is so old: an append whose answer was lost
asks the log for its events again, for two minutes at the most."""
EVENTS_PER_PIECE: Final = 10_000
BYTES_PER_PIECE: Final = 16 * 1024 * 1024

Progress = Callable[[int], object]


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What can be archived now, oldest first, and why no more than that."""

    partitions: Sequence[Partition]
    because: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Archived:
    """A partition that is in the archive. `again` says that it was taken out before."""

    partition: Partition
    manifest: Manifest
    manifest_sha256: str
    place: str
    again: bool


class Archivist:
    """Archives partitions, oldest first.

    Refuses with ArchiveUnavailable, ArchiveStoreRefused, ArchiveDamaged, ArchiveNotExact,
    TreeDamaged, PartitionNotArchivable or LedgerUnavailable; what it was at stays in the log then.
    """

    def __init__(
        self,
        partitions: Partitions,
        store: ArchiveStore,
        forms: PieceForms,
        *,
        tree: Tree,
        checkpoints: Checkpoints,
        settled_seconds: int = SETTLED_SECONDS,
        events_per_piece: int = EVENTS_PER_PIECE,
        bytes_per_piece: int = BYTES_PER_PIECE,
    ) -> None:
        self._partitions, self._store, self._forms = partitions, store, forms
        self._tree, self._checkpoints = tree, checkpoints
        self._settled_seconds = settled_seconds
        self._events_per_piece, self._bytes_per_piece = events_per_piece, bytes_per_piece

    def plan(self, *, before: int, head: int) -> Plan:
        """Which partitions lie wholly before a position and can go now."""
        top = self._checkpoints.newest()
        found: list[Partition] = []
        for each in self._partitions.present():
            reason = self._obstacle(each, before=before, head=head, top=top)
            if reason:
                return Plan(partitions=found, because=reason)
            found.append(each)
        return Plan(partitions=found, because="No partition is left after them.")

    def archive(
        self,
        partition: Partition,
        *,
        by: str,
        keeps: bool = False,
        progress: Progress = lambda _: None,
    ) -> Archived:
        """Write, read back, take out. `progress` is told of each event four times: written and
        read, in the order of the log and by stream.
        """
        manifest = self.write(partition, progress)
        text = manifest.text()
        self.read_back(partition, manifest, progress)
        folder = folder_of(partition.first_seq, partition.last_seq)
        place = f"{self._store.place.rstrip('/')}/{folder}"
        done = self._partitions.take_out(partition, text, place=place, by=by, keeps=keeps)
        return Archived(
            partition=partition,
            manifest=manifest,
            manifest_sha256=sha256_of(text.encode()),
            place=place,
            again=not done,
        )

    def write(self, partition: Partition, progress: Progress) -> Manifest:
        """The first step: all files, and the manifest last."""
        top = self._checkpoints.newest()
        assert top is not None, "the plan asks for a checkpoint"
        writing = Writing(self._store, self._forms, partition, top=top, tree=self._tree)
        for piece in self._pieces(self._partitions.by_position(partition), progress):
            writing.add_lines(piece)
        for piece in self._pieces(self._partitions.by_stream(partition), progress):
            writing.add_rows(piece)
        return writing.finish()

    def read_back(self, partition: Partition, manifest: Manifest, progress: Progress) -> None:
        """The second step: every file against the rows, and the lines against the tree."""
        folder = folder_of(partition.first_seq, partition.last_seq)
        for file in (manifest.checkpoint, *manifest.verifier):
            self._get(folder, file)
        nodes = self._get(folder, manifest.hashes).decode().split()
        proof = LinesProof(map(bytes.fromhex, nodes), manifest.tree_size)
        try:
            lines = self._proved_lines(folder, manifest, proof)
            _insist_on_same(self._partitions.by_position(partition), lines, progress)
            root = proof.root().hex()
        except NotProved as fault:
            raise _not_exact(str(fault)) from fault
        if root != manifest.root:
            raise _not_exact("its lines do not lead to the root of the checkpoint")
        rows = (each for piece in manifest.stream_files for each in self._rows_of(folder, piece))
        _insist_on_same(self._partitions.by_stream(partition), rows, progress)

    def _proved_lines(
        self, folder: str, manifest: Manifest, proof: LinesProof
    ) -> Iterator[RecordedEvent]:
        for piece in manifest.line_files:
            for each in self._lines_of(folder, piece):
                proof.add(each.ledger_seq, line_of(each))
                yield each

    def _lines_of(self, folder: str, piece: LinesPiece) -> Sequence[RecordedEvent]:
        traces = self._get(folder, piece.traces) if piece.traces else None
        return self._forms.events_of(self._get(folder, piece.file), traces)

    def _rows_of(self, folder: str, piece: StreamPiece) -> Iterator[RecordedEvent]:
        return self._forms.rows_of(self._get(folder, piece.file))

    def _get(self, folder: str, file: StoredFile) -> bytes:
        content = self._store.get(folder + file.name, file.version)
        if sha256_of(content) != file.sha256:
            raise _not_exact(f"{folder}{file.name} is not what was written there")
        return content

    def _obstacle(
        self, partition: Partition, *, before: int, head: int, top: KeptCheckpoint | None
    ) -> str | None:
        events = f"The partition of events {partition.first_seq:,} to {partition.last_seq:,}"
        if partition.last_seq >= before:
            return f"{events} does not end before {before:,}."
        if partition.last_seq > head:
            return f"{events} is not full: the log holds {head:,}."
        if top is None or top.size < partition.last_seq:
            return f"{events} is not covered by a signed checkpoint yet."
        if not self._partitions.settled(partition, seconds=self._settled_seconds):
            minutes = self._settled_seconds // 60
            return f"{events} was filled less than {minutes} minutes ago."
        return None

    def _pieces(
        self, recorded: Iterator[RecordedEvent], progress: Progress
    ) -> Iterator[Sequence[RecordedEvent]]:
        piece: list[RecordedEvent] = []
        size = 0
        for each in recorded:
            piece.append(each)
            size += len(each.payload)
            progress(1)
            if len(piece) >= self._events_per_piece or size >= self._bytes_per_piece:
                yield piece
                piece, size = [], 0
        if piece:
            yield piece


def _insist_on_same(
    rows: Iterator[RecordedEvent], files: Iterator[RecordedEvent], progress: Progress
) -> None:
    for row in rows:
        if next(files, None) != row:
            raise _not_exact(f"event {row.ledger_seq} reads otherwise in its file")
        progress(1)
    if next(files, None) is not None:
        raise _not_exact("there are more events in its files than in its rows")


def _not_exact(reason: str) -> ArchiveNotExact:
    return ArchiveNotExact(
        f"The files of the partition, read back, are not what the log holds: {reason}. Nothing was"
        " taken out of the database. Run `dynasty log verify`, and archive again."
    )

"""The files of one partition, as they are written."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from types import ModuleType
from typing import Final

from application.archiving import verifying
from application.archiving.manifest import (
    ACTORS_MAX,
    Counts,
    LinesPiece,
    Manifest,
    StoredFile,
    StreamPiece,
    folder_of,
    named,
    sha256_of,
)
from application.archiving.ports import ArchiveStore, Partition, PieceForms
from application.exports.errors import LogNotContiguous
from application.log import RecordedEvent
from application.proofs import tree as proofs_tree
from application.proofs import verifying as proofs_verifying
from application.proofs.errors import TreeDamaged
from application.proofs.ports import KeptCheckpoint, Tree
from application.proofs.tiles import TileMissing, node_of, tiles_of
from application.proofs.tree import covering

VERIFIER: Final[Sequence[tuple[str, ModuleType]]] = (
    ("verify.py", verifying),
    ("verify_proofs.py", proofs_verifying),
    ("verify_tree.py", proofs_tree),
)


class Writing:
    """Puts pieces into the archive and keeps what the manifest says of them.

    Holds no event. What is put again, after it was cut off, is the same under the same name.
    """

    def __init__(
        self,
        store: ArchiveStore,
        forms: PieceForms,
        partition: Partition,
        *,
        top: KeptCheckpoint,
        tree: Tree,
    ) -> None:
        self._store, self._forms, self._partition = store, forms, partition
        self._top, self._tree = top, tree
        self._folder = folder_of(partition.first_seq, partition.last_seq)
        self._lines: list[LinesPiece] = []
        self._rows: list[StreamPiece] = []
        self._types: Counter[tuple[str, int]] = Counter()
        self._next = partition.first_seq

    def add_lines(self, recorded: Sequence[RecordedEvent]) -> None:
        """The next events in the order of the log. Refuses with LogNotContiguous."""
        for expected, each in enumerate(recorded, start=self._next):
            if each.ledger_seq != expected:
                raise _missing(expected)
        first, last = recorded[0], recorded[-1]
        self._next = last.ledger_seq + 1
        self._types.update((each.event_type, each.schema_version) for each in recorded)
        actors = sorted({each.actor for each in recorded})
        traces = self._forms.traces(recorded)
        stem = f"{first.ledger_seq:020d}"
        self._lines.append(
            LinesPiece(
                file=self._put(f"events-{stem}", self._forms.lines(recorded), ".jsonl.gz"),
                traces=self._put(f"traces-{stem}", traces, ".json.gz") if traces else None,
                first_ledger_seq=first.ledger_seq,
                last_ledger_seq=last.ledger_seq,
                first_recorded_at=first.recorded_at,
                last_recorded_at=last.recorded_at,
                event_types=tuple(sorted({each.event_type for each in recorded})),
                actors=tuple(actors) if len(actors) <= ACTORS_MAX else None,
            )
        )

    def add_rows(self, recorded: Sequence[RecordedEvent]) -> None:
        """The next events by stream."""
        stem = f"streams-{len(self._rows) + 1:08d}"
        self._rows.append(
            StreamPiece(
                file=self._put(stem, self._forms.table(recorded), ".parquet"),
                events=len(recorded),
                first_stream_id=recorded[0].stream_id,
                last_stream_id=recorded[-1].stream_id,
            )
        )

    def finish(self) -> Manifest:
        """Put what proves them, and the manifest last.

        Refuses with LogNotContiguous or TreeDamaged.
        """
        if self._next != self._partition.last_seq + 1:
            raise _missing(self._next)
        note = self._top.note.encode()
        checkpoint = self._put("checkpoint", note, ".txt")
        hashes = self._put("hashes", self._hashes(), ".txt")
        pieces = [*(each.file for each in self._lines), *(each.file for each in self._rows)]
        manifest = Manifest(
            first_ledger_seq=self._partition.first_seq,
            last_ledger_seq=self._partition.last_seq,
            events=self._partition.events,
            bytes=sum(each.bytes for each in pieces),
            event_types=self._counts(),
            tree_size=self._top.size,
            root=self._top.root.hex(),
            checkpoint=checkpoint,
            hashes=hashes,
            line_files=tuple(self._lines),
            stream_files=tuple(self._rows),
            verifier=self._verifier(),
        )
        self._put("manifest", manifest.text().encode(), ".json")
        return manifest

    def _put(self, stem: str, content: bytes, suffix: str) -> StoredFile:
        return self._put_as(named(stem, content, suffix), content)

    def _put_as(self, name: str, content: bytes) -> StoredFile:
        version = self._store.put(self._folder + name, content)
        return StoredFile(name=name, bytes=len(content), sha256=sha256_of(content), version=version)

    def _hashes(self) -> bytes:
        """One hash for each complete subtree before and after the partition, in order."""
        nodes = [
            *covering(0, self._partition.first_seq - 1),
            *covering(self._partition.last_seq, self._top.size),
        ]
        try:
            tiles = self._tree.tiles(tiles_of(nodes))
            return b"".join(f"{node_of(tiles, *each).hex()}\n".encode() for each in nodes)
        except TileMissing as fault:
            raise TreeDamaged(
                f"The events of the partition cannot be proved: {fault}. Run `dynasty log verify`."
            ) from fault

    def _verifier(self) -> tuple[StoredFile, ...]:
        """The verifier and what it imports, in a folder named by what they are."""
        contents = [(name, Path(str(each.__file__)).read_bytes()) for name, each in VERIFIER]
        folder = f"verifier-{sha256_of(b''.join(content for _, content in contents))[:16]}"
        return tuple(self._put_as(f"{folder}/{name}", content) for name, content in contents)

    def _counts(self) -> Counts:
        counts: Counts = {}
        for (event_type, version), count in sorted(self._types.items()):
            counts.setdefault(event_type, {})[str(version)] = count
        return counts


def _missing(ledger_seq: int) -> LogNotContiguous:
    return LogNotContiguous(
        f"The log has no event with the number {ledger_seq}, though its partition is full. Somebody"
        " took it out of the database: nothing is archived. Run `dynasty log verify`.",
        ledger_seq=ledger_seq,
    )

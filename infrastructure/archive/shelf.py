"""What a process has at hand of the archive: the way to it, and the pieces that were read last."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Iterator, Sequence
from functools import cached_property
from threading import Lock
from typing import TYPE_CHECKING, Any, Final, TypeVar
from uuid import UUID

from application.archiving.errors import ArchiveDamaged
from application.archiving.manifest import LinesPiece, StoredFile, StreamPiece, sha256_of
from application.archiving.ports import ArchiveStore
from application.log import RecordedEvent
from infrastructure.archive.forms import events_in, of_stream, read_table, rows_in

if TYPE_CHECKING:
    import pyarrow as pa

T = TypeVar("T")
BYTES_MAX: Final = 128 * 1024 * 1024
_PER_EVENT: Final = 1500
"""What an event takes in memory beside its payload, about, in bytes."""


class Shelf:
    """Shared by all readers of a process. A file is compared with its hash before it is used."""

    def __init__(self, store: Callable[[], ArchiveStore], *, bytes_max: int = BYTES_MAX) -> None:
        self._open = store
        self._bytes_max = bytes_max
        self._held: OrderedDict[str, tuple[Any, int]] = OrderedDict()
        self._bytes = 0
        self._lock = Lock()

    @cached_property
    def store(self) -> ArchiveStore:
        """The place, opened when the first file is asked for. Refuses with ArchiveUnavailable."""
        return self._open()

    def events(self, folder: str, piece: LinesPiece) -> Sequence[RecordedEvent]:
        """The events of a piece, in the order of the log."""

        def make() -> tuple[Sequence[RecordedEvent], int]:
            traces = None if piece.traces is None else self.content(folder, piece.traces)
            found = events_in(self.content(folder, piece.file), traces)
            return found, sum(len(each.payload) + _PER_EVENT for each in found)

        return self.kept(folder + piece.file.name, make)

    def of_stream(
        self, folder: str, piece: StreamPiece, stream_id: UUID
    ) -> Sequence[RecordedEvent]:
        """The events of one stream in a piece, by version."""
        return list(rows_in(of_stream(self._table(folder, piece), stream_id)))

    def rows(self, folder: str, piece: StreamPiece) -> Iterator[RecordedEvent]:
        """All events of a piece, by stream and version."""
        return rows_in(self._table(folder, piece))

    def _table(self, folder: str, piece: StreamPiece) -> pa.Table:
        def make() -> tuple[pa.Table, int]:
            table = read_table(self.content(folder, piece.file))
            return table, table.nbytes

        return self.kept(folder + piece.file.name, make)

    def content(self, folder: str, file: StoredFile) -> bytes:
        """The content of a file. Refuses with ArchiveDamaged when it is not what was put there."""
        found = self.store.get(folder + file.name, file.version)
        sha256 = sha256_of(found)
        if sha256 != file.sha256:
            raise ArchiveDamaged(
                f"The file {folder}{file.name} of the archive was changed: its SHA-256 is {sha256},"
                f" and {file.sha256} was put there. Put it back from a copy.",
                file=folder + file.name,
            )
        return found

    def kept(self, name: str, make: Callable[[], tuple[T, int]]) -> T:
        """What was made under a name, or is made now. What was used least goes first."""
        with self._lock:
            if name in self._held:
                self._held.move_to_end(name)
                found: T = self._held[name][0]
                return found
        made, size = make()
        with self._lock:
            if name not in self._held:
                self._held[name] = made, size
                self._bytes += size
            while self._bytes > self._bytes_max and len(self._held) > 1:
                self._bytes -= self._held.popitem(last=False)[1][1]
        return made

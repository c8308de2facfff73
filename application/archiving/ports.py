"""What archiving needs of the world: a place for files, and the partitions of the log."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Protocol

from application.log import RecordedEvent


@dataclass(frozen=True, slots=True, kw_only=True)
class ArchiveOptions:
    """Where old events are: a bucket, or else a directory. Neither: nowhere."""

    bucket: str | None
    prefix: str
    directory: Path | None
    retention: timedelta | None
    cache_bytes: int


class ArchiveStore(Protocol):
    """A place for files that are never changed. Names are relative and have `/` in them.

    Refuses with ArchiveUnavailable or ArchiveStoreRefused.
    """

    @property
    def place(self) -> str:
        """Where it is, for people."""

    def put(self, name: str, content: bytes) -> str | None:
        """Put a file where none is; which version of it that is, where the place has versions.

        A file that is there already is left as it is: its name holds its hash, and it is read back.
        """

    def get(self, name: str, version: str | None = None) -> bytes:
        """The content of a file. Refuses with ArchiveDamaged when there is none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Partition:
    """A partition of the log in the database: the table, and the positions that it has room for."""

    table: str
    first_seq: int
    last_seq: int

    @property
    def events(self) -> int:
        """How many events fill it."""
        return self.last_seq - self.first_seq + 1


@dataclass(frozen=True, slots=True, kw_only=True)
class ArchivedPartition:
    """A partition that was archived. `kept` is the table that was left beside the log, if any."""

    first_seq: int
    last_seq: int
    first_recorded_at: datetime
    last_recorded_at: datetime
    tree_size: int
    place: str
    manifest_sha256: str
    kept: str | None
    archived_by: str
    archived_at: datetime


class Partitions(Protocol):
    """The partitions of the log, for the one who archives them."""

    def present(self) -> Sequence[Partition]:
        """Those in the database, oldest first."""

    def archived(self) -> Sequence[ArchivedPartition]:
        """Those in the archive, oldest first."""

    def by_position(self, partition: Partition) -> Iterator[RecordedEvent]:
        """Its rows in the order of the log, read in pieces."""

    def by_stream(self, partition: Partition) -> Iterator[RecordedEvent]:
        """Its rows by stream and version, read in pieces."""

    def settled(self, partition: Partition, *, seconds: int) -> bool:
        """Whether its last event was recorded at least so long ago."""

    def take_out(
        self, partition: Partition, manifest: str, *, place: str, by: str, keeps: bool
    ) -> bool:
        """Write down where its events are, and take it out of the log, in one transaction.

        False when that was done before. Refuses with PartitionNotArchivable or LedgerUnavailable.
        """


class PieceForms(Protocol):
    """How rows become files, and files rows."""

    def lines(self, recorded: Sequence[RecordedEvent]) -> bytes:
        """The exported lines of some events, compressed."""

    def traces(self, recorded: Sequence[RecordedEvent]) -> bytes | None:
        """The trace of each event that has one; None when none has."""

    def table(self, recorded: Sequence[RecordedEvent]) -> bytes:
        """Events as Parquet."""

    def events_of(self, lines: bytes, traces: bytes | None) -> Sequence[RecordedEvent]:
        """The events of a file of lines."""

    def rows_of(self, table: bytes) -> Iterator[RecordedEvent]:
        """The events of a file of Parquet."""

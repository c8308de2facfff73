"""The manifest of an archived partition: its files, what is in each, and what each hashes to."""

from __future__ import annotations

import hashlib
from datetime import datetime
from typing import Final, TypeAlias
from uuid import UUID

import msgspec

FORMAT: Final = "dynasty-ledger-archive"
FORMAT_VERSION: Final = 1
ACTORS_MAX: Final = 50
"""More actors than these are not listed for a file: any may be in it."""

Counts: TypeAlias = dict[str, dict[str, int]]


class StoredFile(msgspec.Struct, frozen=True, kw_only=True):
    """A file in the archive. `version` is the place's own name for what was put under `name`."""

    name: str
    bytes: int
    sha256: str
    version: str | None = None


class LinesPiece(msgspec.Struct, frozen=True, kw_only=True):
    """Some events in the order of the log, as exported lines.

    `traces` holds their trace contexts, which are no evidence and stand in no line. `actors` is
    None where there are too many to say.
    """

    file: StoredFile
    traces: StoredFile | None
    first_ledger_seq: int
    last_ledger_seq: int
    first_recorded_at: datetime
    last_recorded_at: datetime
    event_types: tuple[str, ...]
    actors: tuple[str, ...] | None


class StreamPiece(msgspec.Struct, frozen=True, kw_only=True):
    """Some events by stream and version, as Parquet. Bounds are inclusive."""

    file: StoredFile
    events: int
    first_stream_id: UUID
    last_stream_id: UUID


class Manifest(msgspec.Struct, frozen=True, kw_only=True):
    """All that is said of an archived partition.

    `root` is that of the checkpoint, in hex; the lines and the hashes lead to it.
    """

    format: str = FORMAT
    format_version: int = FORMAT_VERSION
    first_ledger_seq: int
    last_ledger_seq: int
    events: int
    bytes: int
    event_types: Counts
    tree_size: int
    root: str
    checkpoint: StoredFile
    hashes: StoredFile
    line_files: tuple[LinesPiece, ...]
    stream_files: tuple[StreamPiece, ...]
    verifier: tuple[StoredFile, ...]

    def files(self) -> tuple[StoredFile, ...]:
        """Every file that it lists."""
        traces = (each.traces for each in self.line_files if each.traces)
        return (
            self.checkpoint,
            self.hashes,
            *(each.file for each in self.line_files),
            *traces,
            *(each.file for each in self.stream_files),
            *self.verifier,
        )

    def text(self) -> str:
        """The canonical JSON of it."""
        return msgspec.json.encode(self, order="sorted").decode()


def read_manifest(text: str) -> Manifest:
    """The manifest that a text is. Raises msgspec.MsgspecError for anything else."""
    found = msgspec.json.decode(text, type=Manifest)
    if (found.format, found.format_version) != (FORMAT, FORMAT_VERSION):
        raise msgspec.ValidationError(f"it is not of the form {FORMAT} {FORMAT_VERSION}")
    return found


def sha256_of(content: bytes) -> str:
    """The hex SHA-256 of a content."""
    return hashlib.sha256(content).hexdigest()


def named(stem: str, content: bytes, suffix: str) -> str:
    """A name that holds the hash of the content, so that no two contents share one."""
    return f"{stem}-{sha256_of(content)[:16]}{suffix}"


def folder_of(first_seq: int, last_seq: int) -> str:
    """The folder of a partition's files; sorted by name they stand in the order of the log."""
    return f"{first_seq:020d}-{last_seq:020d}/"

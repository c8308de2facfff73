"""A directory in the making: beside its place until it is whole, then moved there in one step."""

from __future__ import annotations

import hashlib
import os
import secrets
import shutil
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

from application.exports.errors import ExportExists, ExportNotWritten


class HashedFile:
    """A new file that knows its size and SHA-256 while it grows."""

    def __init__(self, path: Path, name: str) -> None:
        self._name = name
        self._bytes = 0
        self._hash = hashlib.sha256()
        self._file = path.open("xb")

    def write(self, content: bytes) -> None:
        """Append."""
        self._file.write(content)
        self._hash.update(content)
        self._bytes += len(content)

    def close(self) -> dict[str, Any]:
        """Put it on the disk for good; what the manifest says of it."""
        self._file.flush()
        os.fsync(self._file.fileno())
        self._file.close()
        return {"name": self._name, "bytes": self._bytes, "sha256": self._hash.hexdigest()}

    def abandon(self) -> None:
        """Let go of it, finished or not."""
        self._file.close()


class Draft:
    """The files of a directory that is not there yet."""

    def __init__(self, directory: Path, files: ExitStack) -> None:
        self._directory = directory
        self._files = files

    def create(self, name: str) -> HashedFile:
        """A new file; `name` may lie in a folder, as in `schemas/account.opened.v1.json`."""
        path = self._directory / name
        path.parent.mkdir(exist_ok=True)
        file = HashedFile(path, name)
        self._files.callback(file.abandon)
        return file

    def put(self, name: str, content: bytes) -> dict[str, Any]:
        """A whole file at once; what the manifest says of it."""
        file = self.create(name)
        file.write(content)
        return file.close()


@contextmanager
def drafted(directory: Path) -> Iterator[Draft]:
    """A draft that becomes the directory when the block ends well, and is gone when it does not.

    Killed in between, what stays is a hidden folder beside the directory, named as partial.
    Refuses with ExportExists or ExportNotWritten.
    """
    place = directory.resolve()
    partial = place.with_name(f".{place.name}.partial-{secrets.token_hex(4)}")
    try:
        _refuse_unless_free(place)
        partial.mkdir(mode=0o700, parents=True)
        with ExitStack() as files:
            yield Draft(partial, files)
        _refuse_unless_free(place)
        partial.rename(place)
        _settle(place.parent)
    except OSError as fault:
        raise ExportNotWritten(
            f"The export could not be written to {directory}: {fault.strerror or fault}. Nothing is"
            " left of it; see to the disk and start again.",
            directory=str(directory),
        ) from fault
    finally:
        shutil.rmtree(partial, ignore_errors=True)


def _refuse_unless_free(place: Path) -> None:
    if place.is_dir() and not any(place.iterdir()):
        return
    if place.exists():
        raise ExportExists(
            f"{place} is there and not an empty directory. Name a new one: an export is never"
            " written over anything.",
            directory=str(place),
        )


def _settle(parent: Path) -> None:
    """Make the new name survive a power cut."""
    handle = os.open(parent, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)

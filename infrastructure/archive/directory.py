"""The archive as a directory: for one machine, where nothing else is configured."""

from __future__ import annotations

import os
import secrets
from pathlib import Path

from typing_extensions import override

from application.archiving.errors import ArchiveDamaged, ArchiveStoreRefused, ArchiveUnavailable
from application.archiving.ports import ArchiveStore


class DirectoryStore(ArchiveStore):
    """The `ArchiveStore` port. Nothing here keeps whoever owns the machine from changing a file:
    that is found by its hash, and not prevented.
    """

    def __init__(self, root: Path) -> None:
        self._root = root

    @property
    @override
    def place(self) -> str:
        return self._root.resolve().as_uri()

    @override
    def put(self, name: str, content: bytes) -> str | None:
        path = self._root / name
        try:
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            if path.exists() and path.read_bytes() == content:
                return None
            # Under its name it is whole or not there at all, whenever this process is killed.
            draft = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
            try:
                with draft.open("xb") as file:
                    file.write(content)
                    file.flush()
                    os.fsync(file.fileno())
                draft.replace(path)
            finally:
                draft.unlink(missing_ok=True)
            _settle(path.parent)
        except OSError as fault:
            raise ArchiveStoreRefused(
                f"The archive in {self._root} does not take {name}: {fault.strerror or fault}. See"
                " to the disk, or name another place.",
                place=self.place,
            ) from fault
        return None

    @override
    def get(self, name: str, version: str | None = None) -> bytes:
        try:
            return (self._root / name).read_bytes()
        except FileNotFoundError as fault:
            if not self._root.is_dir():
                raise ArchiveUnavailable(
                    f"Old events lie in an archive, and there is none in {self._root}. Set"
                    " DYNASTY_DATA_DIR to where it is, or DYNASTY_ARCHIVE_BUCKET.",
                    place=self.place,
                ) from fault
            raise ArchiveDamaged(
                f"The archive has lost {name}, which lay in {self._root}. Put it back from a copy:"
                " its name and its hash are in the manifest.",
                file=name,
            ) from fault
        except OSError as fault:
            raise ArchiveUnavailable(
                f"The archive in {self._root} cannot be read: {fault.strerror or fault}.",
                place=self.place,
            ) from fault


def _settle(folder: Path) -> None:
    """Make new names survive a power cut."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)

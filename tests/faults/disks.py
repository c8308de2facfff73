"""Small disks that can be filled to the last byte: mounts in memory, which root may make."""

from __future__ import annotations

import errno
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

BALLAST: Final = "ballast"
PIECE: Final = 1 << 26
"""Bytes taken at a time; half as many when there are not so many left."""


class SmallDisk:
    """A mounted directory of a limited size."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory

    def fill(self) -> None:
        """Take all the room there is."""
        with (self.directory / BALLAST).open("ab", buffering=0) as file:
            piece = PIECE
            while piece:
                try:
                    os.posix_fallocate(file.fileno(), file.seek(0, os.SEEK_END), piece)
                except OSError as fault:
                    if fault.errno != errno.ENOSPC:
                        raise
                    piece //= 2

    @property
    def free(self) -> int:
        """Bytes that there is room for."""
        return shutil.disk_usage(self.directory).free

    def clear(self) -> None:
        """Give the room back."""
        (self.directory / BALLAST).unlink(missing_ok=True)


def why_not() -> str | None:
    """Why no small disk can be made here; None where it can."""
    if sys.platform != "linux" or os.geteuid() != 0:
        return "a disk that is full needs a mount of its own, which only root on Linux may make"
    return None


@contextmanager
def small_disk(directory: Path, *, megabytes: int) -> Iterator[SmallDisk | None]:
    """A disk for as long as the block; None where the system does not let us."""
    directory.mkdir()
    if why_not() or not _mounted(directory, megabytes):
        yield None
        return
    try:
        yield SmallDisk(directory)
    finally:
        # Whoever still holds a file there does not hold up the end.
        subprocess.run(["umount", "--lazy", directory], check=True)


def _mounted(directory: Path, megabytes: int) -> bool:
    options = f"size={megabytes}m,mode=0711"
    mount = ["mount", "-t", "tmpfs", "-o", options, "tmpfs", str(directory)]
    return subprocess.run(mount, check=False, capture_output=True).returncode == 0

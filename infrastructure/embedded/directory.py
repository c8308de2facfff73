"""The data directory: one owner at a time, whatever became of the last one."""

import fcntl
import json
import os
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from infrastructure.embedded.errors import DataDirectoryInUse

GRACE_SECONDS = 2
"""How long to wait for a directory whose owner lives: it may be about to let go."""

STOPPING_SECONDS = 60
"""How long to wait when the owner is dead and its servers are still stopping."""


@contextmanager
def held(directory: Path) -> Iterator[int]:
    """Hold the directory; yields the descriptor of its lock, for the servers to hold as well.

    The lock is free only when every process that inherited it has ended: who gets it knows that no
    server writes to this directory.
    """
    lock = os.open(directory / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        _acquire(lock, directory)
        _announcement(directory).unlink(missing_ok=True)
        os.truncate(lock, 0)
        os.pwrite(lock, str(os.getpid()).encode(), 0)
        yield lock
    finally:
        os.close(lock)


@contextmanager
def announcing(directory: Path, where: Mapping[str, str]) -> Iterator[None]:
    """Let neighbours find the servers of this directory for the length of the block."""
    announcement = _announcement(directory)
    draft = announcement.with_suffix(".new")
    draft.touch(mode=0o600)
    draft.write_text(json.dumps(dict(where)))
    draft.replace(announcement)
    try:
        yield
    finally:
        announcement.unlink(missing_ok=True)


def announced_by_owner(directory: Path) -> dict[str, str] | None:
    """Where the owner's servers answer; None when nobody holds the directory or none answer yet.

    An owner that was killed leaves its announcement, and its servers the lock until they end.
    """
    try:
        lock = os.open(directory / "lock", os.O_RDWR | os.O_CLOEXEC)
    except FileNotFoundError:
        return None
    try:
        fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        if not _lives(_owner(lock)):
            return None
        try:
            found: dict[str, str] = json.loads(_announcement(directory).read_text())
        except FileNotFoundError:
            return None
        return found
    finally:
        os.close(lock)
    return None


def _announcement(directory: Path) -> Path:
    return directory / "servers.json"


def _acquire(lock: int, directory: Path) -> None:
    asked_at = time.monotonic()
    while True:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            owner = _owner(lock)
            patience = GRACE_SECONDS if _lives(owner) else STOPPING_SECONDS
            if time.monotonic() - asked_at > patience:
                raise DataDirectoryInUse(
                    f"The data directory {directory} is in use by process {owner}. Stop that"
                    " process, or choose another directory with DYNASTY_DATA_DIR.",
                    directory=str(directory),
                    process=owner,
                ) from None
            time.sleep(0.05)
        else:
            return


def _owner(lock: int) -> int:
    """The process that wrote its number into the lock; 0 while it is writing."""
    return int(os.pread(lock, 20, 0) or b"0")


def _lives(process: int) -> bool:
    if process == 0:
        return True
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        pass
    return True

"""One program for the guardian to run, and the user it runs as."""

import importlib.util
import os
import pwd
import stat
from dataclasses import dataclass
from pathlib import Path

from infrastructure.embedded.errors import EmbeddedServerFailed


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """The system user that a program runs as when the asking process is root."""

    uid: int
    gid: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Program:
    """A command, its log file, and the signals that stop it, the polite one first.

    `account` is None where the program runs as whoever asks for it. `walks_through` lets it pass
    directories that are closed to that account.
    """

    argv: tuple[str, ...]
    log: Path
    stop: tuple[int, ...]
    account: Account | None = None
    walks_through: bool = False


def account_for(directory: Path) -> Account | None:
    """Whom PostgreSQL may run as: never root, so as the owner of its directory or as nobody."""
    if os.geteuid() != 0:
        return None
    if directory.exists() and (found := directory.stat()).st_uid != 0:
        return Account(uid=found.st_uid, gid=found.st_gid)
    nobody = pwd.getpwnam("nobody")
    return Account(uid=nobody.pw_uid, gid=nobody.pw_gid)


def is_open_to_all(path: Path) -> bool:
    """Whether any user may walk down to this path."""
    return all(parent.stat().st_mode & stat.S_IXOTH for parent in path.resolve().parents)


def file_of_wheel(package: str, *parts: str) -> Path:
    """A file inside an installed package, found without running any of the package's code."""
    spec = importlib.util.find_spec(package)
    if spec is not None and spec.origin is not None:
        found = Path(spec.origin).parent.joinpath(*parts)
        if found.is_file():
            return found
    raise EmbeddedServerFailed(
        f"The wheel {package} with its {parts[-1]} is not installed for this platform. Install the"
        " locked dependencies, or set DATABASE_URL and REDIS_URL to servers of your own.",
        package=package,
    )

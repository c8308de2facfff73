"""Processes as the kernel tells of them, and a Python process that runs the servers."""

import json
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from infrastructure.embedded.servers import Servers

Identity = tuple[int, str]
"""A process id with its start time, so that a reused id is not taken for the old process."""

PATIENCE_SECONDS = 60

# A hang-up is ignored below `nohup`, and whatever is started there inherits that.
_SCRIPT = """
import json, signal, sys
from pathlib import Path
signal.signal(signal.SIGHUP, signal.SIG_DFL)
from infrastructure.embedded.servers import embedded_servers
with embedded_servers(Path(sys.argv[1]) if len(sys.argv) > 1 else None) as servers:
    print(json.dumps([servers.database_url, servers.redis_url]), flush=True)
    sys.stdin.read()
"""


@dataclass(frozen=True, slots=True)
class Runner:
    """A process that runs the servers until its standard input ends."""

    process: "subprocess.Popen[str]"
    servers: Servers

    @property
    def runtime_directory(self) -> Path:
        """Where the sockets are."""
        return Path(self.servers.redis_url.removeprefix("unix://")).parent


@contextmanager
def running(data_dir: Path | None = None) -> Iterator[Runner]:
    """Another Python process that runs the servers; killed at the end of the block."""
    command = [sys.executable, "-c", _SCRIPT, *([] if data_dir is None else [str(data_dir)])]
    with subprocess.Popen(
        command,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=Path(__file__).parents[3],
        start_new_session=True,
    ) as process:
        try:
            assert process.stdout is not None
            yield Runner(process, Servers(*json.loads(process.stdout.readline())))
        finally:
            process.kill()


def descendants(process: int) -> set[Identity]:
    """Every process below this one."""
    children: dict[int, list[Identity]] = {}
    for found, fields in _table():
        children.setdefault(int(fields[1]), []).append((found, fields[19]))
    below: set[Identity] = set()
    unseen = [process]
    while unseen:
        new = children.get(unseen.pop(), [])
        below.update(new)
        unseen.extend(child for child, _ in new)
    return below


def guardian_of(process: int) -> int:
    """The one child that watches over the servers."""
    return next(child for child, fields in _table() if int(fields[1]) == process)


def wait_until_gone(processes: set[Identity]) -> set[Identity]:
    """Wait for these processes to end; the ones that do not."""
    assert processes
    deadline = time.monotonic() + PATIENCE_SECONDS
    while (left := processes & _alive()) and time.monotonic() < deadline:
        time.sleep(0.05)
    return left


def wait_until_removed(directory: Path) -> bool:
    """Wait for the directory to disappear."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while directory.exists() and time.monotonic() < deadline:
        time.sleep(0.05)
    return not directory.exists()


def _alive() -> set[Identity]:
    return {(found, fields[19]) for found, fields in _table() if fields[0] != "Z"}


def _table() -> Iterator[tuple[int, list[str]]]:
    """Each process and its `stat` from the state on: field 1 is the parent, 19 the start."""
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                text = (entry / "stat").read_text()
            except (FileNotFoundError, ProcessLookupError):
                continue
            yield int(entry.name), text.rpartition(")")[2].split()

"""The `dynasty` command in processes of its own, as somebody types it."""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from signal import SIGKILL
from tempfile import TemporaryFile
from typing import IO, Final

import httpx
from pydantic import SecretStr

from tests.integration.embedded.processes import Identity, descendants, wait_until_gone
from tests.support.tokens import bearer

DYNASTY: Final = str(Path(sys.executable).with_name("dynasty"))
PATIENCE_SECONDS: Final = 60
_ANNOUNCED: Final = re.compile(r"Listening on (http://\S+)")
_RUNTIME: Final = re.compile(rb"/tmp/df-\w+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Server:
    """`dynasty serve` that listens; `below` are the processes it started."""

    process: "subprocess.Popen[str]"
    url: str
    directory: Path
    variables: Mapping[str, str]
    below: set[Identity]

    @property
    def lives(self) -> bool:
        return self.process.poll() is None

    def client(self, role: str, *traders: str) -> httpx.Client:
        """A caller with a token of this server's secret; its subject is `test`."""
        kept = self.directory / ".dynasty" / "jwt_secret"
        secret = self.variables.get("DYNASTY_JWT_SECRET") or kept.read_text()
        headers = bearer(SecretStr(secret), role=role, traders=traders)
        return httpx.Client(base_url=self.url, headers=headers, timeout=PATIENCE_SECONDS)

    def stop(self, signal: int) -> int:
        """Ask it to end, and wait for that; its exit status."""
        self.process.send_signal(signal)
        return self.process.wait(PATIENCE_SECONDS)

    def kill(self, *, with_servers: bool = False) -> None:
        """End it at once, and PostgreSQL and Redis with it or not."""
        below = descendants(self.process.pid) if with_servers else set()
        self.process.kill()
        for process, _ in below:
            with suppress(ProcessLookupError):
                os.kill(process, SIGKILL)


@contextmanager
def serving(directory: Path, *options: str, **variables: str) -> Iterator[Server]:
    """`dynasty serve` on a free port for the length of the block; nothing is left of it after."""
    with TemporaryFile("w+") as complaints, _serve(directory, options, variables, complaints) as it:
        try:
            url = _announced(it)
            if url is None:
                complaints.seek(0)
                raise AssertionError(f"serve did not start: {complaints.read()}")
            below = descendants(it.pid)
            runtime = runtime_directories(below)
            yield Server(process=it, url=url, directory=directory, variables=variables, below=below)
        finally:
            it.kill()
        assert not below or wait_until_gone(below) == set()
        for each in runtime:
            # Only whoever kills the guardian, too, leaves it to somebody else.
            shutil.rmtree(each, ignore_errors=True)


def dynasty(
    *arguments: str, directory: Path, **variables: str
) -> "subprocess.CompletedProcess[str]":
    """Run a command to its end, with nothing in its environment but PATH and these variables."""
    return subprocess.run(
        [DYNASTY, *arguments],
        cwd=directory,
        env=_environment(variables),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
        timeout=PATIENCE_SECONDS,
    )


def runtime_directories(processes: set[Identity]) -> set[Path]:
    """The directories of sockets that the command lines of these processes name."""
    found: set[Path] = set()
    for process, _ in processes:
        with suppress(FileNotFoundError, ProcessLookupError):
            command_line = Path(f"/proc/{process}/cmdline").read_bytes()
            found |= {Path(os.fsdecode(each)) for each in _RUNTIME.findall(command_line)}
    return found


def _serve(
    directory: Path, options: tuple[str, ...], variables: Mapping[str, str], complaints: IO[str]
) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [DYNASTY, "serve", "--port", "0", *options],
        cwd=directory,
        env=_environment(variables),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=complaints,
        text=True,
    )


def _announced(process: "subprocess.Popen[str]") -> str | None:
    assert process.stdout is not None
    for line in process.stdout:
        if found := _ANNOUNCED.search(line):
            return found[1]
    return None


def _environment(variables: Mapping[str, str]) -> Mapping[str, str]:
    return {"PATH": os.environ["PATH"], **variables}

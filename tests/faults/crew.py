"""The processes at work: writers and daemons, started anew whenever they end."""

from __future__ import annotations

import os
import subprocess
import sys
from collections import Counter
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from signal import SIGCONT, SIGKILL, SIGSTOP, SIGTERM
from time import monotonic, sleep
from typing import Final, Literal, TypeAlias

from interfaces.bootstrap.starting import new_log_key
from tests.support.processes import DYNASTY

Combining: TypeAlias = Literal["on", "off", "mixed"]

WRITERS: Final = 2
DAEMONS: Final = 2
THREADS: Final = 6
CONNECTIONS: Final = 3
"""Fewer than threads: an append that goes alone waits for one, too."""

ROOT: Final = Path(__file__).parents[2]
PATIENCE_SECONDS: Final = 60
CHECKPOINT_EVENTS: Final = 200
DIFFERS: Final = "differ"
"""What a rebuild says when live rows are not what it has built."""

AT_WORK: Final = "is at work"
"""What a daemon says once it has begun."""

REBUILDS_MAX: Final = 5

LEASE_SECONDS: Final = 2
"""Shorter than most pauses of a daemon: the others take its work, and it wakes up too late."""


@dataclass
class Crew:
    """Who works on a database; `database_url` leads through the proxy."""

    directory: Path
    database_url: str
    redis_url: str
    platform_url: str
    seed: int
    combining: Combining
    writers: list[subprocess.Popen[bytes]] = field(default_factory=list)
    daemons: list[subprocess.Popen[bytes]] = field(default_factory=list)
    builders: list[subprocess.Popen[bytes]] = field(default_factory=list)
    ended: list[str] = field(default_factory=list)
    could_not_begin: int = 0
    rebuilds: Counter[str] = field(default_factory=Counter)
    _numbers: count[int] = field(default_factory=lambda: count(1))
    _logs: count[int] = field(default_factory=lambda: count(1))
    _log_of: dict[int, Path] = field(default_factory=dict)

    def begin(self) -> None:
        """Start all of them."""
        self.journals.mkdir()
        new_log_key(self.key_file, name="faults")
        self.writers = [self._writer(place) for place in range(WRITERS)]
        self.daemons = [self._daemon() for _ in range(DAEMONS)]

    def wait_until_at_work(self) -> None:
        """Until each writer has noted something: nothing that strikes before them says anything."""
        give_up_at = monotonic() + PATIENCE_SECONDS
        while len(list(self.journals.iterdir())) < WRITERS * THREADS:
            assert monotonic() < give_up_at, "the writers did not begin"
            sleep(0.02)

    @property
    def journals(self) -> Path:
        """Where the writers note what they do."""
        return self.directory / "journals"

    @property
    def key_file(self) -> Path:
        """What signs the checkpoints."""
        return self.directory / "log.key"

    def tend(self) -> None:
        """Start another for each that has ended; who ended unasked at work is noted."""
        for place, writer in enumerate(self.writers):
            if writer.poll() is not None:
                self._note("a writer", writer)
                self.writers[place] = self._writer(place)
        for place, daemon in enumerate(self.daemons):
            if daemon.poll() is not None:
                self._note("a daemon", daemon)
                self.daemons[place] = self._daemon()

    def kill_writer(self, target: int) -> None:
        """SIGKILL for one."""
        self.writers[target % len(self.writers)].kill()

    def kill_daemon(self, target: int) -> None:
        """SIGKILL for one, paused or not."""
        self.daemons[target % len(self.daemons)].kill()

    def pause_daemon(self, target: int) -> subprocess.Popen[bytes]:
        """Let one stand still, with all that it holds."""
        daemon = self.daemons[target % len(self.daemons)]
        daemon.send_signal(SIGSTOP)
        return daemon

    def begin_rebuild(self) -> subprocess.Popen[bytes]:
        """Build all read models anew, beside everything else."""
        begun = self._started(DYNASTY, "projections", "rebuild", "--all", "--processes", "2")
        self.builders.append(begun)
        return begun

    def kill_rebuild(self, rebuild: subprocess.Popen[bytes]) -> None:
        """SIGKILL for it, unless it has ended. What it found otherwise than it is, is noted."""
        rebuild.kill()
        status = rebuild.wait()
        self.rebuilds["killed" if status == -SIGKILL else "refused" if status else "finished"] += 1
        if DIFFERS in self._said_by(rebuild):
            self.ended.append(f"a rebuild with {status}: {self._said_by(rebuild)[-1_000:]}")

    def finish_rebuild(self) -> int:
        """Let one come to its switch under the load there is; say how many attempts failed.

        What a proxy still cuts, or a server that only just came back, may end the first of them.
        """
        for failed in range(REBUILDS_MAX):
            rebuild = self.begin_rebuild()
            status = rebuild.wait(2 * PATIENCE_SECONDS)
            if DIFFERS in self._said_by(rebuild):
                break
            if status == 0:
                self.rebuilds["switched"] += 1
                return failed
        raise AssertionError(f"no rebuild came to its switch: {self._said_by(rebuild)[-1_000:]}")

    def stop_writers(self) -> None:
        """Let them finish what they are at; no others come after them."""
        _ask_to_end(self.writers)
        self.writers = []

    def stop_daemons(self) -> Sequence[int]:
        """Ask them to end, once they have begun, and what they ended with."""
        give_up_at = monotonic() + PATIENCE_SECONDS
        while not all(AT_WORK in self._said_by(each) for each in self.daemons):
            assert monotonic() < give_up_at, f"a daemon did not begin: {self.told()}"
            sleep(0.02)
        endings = _ask_to_end(self.daemons)
        self.daemons = []
        return endings

    def end(self) -> None:
        """Whatever happens: nobody stays."""
        for each in (*self.writers, *self.daemons, *self.builders):
            each.kill()
            each.wait()

    def catch_up(self) -> None:
        """A daemon that works until nothing is left to do."""
        once = self._finished("daemon", "--once")
        assert once.returncode == 0, once.stderr

    def verify(self) -> subprocess.CompletedProcess[str]:
        """The log compared with the tree over it, and that with every signed checkpoint."""
        return self._finished("log", "verify", "--json")

    def _finished(self, *command: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [DYNASTY, *command],
            env=self._environment,
            cwd=self.directory,
            capture_output=True,
            text=True,
            timeout=2 * PATIENCE_SECONDS,
            check=False,
        )

    def _writer(self, place: int) -> subprocess.Popen[bytes]:
        alone = self.combining == "off" or (self.combining == "mixed" and place % 2 == 1)
        return self._started(
            sys.executable,
            *("-m", "tests.faults.writer"),
            *("--database", self.database_url, "--journals", str(self.journals)),
            *("--seed", str(self.seed), "--writer", str(next(self._numbers))),
            *("--threads", str(THREADS), "--connections", str(CONNECTIONS)),
            *(["--alone"] if alone else []),
        )

    def _daemon(self) -> subprocess.Popen[bytes]:
        return self._started(DYNASTY, "daemon")

    def _started(self, *command: str) -> subprocess.Popen[bytes]:
        path = self.directory / f"crew-{next(self._logs):04d}.log"
        with path.open("ab") as log:
            process = subprocess.Popen(
                command, cwd=ROOT, env=self._environment, stdout=log, stderr=log
            )
        self._log_of[process.pid] = path
        return process

    @property
    def _environment(self) -> dict[str, str]:
        return {
            "PATH": os.environ["PATH"],
            "PYTHONUNBUFFERED": "1",
            "DATABASE_URL": self.database_url,
            "REDIS_URL": self.redis_url,
            "DYNASTY_PLATFORM": "http",
            "DYNASTY_PLATFORM_URL": self.platform_url,
            "DYNASTY_DAEMON_LEASE_SECONDS": str(LEASE_SECONDS),
            "DYNASTY_LOG_KEY_FILE": str(self.key_file),
            "DYNASTY_LOG_CHECKPOINT_EVENTS": str(CHECKPOINT_EVENTS),
        }

    def _note(self, what: str, process: subprocess.Popen[bytes]) -> None:
        """A daemon that finds no database when it begins says so and ends: that is as it should."""
        if process.returncode == -SIGKILL:
            return
        said = self._said_by(process)
        if what == "a daemon" and AT_WORK not in said:
            self.could_not_begin += 1
        else:
            self.ended.append(f"{what} with {process.returncode}: {said[-1_000:]}")

    def _said_by(self, process: subprocess.Popen[bytes]) -> str:
        return self._log_of[process.pid].read_text(errors="replace")

    def told(self) -> str:
        """What those who were started last have said last."""
        last = sorted(self.directory.glob("crew-*.log"))[-WRITERS - DAEMONS :]
        return "\n".join(each.read_text(errors="replace")[-1_000:] for each in last)


def resume(process: subprocess.Popen[bytes]) -> None:
    """Let a process go on that stood still, if it was not killed meanwhile."""
    with suppress(ProcessLookupError):
        process.send_signal(SIGCONT)


def _ask_to_end(processes: Sequence[subprocess.Popen[bytes]]) -> Sequence[int]:
    for each in processes:
        each.send_signal(SIGTERM)
    return [each.wait(PATIENCE_SECONDS) for each in processes]

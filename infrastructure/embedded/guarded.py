"""Programs under a guardian process, which outlives its parent just long enough to stop them."""

import json
import os
import subprocess
import sys
from dataclasses import asdict
from pathlib import Path

from infrastructure.embedded.program import Program

GUARDIAN = Path(__file__).with_name("guardian.py")
STOP_SECONDS = 90
INHERITED = ("PATH", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH")
"""All that a server sees of the environment: a stray PGPORT or LC_ALL must not bend it."""


class Guarded:
    """Programs that run until `stop`, or until this process ends in whatever way."""

    def __init__(self, *programs: Program, lock: int, remove: tuple[Path, ...]) -> None:
        self._process = subprocess.Popen(  # noqa: S603
            [sys.executable, "-I", "-S", str(GUARDIAN)],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            env={name: os.environ[name] for name in INHERITED if name in os.environ},
            cwd="/",
            pass_fds=(lock,),
            # A session of its own: Ctrl-C in the terminal reaches the asking process alone.
            start_new_session=True,
        )
        plan = {
            "parent": os.getpid(),
            "lock": lock,
            "remove": [str(directory) for directory in remove],
            "programs": [_described(program) for program in programs],
        }
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(plan).encode() + b"\n")
        self._process.stdin.flush()

    def ended(self) -> int | None:
        """The exit status once a program ended by itself; None while all run."""
        return self._process.poll()

    def wait(self) -> int:
        """Wait for a program that ends by itself; its exit status."""
        return self._process.wait()

    def stop(self) -> None:
        """Stop every program and wait until they are gone and their directories removed."""
        assert self._process.stdin is not None
        self._process.stdin.close()
        try:
            self._process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            # Its servers get their stop signal from the kernel as it dies.
            self._process.kill()
            self._process.wait()


def _described(program: Program) -> dict[str, object]:
    account = program.account
    return {
        **asdict(program),
        "log": str(program.log),
        "user": None if account is None else [account.uid, account.gid],
    }

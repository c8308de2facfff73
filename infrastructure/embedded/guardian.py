"""Runs servers as its children and stops them when the process that asked for them is gone.

A script of its own, with nothing but the standard library. Its plan is the first line of standard
input; the end of standard input is the order to stop. The kernel closes that pipe however the
asking process ends, SIGKILL included, so no server outlives it. Should the guardian itself be
killed, Linux sends each server its stop signal.

The plan: `parent` (process id), `lock` (a file descriptor the servers hold open), `remove`
(directories to delete after the stop) and `programs`, each with `argv`, `log`, `stop` (signals, the
polite one first), `user` (`[uid, gid]` or null) and `walks_through` (whether that user needs to
pass directories closed to it).
"""

import ctypes
import json
import os
import select
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable
from functools import partial
from types import FrameType
from typing import Any

PATIENCE_SECONDS = 20
"""How long a server may take over each stop signal before the next, harder one."""

PR_SET_PDEATHSIG = 1
PR_SET_KEEPCAPS = 8
PR_CAP_AMBIENT = 47
PR_CAP_AMBIENT_RAISE = 2
CAPABILITY_VERSION_3 = 0x20080522
CAP_DAC_OVERRIDE = 1
CAP_DAC_READ_SEARCH = 2

Program = dict[str, Any]
Running = list[tuple[Program, "subprocess.Popen[bytes]"]]


def main() -> int:
    """Start the programs, wait for an end of any kind, stop what still runs."""
    line = sys.stdin.buffer.readline()
    if not line.endswith(b"\n"):
        return 0
    plan = json.loads(line)
    wake = _wake_on_signals()
    running: Running = []
    orphaned = True
    try:
        running.extend((program, _start(program, plan["lock"])) for program in plan["programs"])
        orphaned = _watch(running, plan["parent"], wake)
    finally:
        signal.signal(signal.SIGTERM, _note)
        _stop(running)
        if orphaned:
            for directory in plan["remove"]:
                shutil.rmtree(directory, ignore_errors=True)
    return 0 if all(process.returncode == 0 for _, process in running) else 1


def _note(_signal: int, _frame: FrameType | None) -> None:
    """Do nothing; the byte in the wake-up pipe is the message."""


def _end(_signal: int, _frame: FrameType | None) -> None:
    raise SystemExit(0)


def _wake_on_signals() -> int:
    """A file descriptor that becomes readable when a signal came, such as a child's end."""
    reader, writer = os.pipe()
    os.set_blocking(reader, False)
    os.set_blocking(writer, False)
    signal.set_wakeup_fd(writer)
    for number in (signal.SIGCHLD, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, _note)
    signal.signal(signal.SIGTERM, _end)
    return reader


def _start(program: Program, lock: int) -> "subprocess.Popen[bytes]":
    with open(program["log"], "ab") as log:  # noqa: PTH123
        return subprocess.Popen(  # noqa: S603
            program["argv"],
            cwd="/",
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            pass_fds=(lock,),
            preexec_fn=_preparation(program),  # noqa: PLW1509 - one thread runs here
        )


def _watch(running: Running, parent: int, wake: int) -> bool:
    """Wait; true when the asking process went away, false when a program ended by itself."""
    while all(process.poll() is None for _, process in running):
        readable, _, _ = select.select([sys.stdin, wake], [], [], 1.0)
        if sys.stdin in readable or os.getppid() != parent:
            return True
        if wake in readable:
            os.read(wake, 512)
    return False


def _stop(running: Running) -> None:
    for program, process in running:
        if process.poll() is None:
            process.send_signal(program["stop"][0])
    for program, process in running:
        for harder in (*program["stop"][1:], signal.SIGKILL):
            try:
                process.wait(PATIENCE_SECONDS)
            except subprocess.TimeoutExpired:
                process.send_signal(harder)
        process.wait()


def _preparation(program: Program) -> Callable[[], None] | None:
    """What the child does between fork and exec."""
    if sys.platform != "linux":
        return None if program["user"] is None else partial(_drop_root, *program["user"])
    return partial(_prepare_on_linux, ctypes.CDLL(None), program, os.getpid())


def _prepare_on_linux(libc: ctypes.CDLL, program: Program, guardian: int) -> None:
    if program["user"] is not None:
        libc.prctl(PR_SET_KEEPCAPS, int(program["walks_through"]), 0, 0, 0)
        _drop_root(*program["user"])
        if program["walks_through"]:
            _keep_passage(libc)
    # Last, because a change of user clears it.
    libc.prctl(PR_SET_PDEATHSIG, program["stop"][0], 0, 0, 0)
    if os.getppid() != guardian:
        os._exit(1)


def _drop_root(uid: int, gid: int) -> None:
    os.setgroups([gid])
    os.setgid(gid)
    os.setuid(uid)


def _keep_passage(libc: ctypes.CDLL) -> None:
    """Keep the one right to pass directories closed to the new user, such as root's home.

    PostgreSQL refuses to run as root, and its files may well lie below `/root`. Opening that
    directory to everyone would be the alternative. Where the kernel refuses, exec says so.
    """
    header = (ctypes.c_uint32 * 2)(CAPABILITY_VERSION_3, 0)
    held = (ctypes.c_uint32 * 6)()
    libc.capget(header, held)
    permitted = held[1]
    right = CAP_DAC_READ_SEARCH if permitted & 1 << CAP_DAC_READ_SEARCH else CAP_DAC_OVERRIDE
    bits = permitted & 1 << right
    libc.capset(header, (ctypes.c_uint32 * 6)(bits, bits, bits, 0, 0, 0))
    libc.prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, right, 0, 0)


if __name__ == "__main__":
    sys.exit(main())

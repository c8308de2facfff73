"""Steps that are taken again and again in threads, with patience when one fails."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from random import SystemRandom
from threading import Event as Signal
from threading import Thread
from typing import Final, Protocol

from domain.errors import DomainError

IDLE_SECONDS: Final = 0.05
PAUSE_SECONDS_MIN: Final = 0.2
PAUSE_SECONDS_MAX: Final = 10.0
JOIN_SECONDS_MAX: Final = 5.0

_jitter = SystemRandom()


class Stepping(Protocol):
    """Something that is done bit by bit."""

    def step(self) -> int:
        """Do what there is to do; how much it was. 0: nothing, wait."""


@contextmanager
def repeated(
    steps: Sequence[Stepping], stop: Signal, report: Callable[[str], None]
) -> Iterator[None]:
    """Each in a thread of its own until told to stop, or for the length of the block.

    A step that fails is reported and taken again, later each time, and never in step with others.
    At the end the step in hand is finished, or left behind when it takes too long.
    """
    over = Signal()

    def repeat(stepping: Stepping) -> None:
        failures = 0
        while not (stop.is_set() or over.is_set()):
            try:
                done = stepping.step()
            except Exception as fault:  # noqa: BLE001 (the others go on, and so does this one)
                failures += 1
                seconds = _pause_after(failures)
                report(f"{_said(fault)} Trying again in {seconds:.1f} s.")
                over.wait(seconds)
            else:
                failures = 0
                if not done:
                    over.wait(IDLE_SECONDS)

    threads = [Thread(target=repeat, args=(each,), daemon=True) for each in steps]
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        over.set()
        for thread in threads:
            thread.join(JOIN_SECONDS_MAX)


def _pause_after(failures: int) -> float:
    longest = min(PAUSE_SECONDS_MIN * 2 ** min(failures, 10), PAUSE_SECONDS_MAX)
    return _jitter.uniform(longest / 2, longest)


def _said(fault: Exception) -> str:
    if isinstance(fault, DomainError):
        return f"{fault.code}: {fault.sentence}"
    return f"{type(fault).__name__}: {fault}"

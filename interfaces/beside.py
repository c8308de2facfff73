"""Work in a thread of its own, for as long as this process does something else."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from logging import ERROR, Logger
from threading import Event, Thread
from typing import Final

from domain.errors import DomainError

AGAIN_SECONDS: Final = 10.0
"""So long after work has ended by an error, it is begun again."""


@contextmanager
def beside(
    work: Callable[[Event], None], *, name: str, log: Logger, without: str
) -> Iterator[None]:
    """Let `work` run until the block ends; it looks at the event that asks it to stop.

    When it ends by an error, that is logged, with what is so `without` it, and it is begun again,
    as a supervisor would do with a process: once somebody has mended what stopped it, it goes on.
    """
    stop = Event()

    def run() -> None:
        while not stop.is_set():
            try:
                work(stop)
            except DomainError as refusal:
                # The sentence is for a person, who has no use for a traceback each time.
                said = f"{refusal.code}: {refusal.sentence} {without}"
                log.log(ERROR, "%s Trying again in %g s.", said, AGAIN_SECONDS)
            except Exception:
                log.exception("%s Trying again in %g s.", without, AGAIN_SECONDS)
            else:
                return
            stop.wait(AGAIN_SECONDS)

    thread = Thread(target=run, name=name)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()

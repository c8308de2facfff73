"""Work in a thread of its own, for as long as this process does something else."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Event, Thread


@contextmanager
def beside(
    work: Callable[[Event], None], *, name: str, failed: Callable[[], None]
) -> Iterator[None]:
    """Let `work` run until the block ends; it looks at the event that asks it to stop.

    `failed` is told when it ended by an error: the thread ends either way.
    """
    stop = Event()

    def run() -> None:
        try:
            work(stop)
        except Exception:  # noqa: BLE001 (whoever started it is told)
            failed()

    thread = Thread(target=run, name=name)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()

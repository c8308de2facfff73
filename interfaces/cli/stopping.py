"""Ends what runs until it is stopped: asked by a signal, at whatever moment that comes."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from queue import SimpleQueue
from threading import Event, Thread
from typing import Final

_SIGNALS: Final = (signal.SIGTERM, signal.SIGINT)


@contextmanager
def stopped_by_signals() -> Iterator[Event]:
    """An event that SIGTERM and Ctrl-C set for the length of the block.

    A handler runs between any two steps of the main thread, also while that waits for the very
    event and holds its lock, and would wait for that lock for ever. So it only puts a note into a
    queue that is made for this, and another thread sets the event.
    """
    stop, asked = Event(), SimpleQueue[int | None]()

    def wait() -> None:
        if asked.get() is not None:
            stop.set()

    waiting = Thread(target=wait, name="waiting-for-signals", daemon=True)
    waiting.start()
    before = {
        number: signal.signal(number, lambda number, _: asked.put(number)) for number in _SIGNALS
    }
    try:
        yield stop
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
        asked.put(None)
        waiting.join()

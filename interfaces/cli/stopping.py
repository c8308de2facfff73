"""Ends what runs until it is stopped: asked by a signal, at whatever moment that comes."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Event, Thread
from typing import Final

_SIGNALS: Final = (signal.SIGTERM, signal.SIGINT)
_ENDED_BY_SIGNAL: Final = 128
_THE_END: Final = b"\0"


@contextmanager
def stopped_by_signals(*, ends_when_asked_twice: bool = False) -> Iterator[Event]:
    """An event that SIGTERM and Ctrl-C set for the length of the block.

    With `ends_when_asked_twice` a second signal ends the process where it stands, with the status
    that a shell gives to one ended by it.

    A Python handler cannot set it: it runs between any two steps of the main thread, also while
    that holds the event's own lock, and it does not run at all while that waits for a lock and the
    signal came just before. So the interpreter writes the signal into a pipe, whatever any thread
    does, and another thread reads there and sets the event.
    """
    stop, (read, write) = Event(), os.pipe()
    os.set_blocking(write, False)

    def wait() -> None:
        while (got := os.read(read, 1)) != _THE_END:
            if ord(got) not in _SIGNALS:
                continue
            if ends_when_asked_twice and stop.is_set():
                os._exit(_ENDED_BY_SIGNAL + ord(got))
            stop.set()

    waiting = Thread(target=wait, name="waiting-for-signals", daemon=True)
    waiting.start()
    told_before = signal.set_wakeup_fd(write, warn_on_full_buffer=False)
    before = {number: signal.signal(number, lambda *_: None) for number in _SIGNALS}
    try:
        yield stop
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
        signal.set_wakeup_fd(told_before)
        os.write(write, _THE_END)
        waiting.join()
        os.close(read)
        os.close(write)

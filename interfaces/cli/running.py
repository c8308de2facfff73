"""What commands have in common that need the servers, or work until they are stopped."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Event, Thread

from interfaces.bootstrap import Runtime, running
from interfaces.settings import load_settings


@contextmanager
def configured() -> Iterator[Runtime]:
    """The runtime that the environment describes."""
    settings = load_settings()
    with running(settings, data_dir=settings.data_dir) as runtime:
        yield runtime


@contextmanager
def stopped_by_signals() -> Iterator[Event]:
    """What SIGTERM and SIGINT set: a signal asks, and what is in hand is finished first."""
    stop = Event()

    def ask(*_: object) -> None:
        # Not in this thread: a signal may come while it holds the lock of the event.
        Thread(target=stop.set).start()

    asked = (signal.SIGTERM, signal.SIGINT)
    before = {number: signal.signal(number, ask) for number in asked}
    try:
        yield stop
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)

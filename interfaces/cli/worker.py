"""`dynasty worker`: does what was asked to be done later."""

from __future__ import annotations

import signal
from threading import Event
from typing import Final

from rich.console import Console

from interfaces.bootstrap import running
from interfaces.settings import load_settings
from interfaces.whatif.worker import working

_SIGNALS: Final = (signal.SIGTERM, signal.SIGINT)
_err = Console(stderr=True, highlight=False, markup=False, soft_wrap=True)


def worker() -> None:
    """Work on what-if runs until stopped. Any number of workers share them.

    A run in hand is given back when the worker is asked to stop, and taken up again by another.
    """
    stop = Event()
    before = {number: signal.signal(number, lambda *_: stop.set()) for number in _SIGNALS}
    settings = load_settings()
    try:
        with running(settings, data_dir=settings.data_dir) as runtime, working(runtime):
            _err.print("The worker waits for runs. Stop with Ctrl-C.")
            stop.wait()
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
    _err.print("Stopped.")

"""`dynasty worker`: does what was asked to be done later."""

from __future__ import annotations

import signal
from time import sleep
from typing import Final

from rich.console import Console

from interfaces.bootstrap import running
from interfaces.settings import load_settings
from interfaces.whatif.worker import working

_SIGNALS: Final = (signal.SIGTERM, signal.SIGINT)
_LOOK_SECONDS: Final = 0.1
_err = Console(stderr=True, highlight=False, markup=False, soft_wrap=True)


def worker() -> None:
    """Work on what-if runs until stopped. Any number of workers share them.

    A run in hand is given back when the worker is asked to stop, and taken up again by another.
    """
    asked: list[int] = []
    before = {
        number: signal.signal(number, lambda number, _: asked.append(number)) for number in _SIGNALS
    }
    settings = load_settings()
    try:
        with running(settings, data_dir=settings.data_dir) as runtime, working(runtime):
            _err.print("The worker waits for runs. Stop with Ctrl-C.")
            # An `Event` set by the handler could wait for a lock that this very thread holds.
            while not asked:
                sleep(_LOOK_SECONDS)
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
    _err.print("Stopped.")

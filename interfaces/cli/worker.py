"""`dynasty worker`: does what was asked to be done later."""

from __future__ import annotations

from rich.console import Console

from interfaces.cli.running import configured
from interfaces.cli.stopping import stopped_by_signals
from interfaces.rebuilding.serving import loading
from interfaces.watching.process import watched
from interfaces.whatif.worker import working

_err = Console(stderr=True, highlight=False, markup=False, soft_wrap=True)


def worker() -> None:
    """Work on what-if runs and rebuilds until stopped. Any number of workers share them.

    What is in hand is given back when the worker is asked to stop, and taken up again by another.
    """
    with (
        stopped_by_signals() as stop,
        configured() as runtime,
        watched(runtime, service="worker", report=_err.print),
        working(runtime),
        loading(runtime),
    ):
        _err.print("The worker waits for runs. Stop with Ctrl-C.")
        stop.wait()
    _err.print("Stopped.")

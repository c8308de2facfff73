"""`dynasty daemon`: keeps what follows the log at its head."""

from __future__ import annotations

from typing import Annotated

import typer
from rich.console import Console

from interfaces.cli.running import configured
from interfaces.cli.stopping import stopped_by_signals
from interfaces.daemon import run_daemon
from interfaces.watching.process import watched

_err = Console(stderr=True, highlight=False, markup=False)


def daemon(
    once: Annotated[bool, typer.Option("--once", help="Do all there is to do, then exit.")] = False,
    instance: Annotated[
        str | None, typer.Option(help="A name for this process in leases and logs.")
    ] = None,
) -> None:
    """Keep the read models at the head of the log, and hand orders to the platform, until stopped.

    Any number of them share the work and stand in for each other. Asked to stop, it finishes what
    is in hand; asked twice, it ends at once.
    """
    with (
        stopped_by_signals(ends_when_asked_twice=True) as stop,
        configured() as runtime,
        watched(runtime, service="daemon", report=_err.print),
    ):
        if not once:
            _err.print("The read models follow the log. Stop with Ctrl-C.")
        position = run_daemon(runtime, stop=stop, report=_err.print, instance=instance, once=once)
    _err.print(f"The read models hold position {position:,}." if once else "Stopped.")

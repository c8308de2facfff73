"""`dynasty status`: how everything is doing, on one screen."""

from __future__ import annotations

import json
from threading import Event
from typing import Annotated

import typer
from rich.console import Console
from rich.live import Live
from rich.text import Text

from domain.errors import DomainError
from interfaces.cli.running import configured
from interfaces.cli.stopping import stopped_by_signals
from interfaces.watching.documents import document_of
from interfaces.watching.screen import HEIGHT, WIDTH, screen
from interfaces.watching.watch import Seen, Watch

out = Console(highlight=False, markup=False)


def status(
    as_json: Annotated[
        bool, typer.Option("--json", help="Print JSON instead of a screen.")
    ] = False,
    watch: Annotated[
        bool, typer.Option("--watch", help="Look again and again, until Ctrl-C.")
    ] = False,
    every: Annotated[
        int, typer.Option(min=1, max=3_600, metavar="SECONDS", help="How often to look again.")
    ] = 2,
) -> None:
    """Show how the log, what follows it and what rests on it are doing, and what to do about it.

    Exit 0: no alarm. 1: there are some. 2: nothing can be told. Whether somebody changed the log is
    another question: `dynasty log verify`.
    """
    with stopped_by_signals() as stop, configured() as runtime:
        if watch:
            code = _follow(runtime.watch, stop, seconds=every, as_json=as_json)
        else:
            seen = runtime.watch.look()
            _print(seen, as_json=as_json)
            code = 1 if seen.alarms else 0
    raise typer.Exit(code)


def _print(seen: Seen, *, as_json: bool) -> None:
    if as_json:
        out.print(json.dumps(document_of(seen)), soft_wrap=True)
    else:
        out.print(_screen(seen), soft_wrap=True)


def _follow(watch: Watch, stop: Event, *, seconds: int, as_json: bool) -> int:
    """Look until told to stop; what the last look came to. A database that is gone may return."""
    code = 2
    # Nothing is refreshed in place where there is no screen, or a program reads.
    live = Live(console=out, screen=True, auto_refresh=False)
    in_place = out.is_terminal and not as_json
    if in_place:
        live.start()
    try:
        while not stop.is_set():
            shown, code = _looked(watch, as_json=as_json)
            if in_place:
                live.update(shown, refresh=True)
            else:
                out.print(shown, soft_wrap=True)
            stop.wait(seconds)
    finally:
        if in_place:
            live.stop()
    return code


def _looked(watch: Watch, *, as_json: bool) -> tuple[Text, int]:
    try:
        seen = watch.look()
    except DomainError as refusal:
        told = {"code": refusal.code, "sentence": refusal.sentence}
        said = json.dumps(told) if as_json else f"{refusal.code}: {refusal.sentence}"
        return Text(said, "bold red"), 2
    shown = Text(json.dumps(document_of(seen))) if as_json else _screen(seen)
    return shown, 1 if seen.alarms else 0


def _screen(seen: Seen) -> Text:
    """For this terminal; where there is none, for one of the usual size."""
    width, height = (out.width, out.height - 1) if out.is_terminal else (WIDTH, HEIGHT)
    return screen(seen.figures, seen.alarms, width=min(width, 120), height=height)

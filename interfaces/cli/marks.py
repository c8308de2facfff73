"""`dynasty marks`: put open profits on the stream, as a bridge to a platform does."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Final
from uuid import UUID

import typer
from rich.console import Console

from application.marks.errors import MarkUnreadable
from application.marks.mark import micros
from domain.documents import Place, Unreadable, read_json
from interfaces.bootstrap.starting import running
from interfaces.settings import load_settings

app = typer.Typer(no_args_is_help=True, help="Tell the rules engine open profits.")
out = Console(highlight=False, markup=False, soft_wrap=True)

BATCH: Final = 10_000
LINE_LENGTH_MAX: Final = 1_000

Plain = tuple[bytes, int, int]


@app.command("publish")
def publish(
    file: Annotated[
        Path | None, typer.Argument(help="A file of JSON lines; standard input when left out.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON instead.")] = False,
) -> None:
    """Put marks on the stream, a line each: account, at, open_pnl.

    Such as {"account": "acc_0199f3c2-7f00-7000-8000-000000000001",
    "at": "2026-03-02T15:30:00.250Z", "open_pnl": "-312.50"}. Sent twice, nothing changes.
    """
    settings, marks, entries = load_settings(), 0, 0
    with running(settings, data_dir=settings.data_dir) as runtime, _lines(file) as lines:
        publisher = runtime.publisher
        for batch in _batches(_read(lines)):
            entries += publisher.publish(batch)
            marks += len(batch)
    if as_json:
        out.print(json.dumps({"marks": marks, "entries": entries}))
    else:
        out.print(f"{marks:,} marks put on the stream in {entries:,} entries.")


@contextmanager
def _lines(file: Path | None) -> Iterator[Iterable[str]]:
    if file is None:
        yield sys.stdin
        return
    with file.open(encoding="utf-8") as lines:
        yield lines


def _read(lines: Iterable[str]) -> Iterator[Plain]:
    for number, line in enumerate(lines, 1):
        if line.strip():
            try:
                yield _mark(read_json(line[:LINE_LENGTH_MAX]))
            except Unreadable as refusal:
                raise MarkUnreadable(
                    f"Line {number}: {refusal.sentence} A mark is account, at and open_pnl; what"
                    " stood before this line was sent, and may be sent again.",
                    line=number,
                ) from refusal


def _mark(document: Place) -> Plain:
    given = document.fields(required=("account", "at", "open_pnl"))
    account = given["account"].text().removeprefix("acc_")
    try:
        id = UUID(account)
    except ValueError:
        given["account"].refuse("an account such as acc_0199f3c2-7f00-7000-8000-000000000001.")
    return id.bytes, micros(given["at"].moment()), given["open_pnl"].money().units


def _batches(marks: Iterable[Plain]) -> Iterator[list[Plain]]:
    batch: list[Plain] = []
    for mark in marks:
        batch.append(mark)
        if len(batch) == BATCH:
            yield batch
            batch = []
    if batch:
        yield batch

"""`dynasty simulate`: a book of realistic trading, for demos, benchmarks and tests."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from getpass import getuser
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from application.context import CommandContext, acting
from application.simulation.books import (
    ACCOUNTS_MAX,
    DAYS_MAX,
    DEFAULT_START,
    SEED_MAX,
    Book,
)
from application.simulation.tally import Tally
from application.simulation.writing import rehearse_book, write_book
from domain.documents import Place
from interfaces.bootstrap.starting import running
from interfaces.cli.simulated import document_of, show
from interfaces.settings import load_settings

_err = Console(stderr=True, highlight=False, markup=False)


def simulate(
    *,
    accounts: Annotated[
        int, typer.Option(help=f"How many accounts, up to {ACCOUNTS_MAX:,}.")
    ] = 100,
    days: Annotated[int, typer.Option(help=f"How many trading days, up to {DAYS_MAX:,}.")] = 20,
    seed: Annotated[int, typer.Option(help=f"Which book, from 0 to {SEED_MAX}.")] = 1,
    start: Annotated[
        str, typer.Option(metavar="DATE", help="The first day, or the trading day after it.")
    ] = str(DEFAULT_START),
    plan: Annotated[
        str | None,
        typer.Option(help="A program, such as standard-50k, for all accounts; any when left out."),
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Count, and write nothing.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON document, no table.")] = False,
) -> None:
    """Write a book of simulated trading to the log: the same for the same options, everywhere.

    Running it again writes nothing new, and goes on where an earlier run stopped; more accounts or
    more days continue the book. Never simulate in the ledger of real accounts.
    """
    book = Book(
        seed=seed, accounts=accounts, days=days, start=Place(start, "--start").day(), plan=plan
    )
    if dry_run:
        with _progress(book) as told:
            tally = rehearse_book(book, told=told)
    else:
        tally = _write(book)
    if as_json:
        print(json.dumps(document_of(book, tally, dry_run=dry_run)))
    else:
        show(book, tally, dry_run=dry_run)


def _write(book: Book) -> Tally:
    settings = load_settings()
    context = CommandContext(
        actor=f"cli:{getuser()}",
        correlation_id=f"simulation:{book.seed}",
        reason=f"simulated book, seed {book.seed}",
    )
    with (
        running(settings, data_dir=settings.data_dir) as runtime,
        _progress(book) as told,
        acting(context),
    ):
        return write_book(book, runtime.ledger, runtime.log, told=told)


@contextmanager
def _progress(book: Book) -> Iterator[Callable[[int], None]]:
    columns = (
        TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn()
    )  # fmt: skip
    with Progress(*columns, console=_err, transient=True, disable=not _err.is_terminal) as progress:
        task = progress.add_task("Simulating accounts", total=book.accounts)
        yield lambda done: progress.update(task, completed=done)

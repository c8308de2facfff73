"""`dynasty simulate`: a book of realistic trading, for demos, benchmarks and tests."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from getpass import getuser
from typing import Annotated, Any

import typer
from rich import box
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table

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
from interfaces.bootstrap import running
from interfaces.settings import load_settings

_out = Console(highlight=False, markup=False)
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
        print(json.dumps(_document(book, tally, dry_run=dry_run)))
    else:
        _show(book, tally, dry_run=dry_run)


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


def _document(book: Book, tally: Tally, *, dry_run: bool) -> dict[str, Any]:
    return {
        "seed": book.seed,
        "start": str(book.trading_days[0]),
        "end": str(book.trading_days[-1]),
        "plan": book.plan,
        "dry_run": dry_run,
        "accounts": tally.accounts,
        "trading_days": book.days,
        "events": tally.events,
        "new_events": tally.new_events,
        "trades": tally.trades,
        "fills": tally.fills,
        "voids": tally.voids,
        "marks": tally.marks,
        "days_closed": tally.days_closed,
        "outcomes": _sorted(tally.outcomes),
        "plans": _sorted(tally.plans),
        "violations": _sorted(tally.violations),
        "products": _sorted(tally.products),
        "gross": str(tally.gross),
        "fees": str(tally.fees),
        "voided": str(tally.voided),
        "net": str(tally.net),
    }


def _show(book: Book, tally: Tally, *, dry_run: bool) -> None:
    first, last = book.trading_days[0], book.trading_days[-1]
    title = f"Book {book.seed}: {tally.accounts:,} accounts, {first} to {last}"
    table = Table(box=box.SIMPLE_HEAD, title=title, title_justify="left", show_header=False)
    table.add_column("what")
    table.add_column("figure", justify="right", no_wrap=True)
    for section in (
        [(f"accounts {name}", count) for name, count in _sorted(tally.outcomes).items()],
        [(f"violations of {name}", count) for name, count in _sorted(tally.violations).items()],
        [
            ("round trips", tally.trades),
            ("fills", tally.fills),
            ("taken back", tally.voids),
            ("marks that were facts", tally.marks),
            ("trading days closed", tally.days_closed),
        ],
        [
            ("gross profit of all executions", tally.gross),
            ("their fees", tally.fees),
            ("net of what was taken back", tally.voided),
            ("change of all balances", tally.net),
        ],
    ):
        for label, figure in section:
            table.add_row(label, f"{figure:,}" if isinstance(figure, int) else str(figure))
        table.add_section()
    _out.print(table)
    events = f"{tally.events:,} events"
    new = f"{tally.new_events:,} of them new" if tally.new_events else "none of them new"
    _out.print(f"{events}. Dry run: nothing was written." if dry_run else f"{events}, {new}.")


def _sorted(counts: Counter[str]) -> dict[str, int]:
    """The most frequent first; by name where two are as frequent."""
    return dict(sorted(counts.items(), key=lambda each: (-each[1], each[0])))

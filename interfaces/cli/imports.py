"""`dynasty import`: trades out of the files that platforms export."""

from __future__ import annotations

import hashlib
import json
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from datetime import UTC, datetime
from getpass import getuser
from pathlib import Path
from typing import Annotated, Final, TypeAlias
from uuid import UUID

import typer
from rich import box
from rich.console import Console
from rich.progress import Progress
from rich.table import Table

from application.context import CommandContext, acting
from application.imports.commands import ImportTrades
from application.imports.errors import FileUnreadable
from application.imports.handlers import import_trades
from application.imports.outcome import ImportOutcome
from application.imports.ports import BYTES_MAX
from application.imports.reading import Note, Reading, RowFault, RowPlace
from interfaces.bootstrap.starting import running, trade_sources
from interfaces.cli.ids import account_id
from interfaces.settings import load_settings

app = typer.Typer(no_args_is_help=True, help="Import trades from the files of trading platforms.")

ROWS_BAD: Final = 3
"""The exit code when a row was bad or refused."""

_SHOWN_MAX: Final = 100
_STDIN: Final = Path("-")
_out = Console(highlight=False, markup=False)
_err = Console(stderr=True, highlight=False, markup=False)

_File: TypeAlias = Annotated[Path, typer.Argument(metavar="FILE", help="The file, or - for stdin.")]
_Account: TypeAlias = Annotated[
    UUID,
    typer.Option("--account", parser=account_id, metavar="ACCOUNT", help="The account to book on."),
]
_Strict: TypeAlias = Annotated[
    bool, typer.Option("--strict", help="Import nothing if any row is bad or refused.")
]
_DryRun: TypeAlias = Annotated[
    bool, typer.Option("--dry-run", help="Read and judge everything, write nothing.")
]
_CloseDays: TypeAlias = Annotated[
    bool,
    typer.Option(
        "--close-days/--no-close-days",
        help="Close the last trading day of the file too, if its session is over.",
    ),
]
_Json: TypeAlias = Annotated[bool, typer.Option("--json", help="One JSON document, no table.")]


def _offer(source: str, what: str) -> None:
    """Add the command that imports the files of one source."""

    @app.command(source, help=f"Import {what}. Exit 3 for bad rows, 2 for a bad file.")
    def import_file(
        file: _File,
        *,
        account: _Account,
        strict: _Strict = False,
        dry_run: _DryRun = False,
        close_days: _CloseDays = True,
        as_json: _Json = False,
    ) -> None:
        reading, digest = _read(source, file)
        command = ImportTrades(
            account_id=account,
            reading=reading,
            at=datetime.now(UTC),
            strict=strict,
            close_days=close_days,
            dry_run=dry_run,
        )
        _carry_out(command, file=file, digest=digest, as_json=as_json)


_offer("topstepx", "a TopstepX trade export (CSV)")
_offer("yourpropfirm", "a trade history of YourPropFirm (JSON)")


@app.command("formats")
def formats(as_json: _Json = False) -> None:
    """List the formats that can be imported."""
    sources = trade_sources()
    if as_json:
        listed = [{"name": each.name, "description": each.description} for each in sources.values()]
        print(json.dumps(listed))
        return
    table = Table(box=box.SIMPLE_HEAD)
    table.add_column("format", no_wrap=True)
    table.add_column("what it is")
    for source in sources.values():
        table.add_row(source.name, source.description)
    _out.print(table)


def _read(format_name: str, file: Path) -> tuple[Reading, str]:
    """The rows of a file and the SHA-256 of its bytes. Nothing is started before it is read."""
    try:
        if file == _STDIN:
            document = sys.stdin.buffer.read(BYTES_MAX + 1)
        else:
            with file.open("rb") as opened:
                document = opened.read(BYTES_MAX + 1)
    except (OSError, ValueError) as fault:
        said = fault.strerror if isinstance(fault, OSError) else str(fault)
        raise FileUnreadable(
            f"{str(file)!r} cannot be read: {said}; check the path and your permission."
        ) from fault
    return trade_sources()[format_name].read(document), hashlib.sha256(document).hexdigest()


def _carry_out(command: ImportTrades, *, file: Path, digest: str, as_json: bool) -> None:
    context = CommandContext(
        actor=f"cli:{getuser()}",
        correlation_id=f"import:{digest}",
        reason=f"import of {_name(file)[:200]!r} ({command.reading.source})",
    )
    settings = load_settings()
    with (
        running(settings, data_dir=settings.data_dir) as runtime,
        _progress(len(command.reading.trades)) as told,
        acting(context),
    ):
        outcome = import_trades(command, runtime.ledger, runtime.log, told=told)
    if as_json:
        print(json.dumps(_document(command, outcome, file=file, digest=digest)))
    else:
        _show(command, outcome, file=file)
    raise typer.Exit(ROWS_BAD if command.reading.faults or outcome.refused else 0)


@contextmanager
def _progress(rows: int) -> Iterator[Callable[[int], None]]:
    with Progress(console=_err, transient=True, disable=not _err.is_terminal) as progress:
        task = progress.add_task("Booking trades", total=rows)
        yield lambda done: progress.update(task, completed=done)


def _document(
    command: ImportTrades, outcome: ImportOutcome, *, file: Path, digest: str
) -> dict[str, object]:
    reading = command.reading
    return {
        "file": str(file),
        "sha256": digest,
        "format": reading.source,
        "account_id": str(command.account_id),
        "strict": command.strict,
        "dry_run": command.dry_run,
        "effect": outcome.effect,
        "rows": reading.rows,
        "good_rows": len(reading.trades),
        "new_trades": outcome.taken,
        "imported": outcome.imported,
        "already_recorded": outcome.already_recorded,
        "after_failure": outcome.after_end,
        "failed_at": outcome.failed_at,
        "ended_by": outcome.ended_by,
        "gross": str(outcome.gross),
        "fees": str(outcome.fees),
        "net": str(outcome.gross - outcome.fees),
        "reported_profits": _bases(reading),
        "violations": outcome.violations,
        "days_closed": [str(day) for day in outcome.closed_days],
        "status": outcome.status,
        "balance": str(outcome.balance),
        "version": outcome.version,
        "position": outcome.position,
        "bad_rows": [asdict(each) for each in reading.faults],
        "refused_rows": [asdict(each) for each in outcome.refused],
        "notes": [asdict(each) for each in reading.notes],
    }


def _bases(reading: Reading) -> dict[str, int]:
    """How many of the platform's profit figures equal which of the computed ones."""
    found = [each.basis for each in reading.trades]
    return {basis: found.count(basis) for basis in ("gross", "net", "both", "neither")}


def _show(command: ImportTrades, outcome: ImportOutcome, *, file: Path) -> None:
    table = Table(box=box.SIMPLE, show_header=False, title=_name(file), title_justify="left")
    table.add_column("what")
    table.add_column("figure", justify="right", no_wrap=True)
    for label, figure in _figures(command.reading, outcome):
        table.add_row(label, figure)
    _out.print(table)
    _show_rows("Bad rows", command.reading.faults)
    _show_rows("Rows that the account refuses", outcome.refused)
    _show_rows("To know", command.reading.notes)
    for sentence in _conclusion(outcome):
        _out.print(sentence, soft_wrap=True)


def _figures(reading: Reading, outcome: ImportOutcome) -> Iterator[tuple[str, str]]:
    done = {"booked": "imported", "rehearsed": "would be imported", "withheld": "held back"}
    open_rows = sum(note.kind == "not-closed" for note in reading.notes)
    repeated = sum(note.kind == "repeated" for note in reading.notes)
    counts = {
        "rows in the file": reading.rows,
        done[outcome.effect]: outcome.taken,
        "in the ledger already": outcome.already_recorded,
        "bad": len(reading.faults),
        "refused by the account": len(outcome.refused),
        "after the account had failed": outcome.after_end,
        "not closed yet": open_rows,
        "told twice": repeated,
    }
    for label, count in counts.items():
        if count or label in ("rows in the file", done[outcome.effect], "in the ledger already"):
            yield label, f"{count:,}"
    for basis, count in _bases(reading).items():
        if count:
            yield f"reported profit equals {_BASES[basis]}", f"{count:,}"
    yield "gross profit of the new trades", str(outcome.gross)
    yield "their fees", str(outcome.fees)
    yield "violations they caused", f"{outcome.violations:,}"
    yield "trading days closed", f"{len(outcome.closed_days):,}"
    if outcome.effect != "withheld":
        yield f"balance of the account, {outcome.status}", str(outcome.balance)


_BASES: Final = {
    "gross": "the computed one before costs",
    "net": "the computed one after costs",
    "both": "the computed one, there are no costs",
    "neither": "neither",
}


def _show_rows(title: str, rows: Sequence[RowFault] | Sequence[Note]) -> None:
    if not rows:
        return
    table = Table(box=box.SIMPLE_HEAD, title=title, title_justify="left")
    table.add_column("where", no_wrap=True)
    table.add_column("what", no_wrap=True)
    table.add_column("in words", overflow="fold")
    for row in rows[:_SHOWN_MAX]:
        if isinstance(row, RowFault):
            table.add_row(_where(row.place), row.code, row.reason)
        else:
            table.add_row(_where(row.place), row.kind, row.sentence)
    _out.print(table)
    if len(rows) > _SHOWN_MAX:
        _out.print(f"  and {len(rows) - _SHOWN_MAX:,} more; --json lists them all")


def _name(file: Path) -> str:
    return "standard input" if file == _STDIN else file.name


def _where(place: RowPlace) -> str:
    return f"line {place}" if isinstance(place, int) else place


def _conclusion(outcome: ImportOutcome) -> Iterator[str]:
    verb = {"booked": "were", "rehearsed": "would be", "withheld": "would be"}[outcome.effect]
    later = f"{outcome.after_end:,} later rows {verb} not booked"
    if outcome.failed_at:
        failed = f"The account failed by the rule {outcome.ended_by}"
        yield f"{failed} at trade {outcome.failed_at}; {later}."
    elif outcome.after_end:
        yield f"The account had failed by the rule {outcome.ended_by}; {later}."
    if outcome.effect == "rehearsed":
        yield "Dry run: nothing was written."
    if outcome.effect == "withheld":
        yield "Strict: nothing was imported, because a row is bad. Mend the file and import again."

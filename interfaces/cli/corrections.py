"""`dynasty corrections` and `dynasty revisions`: when the past turns out to be another one."""

from __future__ import annotations

import dataclasses
import getpass
import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from typing import Annotated, Any, Literal
from uuid import UUID

import typer
from rich import box
from rich.console import Console
from rich.table import Table

from application.accounts.commands import CorrectExecution, DecideRevision, VoidExecution
from application.accounts.handlers import correct_execution, decide_revision, void_execution
from application.accounts.restatements import CarriedBy, RestatedFigure, restated_figures
from application.context import CommandContext, acting
from application.pipeline import carry_out
from application.scenarios.format import read_execution
from domain.accounts.account import TradingAccount
from domain.accounts.executions import Fill, Trade
from domain.documents import Unreadable, read_json
from interfaces.bootstrap.starting import running
from interfaces.cli.ids import account_id
from interfaces.cli.tables import add_ids
from interfaces.settings import load_settings

app = typer.Typer(no_args_is_help=True, help="Correct what was reported, and see what it changed.")
revisions_app = typer.Typer(
    no_args_is_help=True, help="Outcomes that a correction would change, for a person to decide."
)
_out = Console(highlight=False, markup=False)
_ROWS_A_TABLE = 200

AsJson = Annotated[bool, typer.Option("--json", help="One JSON object a row, on one line each.")]
Account = Annotated[
    UUID, typer.Argument(help="The account's id.", parser=account_id, metavar="ACCOUNT")
]
Reason = Annotated[str, typer.Option(help="Why, in a sentence; it is kept for ever.")]


@app.command("void")
def void(
    account: Account,
    execution: Annotated[str, typer.Argument(help="The id of the trade or fill.", metavar="ID")],
    *,
    reason: Reason,
) -> None:
    """Take back a trade or fill of any day."""
    command = VoidExecution(
        account_id=account, execution_id=execution, at=datetime.now(UTC), reason=reason
    )
    settings = load_settings()
    with running(settings, data_dir=settings.data_dir) as runtime, acting(_context(reason)):
        receipt = carry_out(void_execution, command, runtime.ledger)
    said = "was taken back before" if receipt.position is None else "is taken back"
    _out.print(f"{execution} {said}; the account is at version {receipt.version}.")


@app.command("replace")
def replace(
    account: Account,
    file: Annotated[
        Path,
        typer.Argument(help="A trade or a fill as it really was (JSON, as in a scenario step)."),
    ],
    *,
    reason: Reason,
) -> None:
    """Put other facts in place of a trade or fill that was reported under the same id."""
    settings = load_settings()
    command = CorrectExecution(account_id=account, corrected=_execution_in(file), reason=reason)
    with running(settings, data_dir=settings.data_dir) as runtime, acting(_context(reason)):
        receipt = carry_out(correct_execution, command, runtime.ledger)
    said = "was so already" if receipt.position is None else "is replaced"
    _out.print(f"It {said}; the account is at version {receipt.version}.")


@app.command("report")
def report(
    account: Annotated[
        UUID | None,
        typer.Option(
            help="Only this account; all when left out.", parser=account_id, metavar="ACCOUNT"
        ),
    ] = None,
    *,
    as_json: AsJson = False,
) -> None:
    """The restatement report: every figure that was shown and that a correction changed, and the
    exports that were given out with it.
    """
    settings = load_settings()
    with running(settings, data_dir=settings.data_dir) as runtime:
        figures = restated_figures(runtime.log, account_id=account)
        if as_json:
            for each in figures:
                print(json.dumps(asdict(each), default=_plain))
            return
        printed, exports = False, set[CarriedBy]()
        while piece := list(islice(figures, _ROWS_A_TABLE)):
            _out.print(_table(piece))
            exports.update(export for each in piece for export in each.exports)
            printed = True
    if not printed:
        _out.print("No figure was ever restated.")
    elif exports:
        _tell_exports(exports)
    else:
        _out.print("No recorded export was given out with any of them.")


@revisions_app.command("list")
def list_revisions(account: Account, *, as_json: AsJson = False) -> None:
    """The outcomes of an account that corrections would change, and what was decided."""
    settings = load_settings()
    with running(settings, data_dir=settings.data_dir) as runtime:
        found = runtime.ledger.load(TradingAccount, account)
    rows = sorted(found.state.revisions.values(), key=lambda each: each.version)
    if as_json:
        for each in rows:
            print(json.dumps(asdict(each), default=_plain))
        return
    table = Table("revision", "day", "rule", "change", "would be", "decided", box=box.SIMPLE_HEAD)
    for each in rows:
        decided = each.decision or "awaits a person"
        would_be = each.status_if_applied or "as it is"
        day = each.trading_day.isoformat()
        table.add_row(str(each.version), day, each.rule, each.change, would_be, decided)
    _out.print(table if rows else "No outcome of this account was ever revised.")
    _out.print(f"The account is {found.state.status}, at version {found.version}.")


@revisions_app.command("decide")
def decide(
    account: Account,
    revision: Annotated[int, typer.Argument(help="The revision's number.", min=1)],
    decision: Annotated[Literal["apply", "dismiss"], typer.Argument(help="What you decided.")],
    *,
    reason: Reason,
    version: Annotated[int, typer.Option(help="The account's version that you looked at.", min=1)],
) -> None:
    """Apply or dismiss a revision; on the version of the account that you looked at."""
    command = DecideRevision(
        account_id=account,
        version=revision,
        decision="applied" if decision == "apply" else "dismissed",
        reason=reason,
        at=datetime.now(UTC),
        expected_version=version,
    )
    settings = load_settings()
    with running(settings, data_dir=settings.data_dir) as runtime, acting(_context(reason)):
        receipt = carry_out(decide_revision, command, runtime.ledger)
    _out.print(f"Revision {revision}: {decision}; the account is at version {receipt.version}.")


def _table(figures: Sequence[RestatedFigure]) -> Table:
    table = Table("seq", box=box.SIMPLE_HEAD)
    ids = [name for each in figures for name in (each.execution, each.subject)]
    add_ids(table, "correction\nof\nfigure", ids)
    table.add_column("shown\nnow", justify="right", no_wrap=True)
    table.add_column("shown from\nuntil\nexports")
    for each in figures:
        since = f"{each.shown_from:%Y-%m-%d %H:%M}" if each.shown_from else "-"
        table.add_row(
            str(each.ledger_seq),
            f"{each.execution}\n{each.subject}\n{each.figure}",
            f"{each.shown or '-'}\n{each.now or '-'}",
            f"{since}\n{each.corrected_at:%Y-%m-%d %H:%M}\n{len(each.exports) or '-'}",
        )
    return table


def _tell_exports(exports: Iterable[CarriedBy]) -> None:
    """The exports behind the counts of the table, each once."""
    _out.print("Given out with figures as they were before, by the SHA-256 of the manifest:")
    for each in sorted(exports, key=lambda made: made.made_at):
        _out.print(f"{each.made_at:%Y-%m-%d %H:%M} {each.made_by}\n  {each.manifest_sha256}")


def _execution_in(file: Path) -> Trade | Fill:
    try:
        found = read_execution(read_json(file.read_bytes()))
    except OSError as fault:
        raise Unreadable.at("", f"{file} cannot be opened: {fault.strerror}.") from fault
    return dataclasses.replace(found, source="cli")


def _plain(value: object) -> Any:
    if isinstance(value, datetime):
        return value.isoformat()
    return str(value)


def _context(reason: str) -> CommandContext:
    return CommandContext(actor=f"cli:{getpass.getuser()}", reason=reason)

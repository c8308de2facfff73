"""`dynasty rules-engine`: run it, see how it is doing, and mend what the platform refused."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Annotated, Any, Literal

import typer
from rich.console import Console
from rich.table import Table

from domain.documents import Place
from domain.money import USD
from interfaces.cli.running import configured
from interfaces.cli.stopping import stopped_by_signals
from interfaces.cli.tables import add_ids
from interfaces.engine_status import effects_with, plain, status_of
from interfaces.rules_engine import clock_of, run_engine
from interfaces.watching.process import watched

app = typer.Typer(
    help="Judge open profit and deadlines as they come.",
    invoke_without_command=True,
)
effects_app = typer.Typer(no_args_is_help=True, help="Orders to the platform that follow.")
app.add_typer(effects_app, name="effects")

out = Console(highlight=False, markup=False)
err = Console(stderr=True, highlight=False, markup=False, soft_wrap=True)

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON instead of a table.")]
Instance = Annotated[str | None, typer.Option(help="A name for this instance in status and logs.")]
Once = Annotated[
    bool, typer.Option("--once", help="Judge what is there, send what is due, then exit.")
]
Now = Annotated[
    str | None,
    typer.Option(metavar="TIME", help="Begin at this moment instead of now: for a rehearsal."),
]


@app.callback()
def rules_engine(
    context: typer.Context, instance: Instance = None, once: Once = False, now: Now = None
) -> None:
    """Run an instance until stopped. Any number share the accounts and stand in for each other."""
    if context.invoked_subcommand is None:
        _run(instance=instance, once=once, begins=now)


@app.command("run")
def run(instance: Instance = None, once: Once = False, now: Now = None) -> None:
    """Run an instance until stopped; the same as without a word."""
    _run(instance=instance, once=once, begins=now)


@app.command("status")
def status(as_json: AsJson = False) -> None:
    """Show who watches what, what was refused, who is silent, and what waits for the platform."""
    with configured() as runtime:
        found = status_of(runtime)
    if as_json:
        out.print(json.dumps(plain(found)), soft_wrap=True)
        return
    out.print(_partitions(found["partitions"]))
    out.print(_refusals(found["refusals"]))
    out.print(_silent(found["silent_accounts"]))
    out.print(_effects(found["effects"], found["follower"]))


@effects_app.command("list")
def effects_list(
    status: Annotated[
        Literal["failed", "pending", "sent"], typer.Option(help="Which of them.")
    ] = "failed",
    as_json: AsJson = False,
) -> None:
    """Show orders to the platform, oldest first; at most a thousand."""
    with configured() as runtime:
        found = effects_with(runtime, status)
    if as_json:
        out.print(json.dumps(plain(found)), soft_wrap=True)
        return
    out.print(_orders(found))


@effects_app.command("retry")
def effects_retry(
    effect: Annotated[int | None, typer.Argument(min=1, help="The id of a failed one.")] = None,
    every: Annotated[bool, typer.Option("--all", help="All that have failed.")] = False,
) -> None:
    """Let failed orders be sent again, by the instances that run."""
    if (effect is None) == (not every):
        raise typer.BadParameter("give the id of one effect, or --all")
    with configured() as runtime:
        count = runtime.effects.retry(effect)
    out.print(f"{count:,} will be sent again.")


def _run(*, instance: str | None, once: bool, begins: str | None) -> None:
    moment: datetime | None = None if begins is None else Place(begins, "--now").moment()
    with (
        stopped_by_signals() as stop,
        configured() as runtime,
        watched(runtime, service="rules-engine", report=err.print),
    ):
        counts = run_engine(
            runtime,
            instance=instance,
            now=clock_of(moment),
            stop=stop,
            report=err.print,
            once=once,
        )
    err.print(
        f"Stopped: {counts.marks:,} marks judged, {counts.told:,} told to their accounts,"
        f" {counts.refused:,} refused, {counts.wakeups:,} deadlines."
    )


def _orders(rows: Sequence[Mapping[str, Any]]) -> Table:
    table = Table("id", "order", "attempts")
    add_ids(table, "account\nlast error", map(_account, rows))
    for each in rows:
        said = f"{_account(each)}\n{each['last_error'] or ''}".strip()
        table.add_row(str(each["effect_id"]), each["action"], str(each["attempts"]), said)
    return table


def _account(row: Mapping[str, Any], name: str = "account_id") -> str:
    return f"acc_{row[name]}" if row[name] else ""


def _partitions(rows: Sequence[Mapping[str, Any]]) -> Table:
    table = Table("partition", title="Marks", title_justify="left")
    table.add_column("owner", overflow="fold")
    for heading in ("epoch", "lease s", "entries", "pending", "behind ms"):
        table.add_column(heading, justify="right")
    for each in rows:
        names = ("epoch", "lease_seconds", "entries", "pending", "behind_ms")
        owner = each["owner"] if each["lease_seconds"] else "nobody"
        table.add_row(str(each["partition"]), owner, *(f"{each[name]:,}" for name in names))
    return table


def _refusals(rows: Sequence[Mapping[str, Any]]) -> Table:
    table = Table("day\nrefused as", title="Refused marks", title_justify="left")
    table.add_column("marks", justify="right")
    accounts = [_account(each, "last_account_id") for each in rows]
    add_ids(table, "last one", accounts)
    for each, account in zip(rows, accounts, strict=True):
        last = account
        if account:
            last += f"\n{plain(each['last_at'])} {USD(each['last_open_pnl_units'])}"
        table.add_row(f"{each['day']}\n{each['reason']}", f"{each['count']:,}", last)
    return table


def _silent(rows: Sequence[Mapping[str, Any]]) -> Table:
    table = Table(title="Open positions, and no word of them", title_justify="left")
    add_ids(table, "account", map(_account, rows))
    table.add_column("unknown since\nlast mark\nday not closed", overflow="fold")
    for each in rows:
        since, last = plain(each["unknown_since"]) or "-", plain(each["last_mark_at"]) or "never"
        table.add_row(_account(each), f"{since}\n{last}\n{each['unclosed_day'] or '-'}")
    return table


def _effects(rows: Sequence[Mapping[str, Any]], follower: Mapping[str, Any]) -> Table:
    behind = f"{follower['behind']:,} events behind the log"
    table = Table("orders", "oldest", title=f"Orders to the platform, {behind}")
    table.title_justify = "left"
    table.add_column("count", justify="right")
    for each in rows:
        table.add_row(each["status"], plain(each["oldest"]), f"{each['count']:,}")
    return table

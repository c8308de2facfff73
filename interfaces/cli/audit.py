"""`dynasty audit`: an account's history, replayed."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Annotated, Any
from uuid import UUID

import typer
from rich import box
from rich.console import Console
from rich.table import Table

from application.audit.documents import document_of, meaning_of, moment_text, verdict_of
from application.audit.figures import Change, Value, standing_figures
from application.audit.replay import Step, Until, replay
from application.audit.walking import walk
from domain.documents import Place
from domain.money import USD
from interfaces.bootstrap.starting import running
from interfaces.cli.ids import account_id
from interfaces.settings import load_settings

app = typer.Typer(no_args_is_help=True, help="Replay what happened to an account, and why.")

_ROWS_A_TABLE = 200
"""Long histories are printed in pieces of this many events, so that none is ever held whole."""
_WIDTH = 100

_out = Console(highlight=False, markup=False, width=_WIDTH)


@app.callback()
def _subject() -> None:
    """Replay what happened to an account, and why."""


@app.command("show")
def show(
    account: Annotated[
        UUID, typer.Argument(parser=account_id, metavar="ACCOUNT", help="The account's id.")
    ],
    as_of: Annotated[
        str | None,
        typer.Option(metavar="TIME", help="Only what was true then: RFC 3339, with an offset."),
    ] = None,
    at_seq: Annotated[
        int | None,
        typer.Option(metavar="N", min=1, help="Only what was known then: a ledger_seq."),
    ] = None,
    step: Annotated[
        bool,
        typer.Option("--step", help="One event at a time: Enter is next, b back, q quit."),
    ] = False,
    as_json: Annotated[
        bool, typer.Option("--json", help="One JSON object an event, on one line each.")
    ] = False,
) -> None:
    """Replay an account: who did what, when, why, and what each event changed."""
    until = Until(as_of=Place(as_of, "--as-of").moment() if as_of else None, at_seq=at_seq)
    settings = load_settings()
    with running(settings, data_dir=settings.data_dir) as runtime:
        steps = replay(account, runtime.log, until)
        if as_json:
            for each in steps:
                print(json.dumps(document_of(each), ensure_ascii=False))
        elif step:
            _step_through(steps)
        else:
            _print_tables(steps)


def _step_through(steps: Iterator[Step]) -> None:
    if not sys.stdin.isatty():
        for each in steps:
            _print_step(each)
        return
    walk(steps, show=_print_step, ask=lambda: input("Enter next, b back, q quit > "))


def _print_tables(steps: Iterator[Step]) -> None:
    last: Step | None = None
    while piece := list(islice(steps, _ROWS_A_TABLE)):
        _out.print(_table(piece, title=_title(piece[0]) if last is None else None))
        last = piece[-1]
    if last:
        standing = standing_figures(last.after)
        shown = ", ".join(f"{name} {standing[name]}" for name in ("status", "balance", "floor"))
        _out.print(f"After ledger_seq {last.recorded.ledger_seq}: {shown}")


def _title(opened: Step) -> str:
    facts = vars(opened.event)
    return f"Account {opened.recorded.stream_id}, trader {facts['trader_id']}, {facts['plan']}"


def _table(steps: Iterable[Step], *, title: str | None) -> Table:
    table = Table(
        title=title, title_justify="left", box=box.SIMPLE_HEAD, show_lines=True, width=_WIDTH
    )
    table.add_column("seq\nversion", justify="right", width=7)
    table.add_column("effective\nrecorded\nwho", width=27, overflow="fold")
    table.add_column("what\nwhy", width=21, overflow="fold")
    table.add_column("changed", ratio=1, overflow="fold")
    for each in steps:
        recorded = each.recorded
        times = (moment_text(recorded.effective_at), moment_text(recorded.recorded_at))
        table.add_row(
            f"{recorded.ledger_seq}\n{recorded.stream_version}",
            "\n".join((*times, recorded.actor)),
            "\n".join((recorded.event_type.removeprefix("account."), *_short_reasons(each))),
            "\n".join(map(_change, each.changes)) or "no figure",
        )
    return table


def _print_step(step: Step) -> None:
    recorded = step.recorded
    _out.rule(
        f"ledger_seq {recorded.ledger_seq}, version {recorded.stream_version}: "
        f"{recorded.event_type} v{recorded.schema_version}",
        align="left",
        characters="-",
    )
    _out.print(meaning_of(step.event))
    _line("who", recorded.actor)
    _line("effective", moment_text(recorded.effective_at))
    _line("recorded", moment_text(recorded.recorded_at))
    for name, value in document_of(step)["why"].items():
        if value is not None:
            _line(name, _fact(value))
    for name, value in _facts(step):
        _line(f"  {name}", _fact(value))
    _line("event", str(recorded.event_id))
    for change in step.changes:
        _line("changed", _change(change))
    if not step.changes:
        _line("changed", "no figure")


def _line(name: str, value: str) -> None:
    _out.print(f"{name:<20} {value}")


def _facts(step: Step) -> Iterator[tuple[str, Any]]:
    """What the event says, money in dollars; not its reasons again, nor the text of the pack."""
    shown = {*verdict_of(step.event), "pack", "reason"}
    for name, value in json.loads(step.recorded.payload).items():
        if name in shown or value is None:
            continue
        if name.endswith("_units"):
            yield name.removesuffix("_units"), f"{USD(value)} USD"
        else:
            yield name, value


def _short_reasons(step: Step) -> Iterator[str]:
    recorded, verdict = step.recorded, verdict_of(step.event)
    if recorded.reason:
        yield recorded.reason
    if "observed" in verdict:
        yield f"{verdict['rule']}: {verdict['observed']} against {verdict['limit']}"
    elif "rule" in verdict:
        yield f"rule {verdict['rule']}"
    if evidence := verdict.get("evidence"):
        yield f"by version {', '.join(map(str, evidence))}"
    if recorded.causation_id:
        yield f"cause {recorded.causation_id}"
    if recorded.correlation_id:
        yield f"correlation {recorded.correlation_id}"


def _change(change: Change) -> str:
    return f"{change.field}: {_value(change.before)} -> {_value(change.after)}"


def _value(value: Value) -> str:
    match value:
        case None:
            return "none"
        case bool():
            return "yes" if value else "no"
        case _:
            return str(value)


def _fact(value: object) -> str:
    if isinstance(value, str):
        return value
    return json.dumps(value, ensure_ascii=False)

"""`dynasty projections`: the read models, seen and rebuilt by hand."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table

from interfaces.cli.running import configured
from projections.comparing import Comparison
from projections.kernel import Projection
from projections.read_models import READ_MODELS, read_model
from projections.rebuild import Progress as Told
from projections.rebuild import Rebuilder
from projections.status import ModelStatus, status_of

app = typer.Typer(no_args_is_help=True, help="See how far the read models are; rebuild them.")
out = Console(highlight=False, markup=False)
err = Console(stderr=True, highlight=False, markup=False)

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON instead of a table.")]


@app.command("status")
def status(as_json: AsJson = False) -> None:
    """Show where each read model is, beside the head of the log."""
    with configured() as runtime, runtime.read_models.connection() as connection:
        found = status_of(connection, head=runtime.log.head())
    if as_json:
        out.print(json.dumps([_document(each) for each in found]), soft_wrap=True)
        return
    table = Table("read model", "state", "updated at")
    for heading in ("position", "head", "behind", "rows"):
        table.add_column(heading, justify="right")
    for each in found:
        state = "outdated" if each.outdated else "current" if not each.behind else "behind"
        numbers = (each.position, each.head, each.behind, each.rows)
        updated = f"{each.updated_at:%Y-%m-%d %H:%M:%S}Z"
        table.add_row(each.name, state, updated, *(f"{number:,}" for number in numbers))
    out.print(table)


@app.command("rebuild")
def rebuild(
    name: Annotated[str | None, typer.Argument(help="The read model to build anew.")] = None,
    every: Annotated[bool, typer.Option("--all", help="Build all of them.")] = False,
    check: Annotated[
        bool, typer.Option("--check", help="Only compare a fresh build with the live rows.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Build read models from the first event on, then switch to them; queries go on meanwhile.

    With --check nothing is switched: exit 1 says that the live rows differ from a fresh build.
    """
    if (name is None) == (not every):
        raise typer.BadParameter("give the name of one read model, or --all")
    models = READ_MODELS if name is None else (read_model(name),)
    with configured() as runtime:
        rebuilder = Rebuilder(runtime.log, runtime.projector)
        if check:
            with _progress("comparing") as told:
                compared = rebuilder.check(models, progress=told)
            _show_comparisons(compared, as_json=as_json)
            raise typer.Exit(0 if all(each.same for each in compared) else 1)
        with _progress("rebuilding") as told:
            position = rebuilder.rebuild(models, progress=told)
    _show_rebuilt(models, position, as_json=as_json)


@contextmanager
def _progress(doing: str) -> Iterator[Told]:
    """A bar on a terminal, nothing elsewhere."""
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=err, disable=not err.is_terminal) as bars:
        task = bars.add_task(doing, total=None)
        yield lambda position, last: bars.update(task, completed=position, total=last)


def _show_comparisons(compared: Sequence[Comparison], *, as_json: bool) -> None:
    if as_json:
        documents = [{**asdict(each), "same": each.same} for each in compared]
        out.print(json.dumps(documents), soft_wrap=True)
        return
    table = Table("table", "verdict")
    for heading in ("live rows", "rebuilt rows"):
        table.add_column(heading, justify="right")
    for each in compared:
        rows = (f"{each.live_rows:,}", f"{each.built_rows:,}")
        table.add_row(each.table, "same" if each.same else "differs", *rows)
    out.print(table)
    for each in compared:
        for row in each.only_live:
            out.print(f"{each.table}, live only: {row}", soft_wrap=True)
        for row in each.only_built:
            out.print(f"{each.table}, rebuilt only: {row}", soft_wrap=True)


def _show_rebuilt(models: Sequence[Projection], position: int, *, as_json: bool) -> None:
    names = [model.name for model in models]
    if as_json:
        out.print(json.dumps({"rebuilt": names, "position": position}), soft_wrap=True)
    else:
        out.print(f"Rebuilt {', '.join(names)} up to position {position:,}.", soft_wrap=True)


def _document(each: ModelStatus) -> dict[str, object]:
    updated = each.updated_at.isoformat().replace("+00:00", "Z")
    return {**asdict(each), "behind": each.behind, "updated_at": updated}

"""`dynasty projections rebuild`, and the way back: read models built anew beside the live ones."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from typing import Annotated, Any, Final

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table

from interfaces.bootstrap.runtime import Runtime
from interfaces.cli.differences import told
from interfaces.cli.running import configured
from interfaces.rebuilding.working import PROCESSES_MAX, all_hands, cores
from projections.comparing import Comparison, RebuildDiffers
from projections.kernel import Projection
from projections.read_models import READ_MODELS, read_model
from projections.rebuild import Progress as Told
from projections.rebuild import Rebuilder, Rebuilt
from projections.rebuilds import Rebuild, newest_rebuilds
from projections.reverting import Reverter
from projections.status import outdated_models

out = Console(highlight=False, markup=False)
err = Console(stderr=True, highlight=False, markup=False)

SHOWN: Final = 20
THROTTLE_MAX: Final = 10_000_000
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON instead of a table.")]
Name = Annotated[str, typer.Argument(help="The read model.")]


def rebuild(
    *,
    name: Annotated[str | None, typer.Argument(help="The read model to build anew.")] = None,
    every: Annotated[bool, typer.Option("--all", help="Build all of them.")] = False,
    outdated: Annotated[
        bool, typer.Option("--outdated", help="Build those that other code or tables made.")
    ] = False,
    check: Annotated[
        bool, typer.Option("--check", help="Only compare a fresh build with the live rows.")
    ] = False,
    accept: Annotated[
        bool, typer.Option("--accept", help="Switch to rows that differ without a reason.")
    ] = False,
    resume: Annotated[
        bool,
        typer.Option("--resume/--restart", help="Go on with a rebuild that was left, or not."),
    ] = True,
    processes: Annotated[
        int | None, typer.Option(min=1, max=PROCESSES_MAX, help="All cores when left out.")
    ] = None,
    throttle: Annotated[
        int | None,
        typer.Option(
            min=1, max=THROTTLE_MAX, metavar="EVENTS_PER_SECOND", help="No more, all together."
        ),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Build read models from the first event on, then switch to them; queries go on meanwhile.

    A rebuild that was ended goes on where it was. Workers of the fleet take part. With --check
    nothing is switched: exit 1 says that the live rows differ from a fresh build.
    """
    if (name is not None) + every + outdated != 1:
        raise typer.BadParameter("give the name of one read model, --all or --outdated")
    named = READ_MODELS if name is None else (read_model(name),)
    with configured() as runtime:
        models = _outdated(runtime) if outdated else named
        helpers = all_hands(runtime, processes=processes or cores())
        rebuilder = Rebuilder(runtime.log, runtime.projector, helpers=helpers)
        if check:
            with progress("comparing") as done:
                compared = rebuilder.check(models, progress=done)
            show_comparisons(compared, as_json=as_json)
            raise typer.Exit(0 if all(each.same for each in compared) else 1)
        if not models:
            _show_rebuilt((), None, as_json=as_json)
            return
        try:
            with progress("rebuilding") as done:
                rebuilt = rebuilder.rebuild(
                    models, progress=done, throttle=throttle, accept=accept, restart=not resume
                )
        except RebuildDiffers as refusal:
            show_comparisons(refusal.compared, as_json=as_json)
            raise
    _show_rebuilt(models, rebuilt, as_json=as_json)


def rebuilds(as_json: AsJson = False) -> None:
    """List rebuilds, the newest first: how far they are, or what became of them."""
    with configured() as runtime, runtime.read_models.connection() as connection:
        found = newest_rebuilds(connection, limit=SHOWN)
    if as_json:
        out.print(json.dumps([_document(each) for each in found]), soft_wrap=True)
        return
    table = Table("begun at", "read models", "status")
    for heading in ("done", "workers", "left"):
        table.add_column(heading, justify="right")
    for each in found:
        models = each.models[0] if len(each.models) == 1 else f"{len(each.models)} read models"
        done = f"{each.done:,} of {each.events:,}"
        left = "" if each.seconds_left is None else f"{each.seconds_left:,} s"
        began = f"{each.started_at:%Y-%m-%d %H:%M:%S}Z"
        table.add_row(
            began, models, each.problem_code or each.status, done, str(each.workers), left
        )
    out.print(table)


def revert(name: Name, as_json: AsJson = False) -> None:
    """Go back to the tables that were live before the last rebuild, brought up to date first.

    What was live is kept in their place: reverting again goes forth again.
    """
    model = read_model(name)
    with configured() as runtime:
        position = Reverter(runtime.log, runtime.projector).revert(model)
    if as_json:
        out.print(json.dumps({"reverted": name, "position": position}))
    else:
        out.print(f"Reverted {name}; it holds position {position:,}.")


def drop(name: Name, as_json: AsJson = False) -> None:
    """Drop the tables that were live before the last rebuild. There is no way back then."""
    model = read_model(name)
    with configured() as runtime:
        Reverter(runtime.log, runtime.projector).drop(model)
    out.print(json.dumps({"dropped": name}) if as_json else f"Dropped the retired {name}.")


@contextmanager
def progress(doing: str) -> Iterator[Told]:
    """A bar on a terminal, nothing elsewhere."""
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=err, disable=not err.is_terminal) as bars:
        task = bars.add_task(doing, total=None)
        yield lambda done, total: bars.update(task, completed=done, total=total)


def show_comparisons(compared: Sequence[Comparison], *, as_json: bool) -> None:
    """Every table beside its build, and the first rows that differ."""
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
        for line in told(each.table, each.only_live, each.only_built, most=SHOWN):
            out.print(line, soft_wrap=True)


def _outdated(runtime: Runtime) -> Sequence[Projection]:
    with runtime.projector.connection() as connection:
        return outdated_models(connection)


def _show_rebuilt(models: Sequence[Projection], rebuilt: Rebuilt | None, *, as_json: bool) -> None:
    names = [model.name for model in models]
    position = rebuilt.position if rebuilt else None
    differing = [each for each in (rebuilt and rebuilt.compared) or () if not each.same]
    if as_json:
        document = {
            "rebuilt": names,
            "position": position,
            "differing": [x.table for x in differing],
        }
        out.print(json.dumps(document), soft_wrap=True)
        return
    if rebuilt is None:
        out.print("No read model is outdated.")
        return
    if differing:
        show_comparisons(differing, as_json=False)
    out.print(
        f"Rebuilt {', '.join(names)} up to position {rebuilt.position:,}. `dynasty projections"
        " revert` goes back, `drop` lets go of the tables before.",
        soft_wrap=True,
    )


def _document(each: Rebuild) -> dict[str, Any]:
    facts = asdict(each)
    for name in ("started_at", "finished_at"):
        at = facts[name]
        facts[name] = None if at is None else at.isoformat().replace("+00:00", "Z")
    facts["rebuild_id"] = str(each.rebuild_id)
    for name in ("asked_at", "schema_name", "problem_facts"):
        del facts[name]
    return {**facts, "seconds_left": each.seconds_left}

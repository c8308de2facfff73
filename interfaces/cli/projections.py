"""`dynasty projections`: the read models, seen and rebuilt by hand."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Annotated

import typer
from rich.console import Console

from interfaces.cli.healing import heal
from interfaces.cli.rebuilds import drop, rebuild, rebuilds, revert
from interfaces.cli.running import configured
from interfaces.cli.tables import narrow_table
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
    table = narrow_table()
    for heading in ("read model", "state", "updated at"):
        table.add_column(heading)
    for heading in ("position", "behind", "rows"):
        table.add_column(heading, justify="right", no_wrap=True)
    for each in found:
        state = "outdated" if each.outdated else "current" if not each.behind else "behind"
        state += "\nretired kept" if each.retired else ""
        numbers = (each.position, each.behind, each.rows)
        updated = f"{each.updated_at:%Y-%m-%d %H:%M:%S}Z"
        table.add_row(each.name, state, updated, *(f"{number:,}" for number in numbers))
    out.print(table)
    out.print(f"The log is at {found[0].head:,}.")


for command in (rebuild, rebuilds, revert, drop, heal):
    app.command(command.__name__)(command)


def _document(each: ModelStatus) -> dict[str, object]:
    updated = each.updated_at.isoformat().replace("+00:00", "Z")
    return {**asdict(each), "behind": each.behind, "updated_at": updated}

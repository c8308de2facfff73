"""`dynasty projections heal`: one account's rows made anew, and shown before they are written."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict
from typing import Annotated, Final
from uuid import UUID

import typer
from rich.console import Console

from interfaces.cli.differences import told
from interfaces.cli.ids import account_id
from interfaces.cli.running import configured
from projections.healing import Healed, Healer, is_of_accounts
from projections.read_models import READ_MODELS, read_model

out = Console(highlight=False, markup=False)
err = Console(stderr=True, highlight=False, markup=False)
ROWS_SHOWN: Final = 10


def heal(
    *,
    name: Annotated[str | None, typer.Argument(help="The read model to heal.")] = None,
    account: Annotated[
        UUID, typer.Option(help="The account's id.", parser=account_id, metavar="ACCOUNT")
    ],
    every: Annotated[bool, typer.Option("--all", help="Heal it in all read models.")] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Write without asking.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON instead of text.")] = False,
) -> None:
    """Make one account's rows anew out of its events. What would change is shown first.

    Without --yes it is asked for before anything is written; with --json it is only shown then.
    """
    if (name is None) == (not every):
        raise typer.BadParameter("give the name of one read model, or --all")
    models = tuple(filter(is_of_accounts, READ_MODELS)) if name is None else (read_model(name),)
    with configured() as runtime:
        healer = Healer(runtime.log, runtime.projector)
        found = healer.difference(account, models)
        differing = [each for each in found if not each.same]
        if not as_json:
            _show(differing)
        heals = bool(differing) and (yes or (not as_json and _agreed()))
        if heals:
            found = healer.heal(account, models)
    if as_json:
        tables = [{**asdict(each), "same": each.same} for each in found]
        out.print(json.dumps({"healed": heals, "tables": tables}), soft_wrap=True)
    elif heals:
        out.print(f"Healed {', '.join(each.table for each in found if not each.same)}.")


def _agreed() -> bool:
    try:
        return typer.confirm("Write these rows?")
    except typer.Abort:
        err.print("Nobody is there to ask, and nothing was written: give --yes to write.")
        raise


def _show(differing: Sequence[Healed]) -> None:
    if not differing:
        out.print("The rows are those that the account's events make. Nothing to heal.")
    for each in differing:
        for line in told(each.table, each.only_live, each.only_built, most=ROWS_SHOWN):
            out.print(line, soft_wrap=True)

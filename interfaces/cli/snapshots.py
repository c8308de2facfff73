"""`dynasty snapshots`: what long accounts are loaded from, seen, compared and thrown away."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from datetime import datetime
from getpass import getuser
from typing import Annotated, Any, Final
from uuid import UUID

import typer
from rich.console import Console
from rich.table import Table

from interfaces.cli.ids import account_id
from interfaces.cli.progress import counting
from interfaces.cli.running import configured
from interfaces.cli.tables import add_ids

app = typer.Typer(no_args_is_help=True, help="What long accounts are loaded from.")
out = Console(highlight=False, markup=False)

COUNT: Final = 20
COUNT_MAX: Final = 100_000
REASON_LENGTH_MAX: Final = 2_000

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON instead of a table.")]
Account = Annotated[
    UUID | None,
    typer.Option("--account", parser=account_id, metavar="ACCOUNT", help="The account's id."),
]


@app.command("status")
def status(as_json: AsJson = False) -> None:
    """Show the snapshots of each code, how many were checked, and the last that were wrong."""
    with configured() as runtime:
        snapshots = runtime.snapshots
        codes = [_code(each, current=snapshots.code) for each in snapshots.figures()]
        faults = [_plain(asdict(each)) for each in snapshots.faults()]
        on = runtime.settings.snapshots
    if as_json:
        out.print(json.dumps({"on": on, "codes": codes, "faults": faults}), soft_wrap=True)
        return
    if not on:
        out.print("Snapshots are off (DYNASTY_SNAPSHOTS): every account is read whole.")
    out.print(_codes_table(codes))
    if faults:
        out.print(_faults_table(faults))


@app.command("verify")
def verify(
    account: Account = None,
    every: Annotated[bool, typer.Option("--all", help="All of this release's code.")] = False,
    count: Annotated[
        int, typer.Option(min=1, max=COUNT_MAX, help="So many, chosen by chance.")
    ] = COUNT,
    as_json: AsJson = False,
) -> None:
    """Compare snapshots with a full replay; exit 1 says that one was not what its events make.

    Such a one is deleted and recorded. After a wrong one, no snapshot of this code is used until
    `dynasty snapshots drop` has cleared it.
    """
    if account is not None and every:
        raise typer.BadParameter("give an account or --all, not both")
    with configured() as runtime, counting("snapshots", total=None) as advance:
        keeping = runtime.snapshots.keeping
        if account is not None:
            found = [keeping.verify_account(account)]
        else:
            checked = (
                keeping.verify_all()
                if every
                else keeping.verify_some(count, choose=runtime.snapshots.choose)
            )
            found = list(_told(checked, advance))
    faults = [each for each in found if each.is_fault]
    unknown = sum(each.verdict == "unknown" for each in found)
    if as_json:
        documents = [_plain({**asdict(each), "differs": list(each.differs)}) for each in faults]
        told = {"checked": len(found), "unknown": unknown, "faults": documents}
        out.print(json.dumps(told), soft_wrap=True)
    else:
        out.print(f"{len(found):,} compared, {len(faults):,} not what their events make.")
        if unknown:
            out.print(f"{unknown:,} of them are of accounts that cannot be replayed here.")
        for each in faults:
            said = ", ".join(each.differs) or "cannot be read"
            out.print(f"acc_{each.account_id} at version {each.version}: {said}", soft_wrap=True)
    raise typer.Exit(1 if faults else 0)


@app.command("drop")
def drop(
    account: Account = None,
    code: Annotated[
        str | None, typer.Option(help="All of this code, by its hash; and it is trusted again.")
    ] = None,
    current: Annotated[
        bool, typer.Option("--current", help="All of this release's code; it is trusted again.")
    ] = False,
    reason: Annotated[str | None, typer.Option(help="Why, for those who ask later.")] = None,
    as_json: AsJson = False,
) -> None:
    """Throw snapshots away. Nothing is lost: the daemon takes them anew.

    Dropping all of a code clears it after one was found wrong, and asks for a reason.
    """
    if sum((account is not None, code is not None, current)) != 1:
        raise typer.BadParameter("give one of --account, --code and --current")
    if account is None and not (reason and reason.strip() and len(reason) <= REASON_LENGTH_MAX):
        raise typer.BadParameter(f"give a --reason of at most {REASON_LENGTH_MAX:,} characters")
    with configured() as runtime:
        keeping = runtime.snapshots.keeping
        if account is not None:
            dropped = keeping.drop_account(account)
        else:
            by, why = f"cli:{getuser()}", str(reason)
            dropped = keeping.drop_code(code or keeping.code, by=by, reason=why)
    if as_json:
        out.print(json.dumps({"dropped": dropped}))
    else:
        out.print(f"{dropped:,} dropped.")


def _told(checked: Iterable[Any], advance: Any) -> Iterable[Any]:
    for each in checked:
        advance(1)
        yield each


def _code(figures: Any, *, current: str) -> dict[str, Any]:
    trusted = figures.distrusted_at is None
    return {**_plain(asdict(figures)), "current": figures.code_hash == current, "trusted": trusted}


def _plain(row: dict[str, Any]) -> dict[str, Any]:
    return {name: _text(held) for name, held in row.items()}


def _text(held: Any) -> Any:
    if isinstance(held, datetime):
        return held.isoformat().replace("+00:00", "Z")
    return str(held) if isinstance(held, UUID) else held


def _codes_table(codes: Sequence[dict[str, Any]]) -> Table:
    table = Table("code\nlast checked at", "state", title="Snapshots, by code")
    table.title_justify = "left"
    for heading in ("snapshots\nkB", "checked", "wrong\nunreadable"):
        table.add_column(heading, justify="right")
    for each in codes:
        state = "distrusted" if not each["trusted"] else "current" if each["current"] else "other"
        last = str(each["last_checked_at"] or "never")[:19]
        table.add_row(
            f"{each['code_hash'][:12]}\n{last}",
            state,
            f"{each['snapshots']:,}\n{each['bytes'] // 1_000:,}",
            f"{each['checked']:,}",
            f"{each['wrong']:,}\n{each['unreadable']:,}",
        )
    return table


def _faults_table(faults: Sequence[dict[str, Any]]) -> Table:
    table = Table(title="Not what their events make, newest first", title_justify="left")
    add_ids(table, "account", [f"acc_{each['stream_id']}" for each in faults])
    table.add_column("version", justify="right")
    table.add_column("found at\ndiffers", overflow="fold")
    for each in faults:
        said = each["differs"] or "cannot be read"
        account, version = f"acc_{each['stream_id']}", f"{each['version']:,}"
        table.add_row(account, version, f"{each['found_at'][:19]}\n{said}")
    return table

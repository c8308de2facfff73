"""`dynasty news`: the firm's calendar of scheduled releases."""

from __future__ import annotations

import getpass
import json
import re
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any, Final

import typer
from rich import box
from rich.console import Console
from rich.progress import track
from rich.table import Table

from application.context import CommandContext, acting
from application.news.commands import ScheduleRelease, WithdrawRelease
from application.news.handlers import month_in, schedule_release, withdraw_release
from application.pipeline import carry_out
from domain.documents import Place, Unreadable, read_json
from domain.errors import DomainError
from domain.market.releases import RELEASE_ID_LENGTH_MAX, Release
from domain.market.sessions import CHICAGO
from domain.market.specs import SPECS
from domain.news.calendar import Scheduled, month_of
from interfaces.bootstrap.starting import running
from interfaces.cli.tables import add_ids
from interfaces.settings import load_settings

app = typer.Typer(no_args_is_help=True, help="Schedule news, by which accounts are judged.")

RELEASES_PER_FILE_MAX: Final = 5_000
_MONTH = re.compile(r"20\d\d-(0[1-9]|1[0-2])", re.ASCII)
_out = Console(highlight=False, markup=False)
_err = Console(stderr=True, highlight=False, markup=False)

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON instead of a table.")]


@app.command("list")
def list_(
    month: Annotated[
        str | None,
        typer.Option(metavar="MONTH", help="A month in Chicago, as 2026-03; now when left out."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """List the releases of a month; those that were withdrawn stay and say so."""
    settings, wanted = load_settings(), _month(month) if month else month_of(datetime.now(UTC))
    with running(settings, data_dir=settings.data_dir) as runtime:
        calendar = month_in(runtime.ledger, wanted)
    found = list(calendar.releases.values()) if calendar else []
    found.sort(key=lambda each: (each.release.released_at, each.release.release_id))
    if as_json:
        for each in found:
            print(json.dumps(_document(each)))
        return
    _out.print(_table(found, month=wanted) if found else f"Nothing is scheduled in {wanted}.")


@app.command("schedule")
def schedule(
    release_id: Annotated[str, typer.Argument(help="An id, unique in its month.", metavar="ID")],
    title: Annotated[str, typer.Option(help="What is released.")],
    at: Annotated[str, typer.Option(metavar="TIME", help="When: RFC 3339, with an offset.")],
    impact: Annotated[str, typer.Option(help="high, medium or low; only high closes a window.")],
    root: Annotated[
        list[str] | None,
        typer.Option(help="A product it moves, such as ES; repeat it. All when left out."),
    ] = None,
) -> None:
    """Put one release on the calendar; again is harmless."""
    document = {"id": release_id, "title": title, "at": at, "impact": impact, "symbols": root}
    _schedule([_release(Place(document))])


@app.command("withdraw")
def withdraw(
    release_id: Annotated[str, typer.Argument(help="The release's id.", metavar="ID")],
    month: Annotated[str, typer.Option(help="The month it is scheduled in, as 2026-03.")],
    reason: Annotated[str, typer.Option(help="Why it does not take place.")],
) -> None:
    """Take a release off the calendar. Accounts that were told of it keep it."""
    settings = load_settings()
    command = WithdrawRelease(
        month=_month(month),
        release_id=release_id,
        reason=Place(reason, "--reason").text(),
        at=datetime.now(UTC),
    )
    with running(settings, data_dir=settings.data_dir) as runtime, acting(_context()):
        receipt = carry_out(withdraw_release, command, runtime.ledger)
    said = "was withdrawn before" if receipt.position is None else "is withdrawn"
    _out.print(f"The release {release_id} {said}.")


@app.command("import")
def import_(
    file: Annotated[
        Path,
        typer.Argument(help='JSON: {"releases": [{"id", "title", "at", "impact", "symbols"}]}'),
    ],
) -> None:
    """Schedule all releases of a file. Whatever is on the calendar already stays as it is."""
    try:
        document = read_json(file.read_bytes())
    except OSError as fault:
        raise Unreadable.at("", f"{file} cannot be opened: {fault.strerror}.") from fault
    items = document.fields(required=("releases",))["releases"]
    _schedule([_release(item) for item in items.items(at_most=RELEASES_PER_FILE_MAX)])


def _schedule(releases: Sequence[Release]) -> None:
    settings, recorded = load_settings(), 0
    with running(settings, data_dir=settings.data_dir) as runtime, acting(_context()):
        for release in track(
            releases, "Scheduling", console=_err, transient=True, disable=len(releases) == 1
        ):
            command = ScheduleRelease(release=release, at=datetime.now(UTC))
            receipt = carry_out(schedule_release, command, runtime.ledger)
            recorded += receipt.position is not None
    _out.print(f"Scheduled {recorded:,}; {len(releases) - recorded:,} were on the calendar before.")


def _release(place: Place) -> Release:
    at = place.fields(required=("id", "title", "at", "impact"), optional=("symbols",))
    roots = at["symbols"].items(at_most=len(SPECS)) if "symbols" in at else []
    try:
        return Release.of(
            release_id=at["id"].text(at_most=RELEASE_ID_LENGTH_MAX),
            title=at["title"].text(at_most=200),
            released_at=at["at"].moment(),
            impact=at["impact"].choice("high", "medium", "low"),
            roots=[each.choice(*SPECS) for each in roots],
        )
    except Unreadable:
        raise
    except DomainError as refusal:
        raise Unreadable.at(at["at"].pointer, refusal.sentence) from refusal


def _month(text: str) -> str:
    if not _MONTH.fullmatch(text):
        raise typer.BadParameter(f"{text!r} is not a month; write one as 2026-03")
    return text


def _table(found: Sequence[Scheduled], *, month: str) -> Table:
    table = Table(title=f"News in {month}", title_justify="left", box=box.SIMPLE_HEAD)
    add_ids(table, "id", [each.release.release_id for each in found])
    for name in ("Chicago time", "impact", "products", "title"):
        table.add_column(name, overflow="fold")
    for each in found:
        table.add_row(*_cells(each))
    return table


def _cells(each: Scheduled) -> tuple[str, ...]:
    release = each.release
    title = release.title + (f" (withdrawn: {each.withdrawn})" if each.withdrawn else "")
    return (
        release.release_id,
        f"{release.released_at.astimezone(CHICAGO):%Y-%m-%d %H:%M}",
        release.impact,
        ", ".join(release.roots) if release.roots else "all",
        title,
    )


def _document(each: Scheduled) -> dict[str, Any]:
    release = each.release
    return {
        "id": release.release_id,
        "title": release.title,
        "at": release.released_at.isoformat().replace("+00:00", "Z"),
        "impact": release.impact,
        "symbols": release.roots,
        "withdrawn": each.withdrawn,
    }


def _context() -> CommandContext:
    return CommandContext(actor=f"cli:{getpass.getuser()}")

"""`dynasty packs`: what is on sale, version by version, and how another one goes on sale."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import typer
from rich import box
from rich.console import Console
from rich.progress import track
from rich.table import Table

from application.context import acting
from application.ledger import Ledger
from application.pipeline import carry_out
from application.plans.answers import shown
from application.plans.catalogue import program, program_names
from application.plans.commands import PublishPack, PublishShippedPack
from application.plans.handlers import (
    publish_pack,
    publish_shipped_pack,
    published_line,
)
from application.plans.versions import version_of
from domain.documents import Place, Unreadable
from domain.plans.diffing import Change, diff_of
from domain.plans.impact import Impact, read_impact
from domain.rules.canonical import document_of, hash_of
from interfaces.bootstrap.starting import running
from interfaces.cli.accounts import AsJson, cli_context, pack_in
from interfaces.settings import load_settings

app = typer.Typer(no_args_is_help=True, help="The rule packs on sale, and their versions.")
_out = Console(highlight=False, markup=False)

Program = Annotated[str, typer.Argument(help="A program, such as standard-25k.")]
Phase = Annotated[str, typer.Argument(help="evaluation, funded or funded_daily.")]


@app.command("list")
def list_packs(as_json: AsJson = False) -> None:
    """List what is on sale. Without a published version that is what this release ships."""
    settings = load_settings()
    rows: list[dict[str, Any]] = []
    with running(settings, data_dir=settings.data_dir) as runtime:
        for name in program_names():
            for phase, pack in program(name).packs.items():
                line = published_line(name, phase, runtime.ledger)
                rows.append(
                    {
                        "program": name,
                        "phase": phase,
                        "version": line.newest.number if line else None,
                        "pack_hash": line.newest.pack_hash if line else hash_of(pack),
                        "published_at": _time(line.newest.published_at) if line else None,
                    }
                )
    _print_rows(rows, as_json=as_json)


@app.command("show")
def show(
    program_name: Program,
    phase: Phase,
    number: Annotated[
        int | None, typer.Option(min=1, help="A published version; what is on sale when left out.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Show the rules of a version."""
    settings = load_settings()
    with running(settings, data_dir=settings.data_dir) as runtime:
        pack = version_of(program_name, phase, number, runtime.ledger)
    document = {"pack_hash": hash_of(pack), "pack": document_of(pack)}
    if as_json:
        print(json.dumps(document))
        return
    _out.print(document["pack_hash"], soft_wrap=True)
    _out.print_json(data=document["pack"])


@app.command("versions")
def versions(program_name: Program, phase: Phase, as_json: AsJson = False) -> None:
    """List the published versions of a pack, the newest first."""
    program(program_name).pack(phase)
    settings = load_settings()
    with running(settings, data_dir=settings.data_dir) as runtime:
        line = published_line(program_name, phase, runtime.ledger)
    rows = [
        {
            "number": each.number,
            "pack_hash": each.pack_hash,
            "published_at": _time(each.published_at),
            "changes": each.changes,
            "impact_hash": each.impact_hash,
            "accounts": each.run.accounts if each.run else None,
            "flips": each.run.flips if each.run else None,
            "reason": each.reason,
        }
        for each in reversed(line.versions if line else ())
    ]
    if not rows and not as_json:
        _out.print("Nothing was published of it; what is sold is what this release ships.")
        return
    _print_rows(rows, as_json=as_json)


@app.command("diff")
def diff(
    program_name: Program,
    phase: Phase,
    *,
    before: Annotated[
        int | None, typer.Option("--from", min=1, help="A version; what is on sale if left out.")
    ] = None,
    after: Annotated[int | None, typer.Option("--to", min=1, help="Another version.")] = None,
    pack_file: Annotated[
        Path | None, typer.Option("--pack", help="A rule pack instead of --to (JSON).")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Show every place that differs between two versions, or between a version and a file."""
    if (after is None) == (pack_file is None):
        raise typer.BadParameter("give --to or --pack")
    settings = load_settings()
    with running(settings, data_dir=settings.data_dir) as runtime:
        old = version_of(program_name, phase, before, runtime.ledger)
        new = (
            pack_in(pack_file)
            if pack_file
            else version_of(program_name, phase, after, runtime.ledger)
        )
    changes = diff_of(document_of(old), document_of(new))
    if as_json:
        hashes = {"old_pack_hash": hash_of(old), "new_pack_hash": hash_of(new)}
        print(json.dumps({**hashes, "diff": [asdict(each) for each in changes]}))
    else:
        _print_changes(changes)


@app.command("publish")
def publish(
    program_name: Annotated[str | None, typer.Argument(help="A program.")] = None,
    phase: Annotated[str | None, typer.Argument(help="Its phase.")] = None,
    *,
    pack_file: Annotated[Path | None, typer.Option("--pack", help="The rule pack (JSON).")] = None,
    impact_file: Annotated[
        Path | None, typer.Option("--impact", help="The what-if run (JSON); not for version 1.")
    ] = None,
    reason: Annotated[str | None, typer.Option(help="Why the rules change.")] = None,
    shipped: Annotated[
        bool, typer.Option("--shipped", help="All packs of this release, as version 1.")
    ] = False,
) -> None:
    """Put a version of a pack on sale, or with --shipped all packs that have no version yet."""
    one = (program_name, phase, pack_file, reason)
    settings = load_settings()
    if shipped:
        if any((*one, impact_file)):
            raise typer.BadParameter("--shipped publishes all packs, and takes nothing else")
        with running(settings, data_dir=settings.data_dir) as runtime, acting(cli_context()):
            _publish_shipped(runtime.ledger)
        return
    if program_name is None or phase is None or pack_file is None or reason is None:
        raise typer.BadParameter("give PROGRAM, PHASE, --pack and --reason; or --shipped")
    command = PublishPack(
        program=program_name,
        phase=phase,
        pack=pack_in(pack_file),
        reason=Place(reason, "--reason").text(),
        at=datetime.now(UTC),
        impact=_impact_in(impact_file) if impact_file else None,
    )
    with running(settings, data_dir=settings.data_dir) as runtime, acting(cli_context()):
        receipt = carry_out(publish_pack, command, runtime.ledger)
        line = published_line(program_name, phase, runtime.ledger)
    assert line is not None, "it was published just now"
    said = "was on sale before" if receipt.position is None else "is on sale"
    _out.print(f"Version {line.newest.number}, {line.newest.pack_hash}, {said}.", soft_wrap=True)
    if run := line.newest.run:
        _out.print(
            f"It rests on a run over {run.accounts:,} accounts in which {run.flips:,} outcomes"
            " flip.",
            soft_wrap=True,
        )


def _publish_shipped(ledger: Ledger) -> None:
    lines = [(name, phase) for name in program_names() for phase in program(name).packs]
    begun = 0
    bar = Console(stderr=True)
    for name, phase in track(
        lines, "Publishing", console=bar, transient=True, disable=not bar.is_terminal
    ):
        command = PublishShippedPack(program=name, phase=phase, at=datetime.now(UTC))
        begun += carry_out(publish_shipped_pack, command, ledger).position is not None
    _out.print(f"{begun} packs are on sale as version 1; {len(lines) - begun} had a version.")


def _impact_in(file: Path) -> Impact:
    try:
        return read_impact(file.read_bytes())
    except OSError as fault:
        raise Unreadable.at("", f"{file} cannot be opened: {fault.strerror}.") from fault


def _print_changes(changes: Sequence[Change]) -> None:
    table = Table("rule", "before", "after", box=box.SIMPLE_HEAD)
    for each in changes:
        table.add_row(each.pointer, shown(each.before), shown(each.after))
    _out.print(table if changes else "Nothing differs.")


def _print_rows(rows: Sequence[dict[str, Any]], *, as_json: bool) -> None:
    if as_json:
        for row in rows:
            print(json.dumps(row))
        return
    table = Table(box=box.SIMPLE_HEAD)
    for name in rows[0]:
        table.add_column(name.replace("_", " "), overflow="fold")
    for row in rows:
        cut = {key: row[key][:12] if row[key] and key.endswith("hash") else row[key] for key in row}
        table.add_row(*("-" if value is None else str(value) for value in cut.values()))
    _out.print(table)
    _out.print("Hashes are shown by their first 12 digits; --json prints them whole.")


def _time(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")

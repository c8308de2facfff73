"""`dynasty events`: evidence out of the log, and the proof that nothing in it was changed."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from getpass import getuser
from pathlib import Path
from typing import Annotated, Any, Final
from uuid import UUID

import typer
from rich import box
from rich.console import Console
from rich.table import Table

from application.context import CommandContext, acting
from application.exports.errors import NotAnExport
from application.exports.exporting import (
    EVENTS_PER_FILE,
    Exported,
    ExportRequest,
    Record,
    export_events,
)
from application.exports.proving import Grounds, grounds_of
from application.exports.recording import command_in, command_of, record_export
from application.exports.verifying import Findings, NothingToVerify
from application.exports.verifying import verify as verify_export
from application.log import LogSelection
from application.pipeline import carry_out
from application.watching.wording import counted
from domain.documents import Place
from interfaces.bootstrap.runtime import Runtime
from interfaces.bootstrap.starting import running
from interfaces.cli.ids import account_id
from interfaces.cli.progress import counting
from interfaces.cli.sealing import seal_if_nobody_does
from interfaces.settings import load_settings

app = typer.Typer(no_args_is_help=True, help="Export events, and verify an export.")

EVENTS_PER_FILE_MAX = 1_000_000

_out = Console(highlight=False, markup=False, soft_wrap=True)
_told = Console(stderr=True, highlight=False, markup=False, soft_wrap=True)
_NOT_RECORDED: Final = (
    "This export is not recorded in the log, so no report of corrections will name it. Record it"
    " with `dynasty events record DIR`, under a login that may write."
)


@app.command("export")
def export(
    *,
    out: Annotated[
        Path, typer.Option("--out", metavar="DIR", help="A directory that is not there yet.")
    ],
    recorded_from: Annotated[
        str | None,
        typer.Option("--from", metavar="TIME", help="Recorded then or later: RFC 3339."),
    ] = None,
    recorded_before: Annotated[
        str | None, typer.Option("--to", metavar="TIME", help="Recorded before then: RFC 3339.")
    ] = None,
    event_type: Annotated[
        list[str] | None,
        typer.Option("--type", metavar="TOPIC", help="Only this type; give it again for more."),
    ] = None,
    account: Annotated[
        UUID | None, typer.Option(parser=account_id, metavar="ACCOUNT", help="Only this account.")
    ] = None,
    actor: Annotated[str | None, typer.Option(help="Only what this actor caused.")] = None,
    events_per_file: Annotated[
        int, typer.Option(min=1, max=EVENTS_PER_FILE_MAX, help="Events in one file at most.")
    ] = EVENTS_PER_FILE,
    record: Annotated[
        bool,
        typer.Option(
            "--record/--no-record",
            help="Remember in the log what this export holds, so that a later correction names it."
            " A login that may only read leaves it out, and says so.",
        ),
    ] = True,
    proofs: Annotated[
        bool,
        typer.Option(
            "--proofs/--no-proofs",
            help="Put the newest checkpoint in, with what proves that its events are the log's.",
        ),
    ] = True,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON document.")] = False,
) -> None:
    """Write events as JSON Lines with a manifest that vouches for every byte."""
    request = ExportRequest(
        selection=LogSelection(
            stream_id=account,
            event_types=event_type or None,
            actor=actor,
            recorded_from=_moment("--from", recorded_from),
            recorded_before=_moment("--to", recorded_before),
        ),
        created_at=datetime.now(UTC),
        created_by=f"cli:{getuser()}",
        events_per_file=events_per_file,
    )
    settings = load_settings()
    with running(settings, data_dir=settings.data_dir) as runtime:
        # How many events match is known beforehand only when all do.
        total = runtime.log.head() if request.selection == LogSelection() else None
        recorder = _recorder(runtime) if record and runtime.may_record else None
        grounds = _grounds(runtime) if proofs else None
        with counting("events", total=total) as advance:
            exported = export_events(
                runtime.log,
                request,
                out,
                report=lambda _: advance(1),
                record=recorder,
                grounds=grounds,
            )
    _tell_export(out, exported, recorded=recorder is not None, as_json=as_json)


@app.command("record")
def record_made(
    directory: Annotated[Path, typer.Argument(metavar="DIR", help="The directory of an export.")],
) -> None:
    """Remember an export that was made without being recorded. Again: nothing changes."""
    findings = _verified(directory, expect=None)
    if findings.faults:
        _tell_findings(findings)
        raise typer.Exit(1)
    settings = load_settings()
    with running(settings, data_dir=settings.data_dir) as runtime, acting(_context()):
        command = command_in(directory, findings.manifest_sha256, runtime.log)
        receipt = carry_out(record_export, command, runtime.ledger)
    said = "was recorded before" if receipt.position is None else "is recorded"
    _out.print(f"The export {findings.manifest_sha256} {said}.")


@app.command("verify")
def verify(
    directory: Annotated[Path, typer.Argument(metavar="DIR", help="The directory of an export.")],
    expect: Annotated[
        str | None,
        typer.Option(metavar="SHA256", help="The manifest's hash, as printed by the export."),
    ] = None,
    key: Annotated[
        list[str] | None,
        typer.Option(
            metavar="VERIFIER_KEY",
            help="A key of the log: its events are to be proved, by a checkpoint signed with it.",
        ),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON document.")] = False,
) -> None:
    """Check an export, without a database. Exit 0 when sound, 1 when not, 2 when it is none."""
    findings = _verified(directory, expect=expect, keys=key or ())
    if as_json:
        print(json.dumps(_findings_document(directory, findings), ensure_ascii=False))
    else:
        _tell_findings(findings)
    raise typer.Exit(1 if findings.faults else 0)


def _grounds(runtime: Runtime) -> Grounds | None:
    seal_if_nobody_does(runtime)
    return grounds_of(runtime.evidence.tree, runtime.evidence.checkpoints)


def _recorder(runtime: Runtime) -> Record:
    def record(exported: Exported) -> None:
        command = command_of(exported.manifest, exported.manifest_sha256)
        with acting(_context()):
            carry_out(record_export, command, runtime.ledger)

    return record


def _context() -> CommandContext:
    return CommandContext(actor=f"cli:{getuser()}")


def _verified(directory: Path, *, expect: str | None, keys: Sequence[str] = ()) -> Findings:
    try:
        sizes = (path.stat().st_size for path in directory.rglob("*") if path.is_file())
        with counting("bytes", total=sum(sizes)) as advance:
            return verify_export(directory, expected_sha256=expect, progress=advance, keys=keys)
    except (NothingToVerify, OSError) as reason:
        raise NotAnExport(
            f"{reason} Name the directory that `dynasty events export --out` wrote, and a key as"
            " `dynasty log key show` prints it.",
            directory=str(directory),
        ) from reason


def _moment(option: str, text: str | None) -> datetime | None:
    return None if text is None else Place(text, option).moment()


def _tell_export(directory: Path, exported: Exported, *, recorded: bool, as_json: bool) -> None:
    if not recorded:
        _told.print(_NOT_RECORDED)
    manifest = exported.manifest
    names = (
        "events", "bytes", "first_ledger_seq", "last_ledger_seq", "log_head", "contiguous",
        "statement",
    )  # fmt: skip
    document: dict[str, Any] = {
        "directory": str(directory),
        "files": len(manifest["event_files"]),
        **{name: manifest[name] for name in names},
        "proofs": {name: manifest["proofs"][name] for name in ("tree_size", "events", "statement")},
        "manifest_sha256": exported.manifest_sha256,
        "recorded": recorded,
    }
    if as_json:
        print(json.dumps(document, ensure_ascii=False))
        return
    table = Table(box=box.SIMPLE_HEAD)
    for name in ("file", "events", "bytes", "first seq", "last seq"):
        table.add_column(name, justify="left" if name == "file" else "right")
    for each in manifest["event_files"]:
        numbers = (each[name] for name in ("lines", "bytes", "first_ledger_seq", "last_ledger_seq"))
        table.add_row(each["name"], *(f"{number:,}" for number in numbers))
    if table.rows:
        _out.print(table)
    _out.print(f"{manifest['statement']} Written to {directory}.")
    _out.print(manifest["proofs"]["statement"])
    _out.print(f"Keep the manifest's SHA-256 elsewhere:\n{exported.manifest_sha256}")


def _findings_document(directory: Path, findings: Findings) -> dict[str, Any]:
    return {"directory": str(directory), "sound": not findings.faults, **asdict(findings)}


def _tell_findings(findings: Findings) -> None:
    for fault in findings.faults:
        _out.print(str(fault))
    unsaid = findings.fault_count - len(findings.faults)
    if unsaid:
        _out.print(f"and {unsaid:,} more")
    count = counted(findings.fault_count, "fault")
    verdict = f"NOT SOUND, {count}" if findings.faults else "sound"
    events, files = counted(findings.events, "event"), counted(findings.files, "file")
    _out.print(f"{verdict}: {events} in {files}")
    _out.print(findings.proof or "not proved: no checkpoint of the log lies in this export")
    _out.print(f"SHA-256 of the manifest: {findings.manifest_sha256}")

"""`dynasty log archive`: old partitions of the log, moved out of the database."""

from __future__ import annotations

import json
from collections.abc import Sequence
from getpass import getuser
from typing import Annotated, Any, Final

import typer
from rich import box
from rich.console import Console
from rich.table import Table

from application.archiving.archiving import Archived, Plan
from application.archiving.ports import ArchivedPartition, Partitions
from application.archiving.recording import command_of, record_archive
from application.context import CommandContext, acting
from application.exports.lines import moment_text
from application.pipeline import carry_out
from interfaces.bootstrap.runtime import Runtime
from interfaces.cli.progress import counting
from interfaces.cli.running import configured
from interfaces.cli.sealing import seal_if_nobody_does

_out = Console(highlight=False, markup=False, soft_wrap=True)
_told = Console(stderr=True, highlight=False, markup=False, soft_wrap=True)
_TIMES_TOLD: Final = 4
"""Each event is written and read back, in the order of the log and by stream."""

AsJson = Annotated[bool, typer.Option("--json", help="One JSON document.")]


def archive(
    *,
    before: Annotated[
        int,
        typer.Option(
            metavar="SEQ", min=1, help="Whole partitions that end before this ledger_seq."
        ),
    ],
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Only say what would be archived.")
    ] = False,
    keep: Annotated[
        bool,
        typer.Option("--keep", help="Leave each table beside the log instead of dropping it."),
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Move old partitions to the archive; whoever reads them is answered from there.

    Cut off, it is run again. A partition leaves the database when its files were read back.
    """
    by = f"cli:{getuser()}"
    with configured() as runtime:
        seal_if_nobody_does(runtime)
        evidence = runtime.evidence
        with runtime.archive.at_work(evidence.tree, evidence.checkpoints) as work:
            plan = work.archivist.plan(before=before, head=runtime.log.head())
            if dry_run:
                _tell_plan(plan, as_json=as_json)
                return
            _record(runtime, work.partitions)
            done: list[Archived] = []
            total = _TIMES_TOLD * sum(each.events for each in plan.partitions)
            with counting("events", total=total) as advance:
                for each in plan.partitions:
                    done.append(work.archivist.archive(each, by=by, keeps=keep, progress=advance))
                    _record(runtime, work.partitions)
    _tell_done(done, plan, as_json=as_json)


def archives(*, as_json: AsJson = False) -> None:
    """List what was archived: which events, when, by whom, and where they are."""
    with configured() as runtime, runtime.archive.partitions() as partitions:
        found = partitions.archived()
    if as_json:
        print(json.dumps([_archived_document(each) for each in found], ensure_ascii=False))
        return
    table = Table(box=box.SIMPLE_HEAD)
    for name in ("first seq", "last seq", "archived at", "by", "kept table", "place"):
        table.add_column(name, justify="right" if name.endswith("seq") else "left")
    for each in found:
        table.add_row(
            f"{each.first_seq:,}",
            f"{each.last_seq:,}",
            moment_text(each.archived_at),
            each.archived_by,
            each.kept or "",
            each.place,
        )
    if found:
        _out.print(table)
    events = found[-1].last_seq if found else 0
    _out.print(f"{len(found):,} partitions, {events:,} events are archived.")


def _record(runtime: Runtime, partitions: Partitions) -> None:
    """The newest is recorded, now or by an earlier run that was cut off before it came to that."""
    for newest in partitions.archived()[-1:]:
        with acting(CommandContext(actor=newest.archived_by)):
            carry_out(record_archive, command_of(newest), runtime.ledger)


def _tell_plan(plan: Plan, *, as_json: bool) -> None:
    if as_json:
        documents = [
            {
                "first_ledger_seq": each.first_seq,
                "last_ledger_seq": each.last_seq,
                "events": each.events,
                "table": each.table,
            }
            for each in plan.partitions
        ]
        print(json.dumps({"would_archive": documents, "because": plan.because}))
        return
    for each in plan.partitions:
        _out.print(f"Events {each.first_seq:,} to {each.last_seq:,} would be archived.")
    _tell_end(len(plan.partitions), plan)


def _tell_done(done: Sequence[Archived], plan: Plan, *, as_json: bool) -> None:
    if as_json:
        print(
            json.dumps(
                {"archived": [_done_document(each) for each in done], "because": plan.because},
                ensure_ascii=False,
            )
        )
        return
    for each in done:
        _out.print(
            f"Events {each.partition.first_seq:,} to {each.partition.last_seq:,} are in"
            f" {each.place}."
        )
        _out.print(f"Keep the manifest's SHA-256 elsewhere:\n{each.manifest_sha256}")
    _tell_end(len(done), plan)


def _tell_end(count: int, plan: Plan) -> None:
    if not count:
        _out.print("There is nothing to archive.")
    _told.print(plan.because)


def _done_document(each: Archived) -> dict[str, Any]:
    return {
        "first_ledger_seq": each.partition.first_seq,
        "last_ledger_seq": each.partition.last_seq,
        "events": each.partition.events,
        "files": len(each.manifest.files()) + 1,
        "bytes": each.manifest.bytes,
        "tree_size": each.manifest.tree_size,
        "place": each.place,
        "manifest_sha256": each.manifest_sha256,
    }


def _archived_document(each: ArchivedPartition) -> dict[str, Any]:
    return {
        "first_ledger_seq": each.first_seq,
        "last_ledger_seq": each.last_seq,
        "first_recorded_at": moment_text(each.first_recorded_at),
        "last_recorded_at": moment_text(each.last_recorded_at),
        "tree_size": each.tree_size,
        "place": each.place,
        "manifest_sha256": each.manifest_sha256,
        "kept_table": each.kept,
        "archived_by": each.archived_by,
        "archived_at": moment_text(each.archived_at),
    }

"""`dynasty log`: signed checkpoints, proofs, and the verification of the whole log."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any, Final

import typer
from rich import box
from rich.console import Console
from rich.table import Table

from application.exports.errors import LogNotContiguous
from application.proofs.checking import Evidence, in_order, verify_log
from application.proofs.errors import CheckpointUnreadable, TreeDamaged
from application.proofs.findings import FINDINGS_MAX, Finding, Verification
from application.proofs.verifying import (
    NOTE_CHARACTERS_MAX,
    Checkpoint,
    NothingToJudge,
    VerifierKey,
    read_checkpoint,
    read_key,
)
from application.watching.wording import counted
from interfaces.bootstrap.runtime import Runtime
from interfaces.bootstrap.starting import new_log_key
from interfaces.cli.files import write_whole
from interfaces.cli.progress import counting
from interfaces.cli.remembering import Remembered, remembered
from interfaces.cli.running import configured
from interfaces.cli.sealing import seal_and_sign, seal_if_nobody_does
from interfaces.settings import load_settings

app = typer.Typer(
    no_args_is_help=True, help="Prove what the log holds, and that nobody changed it."
)
key_app = typer.Typer(no_args_is_help=True, help="The key that signs checkpoints.")
app.add_typer(key_app, name="key")

_out = Console(highlight=False, markup=False, soft_wrap=True)
_told = Console(stderr=True, highlight=False, markup=False, soft_wrap=True)
_NOT_SOUND: Final = 1
_UNCHECKED: Final = "No signature was checked: no key is configured, and no --key was given."
AsJson = Annotated[bool, typer.Option("--json", help="One JSON document.")]


@app.command("checkpoint")
def checkpoint(
    *,
    sign: Annotated[
        bool, typer.Option("--sign", help="Seal all that is recorded and sign it first.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Print the newest signed checkpoint: keep it where nobody who owns the database can write."""
    with configured() as runtime:
        if sign:
            seal_and_sign(runtime)
        else:
            seal_if_nobody_does(runtime)
        found = runtime.evidence.prover.checkpoint()
    if as_json:
        document = {
            "tree_size": found.size,
            "root": found.root.hex(),
            "signed_at": found.signed_at.isoformat(),
            "copy": found.place,
            "checkpoint": found.note,
        }
        print(json.dumps(document, ensure_ascii=False))
    else:
        typer.echo(found.note.encode(), nl=False)


@app.command("prove")
def prove(
    ledger_seq: Annotated[int, typer.Argument(metavar="SEQ", min=1, help="Its ledger_seq.")],
    out: Annotated[
        Path | None, typer.Option("--out", "-o", metavar="FILE", help="Where to; else printed.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Prove that an event is in the log: `verify_proofs.py` of any export checks the file."""
    with configured() as runtime:
        seal_if_nobody_does(runtime)
        proof = runtime.evidence.prover.event(ledger_seq)
    if as_json:
        document = {
            "ledger_seq": ledger_seq,
            "leaf_index": proof.index,
            "event": json.loads(proof.entry),
            "path": [each.hex() for each in proof.path],
            "tree_size": proof.checkpoint.size,
            "root": proof.checkpoint.root.hex(),
            "checkpoint": proof.checkpoint.note,
        }
        print(json.dumps(document, ensure_ascii=False))
    elif out is None:
        typer.echo(proof.text().encode(), nl=False)
    else:
        write_whole(out, proof.text())
        _told.print(
            f"Wrote {out}: event {ledger_seq} is in the log of {proof.checkpoint.size:,} events."
        )


@app.command("verify")
def verify(
    *,
    against: Annotated[
        list[str] | None,
        typer.Option(
            metavar="CHECKPOINT",
            help="A checkpoint that was kept elsewhere: its file, or its text. Give it again for"
            " more.",
        ),
    ] = None,
    copies: Annotated[
        bool, typer.Option("--copies", help="Against every copy in the bucket as well.")
    ] = False,
    key: Annotated[
        list[str] | None,
        typer.Option(
            metavar="VERIFIER_KEY",
            help="A key that signed, as `dynasty log key show` prints it; else the configured one.",
        ),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Recompute every leaf and compare it with the tree, and the tree with every checkpoint.

    Exit 0 when all agrees, 1 when something was changed, 2 when it cannot be told.
    """
    given, unreadable = [_checkpoint_in(each) for each in against or ()], list[str]()
    with configured() as runtime:
        with suppress(TreeDamaged, LogNotContiguous):  # The verification names it.
            seal_if_nobody_does(runtime)
        evidence = Evidence(
            keys=[_key_in(each) for each in key or ()] or runtime.evidence.own_keys,
            outside=in_order(given, _copies(runtime, unreadable) if copies else ()),
        )
        office = runtime.evidence
        with counting("events", total=runtime.log.head()) as advance:
            found = verify_log(
                runtime.log, office.tree, office.checkpoints, evidence, progress=advance
            )
        known = remembered(runtime, found.findings)
    if as_json:
        document = _document(found, known) | {"unreadable_copies": unreadable}
        print(json.dumps(document, ensure_ascii=False))
    else:
        _tell(found, known)
        for each in unreadable:
            _out.print(f"a copy in the bucket is no checkpoint: {each}")
    raise typer.Exit(_NOT_SOUND if found.finding_count or unreadable else 0)


@key_app.command("new")
def new_key(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A file that is not there yet.")],
) -> None:
    """Make an Ed25519 key, and print its public half for everyone who verifies."""
    key = new_log_key(file, name=load_settings().log_origin).verifier_key()
    _told.print(f"Wrote {file}, mode 0600. Set DYNASTY_LOG_KEY_FILE to it. Its verifier key:")
    print(key)


@key_app.command("show")
def show_key(as_json: AsJson = False) -> None:
    """Print the verifier key of the configured key."""
    with configured() as runtime:
        key = runtime.evidence.signer.verifier_key()
    print(json.dumps({"verifier_key": str(key)}) if as_json else key)


def _copies(runtime: Runtime, unreadable: list[str]) -> Iterator[Checkpoint]:
    """Every copy that can be read; of the others the reasons are put down."""
    for note in runtime.evidence.vault.copies():
        try:
            yield read_checkpoint(note)
        except NothingToJudge as reason:
            if len(unreadable) < FINDINGS_MAX:
                unreadable.append(str(reason))


def _checkpoint_in(given: str) -> Checkpoint:
    """A checkpoint by its file, or as it is. Refuses with CheckpointUnreadable."""
    if "\n" in given:
        return _read(given)
    try:
        with Path(given).open("rb") as file:
            return _read(file.read(NOTE_CHARACTERS_MAX + 1).decode())
    except (OSError, ValueError) as fault:
        why = (fault.strerror or "it cannot be read") if isinstance(fault, OSError) else "no text"
        raise CheckpointUnreadable(
            f"'{given}' is no file with a checkpoint, and no checkpoint itself: {why}. `dynasty log"
            " checkpoint` prints one."
        ) from fault


def _read(note: str) -> Checkpoint:
    try:
        return read_checkpoint(note)
    except NothingToJudge as reason:
        raise CheckpointUnreadable(
            f"What was given is no checkpoint: {reason}. `dynasty log checkpoint` prints one."
        ) from reason


def _key_in(given: str) -> VerifierKey:
    try:
        return read_key(given)
    except NothingToJudge as reason:
        raise CheckpointUnreadable(
            f"What was given is no key: {reason}. `dynasty log key show` prints one."
        ) from reason


def _document(found: Verification, known: Mapping[int, Remembered]) -> dict[str, Any]:
    findings = [_finding_document(each, known) for each in found.findings]
    return {
        "sound": not found.finding_count,
        **asdict(found),
        "root": found.root.hex(),
        "findings": findings,
    }


def _finding_document(finding: Finding, known: Mapping[int, Remembered]) -> dict[str, Any]:
    stream_id, projected = finding.stream_id, _projected(finding, known)
    return {
        **asdict(finding),
        "stream_id": None if stream_id is None else str(stream_id),
        "projected": None if projected is None else asdict(projected),
    }


def _projected(finding: Finding, known: Mapping[int, Remembered]) -> Remembered | None:
    told = finding.kind in ("altered", "removed") and finding.ledger_seq is not None
    return known.get(finding.ledger_seq or 0) if told else None


def _tell(found: Verification, known: Mapping[int, Remembered]) -> None:
    table = Table(box=box.SIMPLE_HEAD, width=None)
    table.add_column("what")
    table.add_column("seq", justify="right")
    table.add_column("finding", overflow="fold")
    for each in found.findings:
        seq = "" if each.ledger_seq is None else f"{each.ledger_seq}"
        table.add_row(each.kind, seq, each.sentence)
        if projected := _projected(each, known):
            table.add_row("", "", str(projected))
    if found.findings:
        Console(highlight=False, markup=False).print(table)
    unsaid = found.finding_count - len(found.findings)
    if unsaid:
        _out.print(f"and {unsaid:,} more")
    if not found.signatures_checked:
        _told.print(_UNCHECKED)
    if found.unsealed:
        _out.print(f"Recorded and not sealed yet: {counted(found.unsealed, 'event')}.")
    count = found.finding_count
    verdict = f"NOT SOUND, {counted(count, 'finding')}" if count else "sound"
    counts = f"{counted(found.events, 'event')}, {counted(found.checkpoints, 'checkpoint')}"
    outside = f", {found.outside:,} from elsewhere" if found.outside else ""
    _out.print(f"{verdict}: {counts}{outside}, tree of {counted(found.tree_size, 'event')}")
    _out.print(f"root {found.root.hex()}")

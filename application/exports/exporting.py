"""From the log to a directory of evidence."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from types import ModuleType
from typing import Any

from application.exports import differing, verifying
from application.exports.drafts import Draft, drafted
from application.exports.errors import LogNotContiguous
from application.exports.event_files import EventFiles
from application.exports.lines import moment_text
from application.exports.proving import NO_PROOF, ExportProof, Grounds
from application.exports.schemas import event_types, payload_schema
from application.exports.selections import checked, is_contiguous, selection_document
from application.log import Log, LogSelection, RecordedEvent
from application.proofs import tree as proofs_tree
from application.proofs import verifying as proofs_verifying
from domain.documents import canonical_json

EVENTS_PER_FILE = 100_000

Report = Callable[[RecordedEvent], None]
"""Told of every event that was written; for progress bars."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportRequest:
    """What to export, and who asks when. Sequence bounds of the selection are not used."""

    selection: LogSelection
    created_at: datetime
    created_by: str
    events_per_file: int = EVENTS_PER_FILE


@dataclass(frozen=True, slots=True, kw_only=True)
class Exported:
    """A finished export: its manifest, and the hash to keep apart from it."""

    manifest: dict[str, Any]
    manifest_sha256: str


Record = Callable[[Exported], object]
"""Told of a whole export before anybody can see it; what it raises undoes the export."""


def export_events(
    log: Log,
    request: ExportRequest,
    directory: Path,
    *,
    report: Report | None = None,
    record: Record | None = None,
    grounds: Grounds | None = None,
) -> Exported:
    """Write what the log holds now, whole or not at all. Memory does not grow with it.

    `record` is called when all files are written and the directory is not there yet; if it refuses,
    nothing is left. With `grounds` a proof lies in it. Refuses with SelectionRefused, ExportExists,
    ExportNotWritten, LogNotContiguous or TreeDamaged.
    """
    head = log.head()
    selection = replace(checked(request.selection), first_seq=None, last_seq=head)
    with drafted(directory) as draft:
        files = EventFiles(draft, events_per_file=request.events_per_file)
        proof = ExportProof(draft, grounds) if grounds else None
        for recorded in log.stream(selection):
            if is_contiguous(selection):
                _refuse_gap(files.last, recorded, from_start=selection.recorded_from is None)
            files.add(recorded)
            if proof:
                proof.add(recorded)
            if report:
                report(recorded)
        files.close()
        _refuse_early_end(files, selection, head)
        manifest = _manifest(request, head, files)
        manifest["schemas"] = _put_schemas(draft, files)
        manifest["proofs"] = proof.close() if proof else NO_PROOF
        manifest["verifier"] = _put_verifier(draft)
        content = f"{canonical_json(manifest)}\n".encode()
        sha256 = hashlib.sha256(content).hexdigest()
        draft.put("manifest.sha256", f"{sha256}  manifest.json\n".encode())
        draft.put("manifest.json", content)
        exported = Exported(manifest=manifest, manifest_sha256=sha256)
        if record:
            record(exported)
    return exported


def _manifest(request: ExportRequest, head: int, files: EventFiles) -> dict[str, Any]:
    first, last = files.first, files.last
    types: dict[str, dict[str, int]] = {}
    for (event_type, version), count in files.versions.items():
        types.setdefault(event_type, {})[str(version)] = count
    return {
        "format": verifying.FORMAT,
        "format_version": verifying.FORMAT_VERSION,
        "created_at": moment_text(request.created_at),
        "created_by": request.created_by,
        "selection": selection_document(request.selection),
        "log_head": head,
        "contiguous": is_contiguous(request.selection),
        "statement": _statement(files.events, head),
        "events": files.events,
        "bytes": sum(each["bytes"] for each in files.documents),
        "first_ledger_seq": first and first.ledger_seq,
        "last_ledger_seq": last and last.ledger_seq,
        "first_recorded_at": first and moment_text(first.recorded_at),
        "last_recorded_at": last and moment_text(last.recorded_at),
        "event_types": types,
        "event_files": files.documents,
    }


def _statement(events: int, head: int) -> str:
    said = "No event" if events == 0 else f"Exactly {events} event{'s' if events > 1 else ''}"
    return f"{said} of the log up to ledger_seq {head} matched the selection."


def _put_schemas(draft: Draft, files: EventFiles) -> list[dict[str, Any]]:
    """One schema for each type in the export that this release knows, at its newest version."""
    known, put = event_types(), []
    for event_type in sorted({event_type for event_type, _ in files.versions} & known.keys()):
        version = known[event_type].class_version
        content = f"{canonical_json(payload_schema(known[event_type]))}\n".encode()
        file = draft.put(f"schemas/{event_type}.v{version}.json", content)
        put.append({**file, "event_type": event_type, "schema_version": version})
    return put


def _put_verifier(draft: Draft) -> dict[str, Any]:
    """The verifier and the modules that it imports."""
    modules = [
        _put_module(draft, "verify_lines.py", differing),
        _put_module(draft, "verify_proofs.py", proofs_verifying),
        _put_module(draft, "verify_tree.py", proofs_tree),
    ]
    return {**_put_module(draft, "verify.py", verifying), "modules": modules}


def _put_module(draft: Draft, name: str, module: ModuleType) -> dict[str, Any]:
    return draft.put(name, Path(str(module.__file__)).read_bytes())


def _refuse_gap(last: RecordedEvent | None, found: RecordedEvent, *, from_start: bool) -> None:
    before = 0 if from_start else found.ledger_seq - 1
    expected = (last.ledger_seq if last else before) + 1
    if found.ledger_seq != expected:
        raise _missing(expected)


def _refuse_early_end(files: EventFiles, selection: LogSelection, head: int) -> None:
    if not is_contiguous(selection) or selection.recorded_before is not None:
        return
    nothing_is_late = 0 if selection.recorded_from is None else head
    last = files.last.ledger_seq if files.last else nothing_is_late
    if last != head:
        raise _missing(last + 1)


def _missing(ledger_seq: int) -> LogNotContiguous:
    return LogNotContiguous(
        f"The log has no event with the number {ledger_seq}, though there are later ones. Somebody"
        " took it out of the database: stop, and compare with a back-up and earlier exports.",
        ledger_seq=ledger_seq,
    )

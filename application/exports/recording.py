"""That an export was made becomes an event, once for each manifest."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Final
from uuid import UUID

from application.errors import StreamNotFound
from application.exports.errors import ExportOfAnotherLog
from application.exports.lines import line_of
from application.ledger import Ledger, Receipt
from application.log import Log, LogSelection
from domain.documents import Place, read_json
from domain.exports.export import Export, Extent, export_id

_SEQ_MAX: Final = 2**63 - 1
_TYPES_MAX: Final = 1_000
_ACTOR_LENGTH_MAX: Final = 255


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordExport:
    """Remember an export by its manifest. `at` is when it was made."""

    manifest_sha256: str
    extent: Extent
    made_by: str
    at: datetime


def record_export(command: RecordExport, ledger: Ledger) -> Receipt:
    """Record it. A manifest that is recorded already changes nothing."""
    try:
        known = ledger.load(Export, export_id(command.manifest_sha256))
    except StreamNotFound:
        known = Export.made(
            manifest_sha256=command.manifest_sha256,
            extent=command.extent,
            made_by=command.made_by,
            at=command.at,
        )
    return ledger.save(known)


def command_of(manifest: Mapping[str, Any], manifest_sha256: str) -> RecordExport:
    """What a manifest says of its export. Refuses with Unreadable what no export would say."""
    whole = Place(dict(manifest))
    asked = whole.member("selection")
    types = asked.member("event_types")
    extent = Extent(
        events=whole.member("events").count(at_least=0, at_most=_SEQ_MAX),
        log_head=whole.member("log_head").count(at_least=0, at_most=_SEQ_MAX),
        first_ledger_seq=_position(whole.member("first_ledger_seq")),
        last_ledger_seq=_position(whole.member("last_ledger_seq")),
        account=_identifier(asked.member("account")),
        actor=_text(asked.member("actor")),
        event_types=None
        if types.value is None
        else tuple(each.text() for each in types.items(at_most=_TYPES_MAX)),
        recorded_from=_moment(asked.member("recorded_from")),
        recorded_before=_moment(asked.member("recorded_before")),
    )
    return RecordExport(
        manifest_sha256=manifest_sha256,
        extent=extent,
        made_by=whole.member("created_by").text(at_most=_ACTOR_LENGTH_MAX),
        at=whole.member("created_at").moment(),
    )


def command_in(directory: Path, manifest_sha256: str, log: Log) -> RecordExport:
    """The record of an export that lies there and was verified to have this manifest.

    Refuses with ExportOfAnotherLog when it does not begin or end within this log.
    """
    manifest = read_json((directory / "manifest.json").read_bytes()).value
    assert isinstance(manifest, dict), "a verified manifest is an object"
    command = command_of(manifest, manifest_sha256)
    for file in manifest["event_files"][:1]:
        _insist_on_line(directory / file["name"], command.extent.first_ledger_seq, log)
    if command.extent.log_head > log.head():
        raise _of_another_log(command.extent.log_head)
    return command


def _insist_on_line(file: Path, ledger_seq: int | None, log: Log) -> None:
    """The first line must be this log's, byte for byte: identifiers and times differ elsewhere."""
    with file.open("rb") as lines:
        line = lines.readline().removesuffix(b"\n")
    here = LogSelection(first_seq=ledger_seq, last_seq=ledger_seq)
    if [line_of(each) for each in log.select(here, newest_first=False, limit=1)] != [line]:
        raise _of_another_log(ledger_seq)


def _of_another_log(ledger_seq: int | None) -> ExportOfAnotherLog:
    return ExportOfAnotherLog(
        f"The event {ledger_seq} of the export is not what this log holds there. Record it with the"
        " database that it was made from.",
        ledger_seq=ledger_seq,
    )


def _position(place: Place) -> int | None:
    return None if place.value is None else place.count(at_least=1, at_most=_SEQ_MAX)


def _text(place: Place) -> str | None:
    return None if place.value is None else place.text(at_most=_ACTOR_LENGTH_MAX)


def _moment(place: Place) -> datetime | None:
    return None if place.value is None else place.moment()


def _identifier(place: Place) -> UUID | None:
    try:
        return None if place.value is None else UUID(place.text())
    except ValueError:
        place.refuse("a UUID is expected here.")

"""That a partition was archived becomes an event, once for each manifest."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from application.archiving.ports import ArchivedPartition
from application.errors import StreamNotFound
from application.ledger import Ledger, Receipt
from domain.archives.archive import Archive, ArchivedRange, archive_id


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordArchive:
    """Remember an archived partition. `at` is when the database gave it up."""

    manifest_sha256: str
    moved: ArchivedRange
    place: str
    made_by: str
    at: datetime


def record_archive(command: RecordArchive, ledger: Ledger) -> Receipt:
    """Record it. What is recorded already changes nothing."""
    try:
        known = ledger.load(Archive, archive_id(command.manifest_sha256))
    except StreamNotFound:
        known = Archive.made(
            manifest_sha256=command.manifest_sha256,
            moved=command.moved,
            place=command.place,
            made_by=command.made_by,
            at=command.at,
        )
    return ledger.save(known)


def command_of(archived: ArchivedPartition) -> RecordArchive:
    """What the database says of an archived partition."""
    return RecordArchive(
        manifest_sha256=archived.manifest_sha256,
        moved=ArchivedRange(
            first_ledger_seq=archived.first_seq,
            last_ledger_seq=archived.last_seq,
            tree_size=archived.tree_size,
        ),
        place=archived.place,
        made_by=archived.archived_by,
        at=archived.archived_at,
    )

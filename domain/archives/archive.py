"""An archived part of the log, as the log remembers it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final, Self
from uuid import UUID, uuid5

from typing_extensions import override

from domain.archives.events import ArchiveMade
from domain.kernel import Aggregate

_ARCHIVES: Final = UUID("6f6a2b0c-64a7-5d3e-8a51-0f4c8e7b9d21")


@dataclass(frozen=True, slots=True, kw_only=True)
class ArchivedRange:
    """Which events were moved, and what proves them."""

    first_ledger_seq: int
    last_ledger_seq: int
    tree_size: int


def archive_id(manifest_sha256: str) -> UUID:
    """The stream of an archived part: the same for ever, so that it is recorded once."""
    return uuid5(_ARCHIVES, manifest_sha256)


class Archive(Aggregate):
    """One archived part of the log. It happens once and never changes."""

    TOPIC = "archive"
    manifest_sha256: str
    range: ArchivedRange

    @classmethod
    def made(
        cls, *, manifest_sha256: str, moved: ArchivedRange, place: str, made_by: str, at: datetime
    ) -> Self:
        """Remember that events were moved, by whom, and where to."""
        return cls.begin(
            ArchiveMade,
            id=archive_id(manifest_sha256),
            at=at,
            manifest_sha256=manifest_sha256,
            made_by=made_by,
            events=moved.last_ledger_seq - moved.first_ledger_seq + 1,
            first_ledger_seq=moved.first_ledger_seq,
            last_ledger_seq=moved.last_ledger_seq,
            tree_size=moved.tree_size,
            place=place,
        )

    @override
    def when(self, event: ArchiveMade) -> None:
        self.manifest_sha256 = event.manifest_sha256
        self.range = ArchivedRange(
            first_ledger_seq=event.first_ledger_seq,
            last_ledger_seq=event.last_ledger_seq,
            tree_size=event.tree_size,
        )

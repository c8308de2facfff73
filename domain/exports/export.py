"""An export of events, as the log remembers it."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Final, Self
from uuid import UUID, uuid5

from typing_extensions import override

from domain.exports.events import ExportMade
from domain.kernel import Aggregate

_EXPORTS: Final = UUID("0b3b1a6e-5d0e-5a3c-9d52-8f3f3f1f7c10")


@dataclass(frozen=True, slots=True, kw_only=True)
class Extent:
    """What an export holds: every event up to `log_head` that matches; None filters nothing."""

    events: int
    log_head: int
    first_ledger_seq: int | None
    last_ledger_seq: int | None
    account: UUID | None
    actor: str | None
    event_types: tuple[str, ...] | None
    recorded_from: datetime | None
    recorded_before: datetime | None


def export_id(manifest_sha256: str) -> UUID:
    """The stream of an export: the same for ever, so that one manifest is recorded once."""
    return uuid5(_EXPORTS, manifest_sha256)


class Export(Aggregate):
    """One export. Its manifest says all of it, so that it happens once and never changes."""

    TOPIC = "export"
    manifest_sha256: str
    extent: Extent

    @classmethod
    def made(cls, *, manifest_sha256: str, extent: Extent, made_by: str, at: datetime) -> Self:
        """Remember that it was made, and what it holds."""
        return cls.begin(
            ExportMade,
            id=export_id(manifest_sha256),
            at=at,
            manifest_sha256=manifest_sha256,
            made_by=made_by,
            **asdict(extent),
        )

    @override
    def when(self, event: ExportMade) -> None:
        self.manifest_sha256, self.extent = event.manifest_sha256, extent_of(event)


def extent_of(event: ExportMade) -> Extent:
    """What the recorded export holds."""
    return Extent(
        events=event.events,
        log_head=event.log_head,
        first_ledger_seq=event.first_ledger_seq,
        last_ledger_seq=event.last_ledger_seq,
        account=event.account,
        actor=event.actor,
        event_types=event.event_types,
        recorded_from=event.recorded_from,
        recorded_before=event.recorded_before,
    )

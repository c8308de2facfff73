"""Which exports hold an event: asked when what it said turns out to be otherwise."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from application.log import Log, LogSelection, RecordedEvent
from domain.exports.events import ExportMade
from domain.exports.export import Extent, extent_of


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownExport:
    """An export that the log remembers. `made_at` is when it was made, by whoever made it."""

    manifest_sha256: str
    made_by: str
    made_at: datetime
    extent: Extent

    def holds(self, recorded: RecordedEvent) -> bool:
        """Whether this event is among its lines."""
        extent = self.extent
        return (
            recorded.ledger_seq <= extent.log_head
            and extent.account in (None, recorded.stream_id)
            and extent.actor in (None, recorded.actor)
            and (extent.event_types is None or recorded.event_type in extent.event_types)
            and (extent.recorded_from is None or recorded.recorded_at >= extent.recorded_from)
            and (extent.recorded_before is None or recorded.recorded_at < extent.recorded_before)
        )

    @property
    def leaves_nothing_out(self) -> bool:
        """Whether it holds whole accounts: what an account has then follows from its events."""
        return self.extent.event_types is None and self.extent.actor is None


def known_exports(log: Log, *, account_id: UUID | None = None) -> Sequence[KnownExport]:
    """Every recorded export, oldest first; with an account given, only those that may hold it."""
    found: list[KnownExport] = []
    for recorded in log.stream(LogSelection(event_types=(ExportMade.TOPIC,))):
        event = log.decode(recorded)
        assert isinstance(event, ExportMade), "a type has one class"
        if account_id is None or event.account in (None, account_id):
            found.append(
                KnownExport(
                    manifest_sha256=event.manifest_sha256,
                    made_by=event.made_by,
                    made_at=event.effective_at,
                    extent=extent_of(event),
                )
            )
    return found

"""What certificates need of the log's own form of an event."""

from __future__ import annotations

from datetime import datetime
from typing import Protocol
from uuid import UUID

from domain.kernel import Event


class EventCodec(Protocol):
    """Events as the log stores them, without the log: the same text for the same facts."""

    def payload_of(self, event: Event) -> str:
        """The canonical JSON text of what an event says, at the newest version of its class."""

    def event_of(
        self,
        payload: str,
        *,
        event_type: str,
        schema_version: int,
        stream_id: UUID,
        stream_version: int,
        effective_at: datetime,
        ledger_seq: int,
    ) -> Event:
        """The event of a stored payload, upcast to its newest version.

        Refuses with a DomainError when the type is not known or the payload does not fit it.
        """

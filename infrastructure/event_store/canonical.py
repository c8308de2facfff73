"""The log's form of an event, for whoever works without the log."""

from datetime import datetime

from typing_extensions import override

from application.certificates.ports import EventCodec
from domain.kernel import UUID, Event
from infrastructure.event_store.codec import decode_event, encode_payload


class CanonicalCodec(EventCodec):
    """The `EventCodec` port: what the recorder writes and the log reads."""

    @override
    def payload_of(self, event: Event) -> str:
        return encode_payload(event)

    @override
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
        return decode_event(
            event_type=event_type,
            schema_version=schema_version,
            payload=payload,
            stream_id=stream_id,
            stream_version=stream_version,
            effective_at=effective_at,
            ledger_seq=ledger_seq,
        )

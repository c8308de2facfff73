"""Between domain events and stored facts, through the library's mapper and transcoder seams."""

from typing import Any

import msgspec
from eventsourcing.domain import DomainEventProtocol
from eventsourcing.persistence import Mapper, StoredEvent, Transcoder
from typing_extensions import override

from domain.kernel import UUID, Event
from infrastructure.event_store.codec import (
    decode_event,
    encode_canonical,
    encode_payload,
    type_of,
)
from infrastructure.event_store.stored import StoredFact


class CanonicalTranscoder(Transcoder):
    """Plain values as canonical JSON. Types are not stored: the event's class says them."""

    @override
    def encode(self, obj: Any) -> bytes:
        return encode_canonical(obj)

    @override
    def decode(self, data: bytes) -> Any:
        return msgspec.json.decode(data)


class LedgerMapper(Mapper[UUID]):
    """Payload apart from envelope, an explicit type, and the version of the class in clear."""

    @override
    def to_stored_event(self, domain_event: DomainEventProtocol[UUID]) -> StoredFact:
        assert isinstance(domain_event, Event), "only events of the kernel are recorded"
        return StoredFact(
            originator_id=domain_event.originator_id,
            originator_version=domain_event.originator_version,
            topic=type_of(type(domain_event)),
            state=encode_payload(domain_event).encode(),
            schema_version=domain_event.class_version,
            effective_at=domain_event.effective_at,
            natural_key=domain_event.natural_key,
            natural_fingerprint=domain_event.natural_fingerprint,
        )

    @override
    def to_domain_event(self, stored_event: StoredEvent) -> Event:
        assert isinstance(stored_event, StoredFact), "the recorder returns stored facts"
        assert isinstance(stored_event.originator_id, UUID)
        assert stored_event.effective_at is not None, "every recorded event has a time"
        return decode_event(
            event_type=stored_event.topic,
            schema_version=stored_event.schema_version,
            payload=stored_event.state.decode(),
            stream_id=stored_event.originator_id,
            stream_version=stored_event.originator_version,
            effective_at=stored_event.effective_at,
            ledger_seq=stored_event.ledger_seq,
        )

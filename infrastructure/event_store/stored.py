"""The library's stored event, with the columns that our log adds to it."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Final
from uuid import UUID, SafeUUID

from eventsourcing.persistence import Notification, StoredEvent
from typing_extensions import override
from uuid_utils import uuid7

from infrastructure.event_store.codec import fingerprint

_blank: Final = object.__new__
_set_int: Final = vars(UUID)["int"].__set__
_set_safe: Final = vars(UUID)["is_safe"].__set__
_UNKNOWN: Final = SafeUUID.unknown


def new_event_id() -> UUID:
    """An identifier in the order of time. Each event has one, so it is put together by hand: the
    class's own way, and that of the library, take thrice as long.
    """
    made = _blank(UUID)
    _set_int(made, uuid7().int)
    _set_safe(made, _UNKNOWN)
    return made


@dataclass(frozen=True, eq=False, kw_only=True)
class StoredFact(StoredEvent):
    """A stored event and its own part of the envelope.

    Equal to any stored event of the same stream, version, type and state: the rest is envelope.
    """

    event_id: UUID = field(default_factory=new_event_id)
    schema_version: int = 1
    effective_at: datetime | None = None
    natural_key: str | None = None
    natural_fingerprint: str | None = None
    ledger_seq: int | None = None

    @property
    def content_fingerprint(self) -> str:
        """What two deliveries under one natural key are compared by: the event's own fingerprint
        of what its source said, or else that of the whole payload.
        """
        return self.natural_fingerprint or fingerprint(self.state.decode())

    @override
    def __eq__(self, other: object) -> bool:
        return isinstance(other, StoredEvent) and _identity(self) == _identity(other)

    @override
    def __hash__(self) -> int:
        return hash(_identity(self))


@dataclass(frozen=True, eq=False, kw_only=True)
class StoredNotification(StoredFact, Notification):
    """A stored fact with its place in the log, as the library's subscribers expect it."""


def as_fact(stored: StoredEvent) -> StoredFact:
    """The same stored event with an envelope: its own, or a new one."""
    if isinstance(stored, StoredFact):
        return stored
    # A frozen dataclass sets each of its fields by a call; the rest of ours have their defaults.
    fact = StoredFact.__new__(StoredFact)
    fact.__dict__.update(stored.__dict__, event_id=new_event_id())
    return fact


def _identity(stored: StoredEvent) -> tuple[UUID | str, int, str, bytes]:
    return (stored.originator_id, stored.originator_version, stored.topic, stored.state)

"""The seam to the `eventsourcing` library: the only module of the domain that imports it.

Every event and aggregate carries an explicit, permanent `TOPIC`; nothing stored names a Python
path. The library's `timestamp` of an event is its `effective_at`: when it happened according to its
source. The time an event was recorded belongs to the database alone.

Events are the library's. The aggregate base is ours, against the library's protocols: the library's
own base writes event classes and constructors behind one's back, and cannot do so with explicit
topics.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, ClassVar, Self, cast
from uuid import UUID

from eventsourcing.domain import AggregateEvent
from eventsourcing.utils import register_topic, resolve_topic
from typing_extensions import override

__all__ = ["UUID", "Aggregate", "CreationEvent", "Event"]


class Event(AggregateEvent):
    """Something that happened. Immutable, past tense, in business words."""

    TOPIC: ClassVar[str]
    class_version: ClassVar[int] = 1

    def __init_subclass__(cls) -> None:
        super().__init_subclass__()
        if "TOPIC" in vars(cls):
            register_topic(cls.TOPIC, cls)

    @property
    def effective_at(self) -> datetime:
        """When it happened, as its source says; timezone-aware."""
        return self.timestamp

    @property
    def natural_key(self) -> str | None:
        """The source's own identifier, unique in its stream for ever; none for most events."""
        return None

    @property
    def natural_fingerprint(self) -> str | None:
        """What two deliveries under one natural key are compared by: the `fingerprint` field of an
        event that has one (of the source's facts alone), else None: the whole payload counts.
        """
        return cast("str | None", vars(self).get("fingerprint"))

    @override
    def apply(self, aggregate: Any) -> None:
        """Let the aggregate take the event in."""
        aggregate.when(self)


class CreationEvent(Event):
    """The first event of a stream. Its topic begins with its aggregate's: `account.opened`."""

    @override
    def mutate(self, aggregate: Any) -> Any:
        """Build the aggregate that this event begins."""
        assert aggregate is None, "a stream begins once"
        aggregate_class: type[Aggregate] = resolve_topic(self.TOPIC.partition(".")[0])
        begun = aggregate_class(self.originator_id, self.timestamp)
        return super().mutate(begun)


class Aggregate:
    """A consistency boundary. Commands decide, never assign; `when` assigns, never decides."""

    TOPIC: ClassVar[str]

    def __init_subclass__(cls) -> None:
        super().__init_subclass__()
        if "TOPIC" in vars(cls):
            register_topic(cls.TOPIC, cls)

    def __init__(self, id: UUID, created_on: datetime) -> None:
        self.id = id
        self.version = 0
        self.modified_on = created_on
        self._pending: list[Event] = []

    @classmethod
    def begin(
        cls, event_class: type[CreationEvent], *, id: UUID, at: datetime, **facts: Any
    ) -> Self:
        """Create the aggregate with its first event, effective `at`."""
        event = event_class(originator_id=id, originator_version=1, timestamp=at, **facts)
        begun = cast("Self", event.mutate(None))
        begun._pending.append(event)  # noqa: SLF001 (its own class)
        return begun

    def record(self, event_class: type[Event], *, at: datetime, **facts: Any) -> None:
        """Add an event, effective `at`, and take it in at once."""
        event = event_class(
            originator_id=self.id, originator_version=self.version + 1, timestamp=at, **facts
        )
        event.mutate(cast("Any", self))
        self._pending.append(event)

    @property
    def pending_events(self) -> Sequence[Event]:
        """What this command has decided so far, oldest first; not saved yet."""
        return tuple(self._pending)

    def collect_events(self) -> Sequence[Event]:
        """Hand over what is pending, once."""
        collected, self._pending = self._pending, []
        return collected

    def twin(self) -> Self | None:
        """Another aggregate of the same state, of which nothing that changes is shared; None where
        a kind has none. Nothing may be pending.
        """
        return None

    def when(self, event: Any) -> None:
        """Take one event in."""
        raise NotImplementedError

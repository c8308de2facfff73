"""Aggregates from their events, today or at a moment in the past."""

from collections.abc import Iterable
from datetime import datetime
from itertools import takewhile
from typing import Protocol, TypeVar, cast
from uuid import UUID

from application.errors import StreamNotFound
from application.ledger import TAggregate
from domain.kernel import Aggregate, Event


class Dated(Protocol):
    """Anything with a place in the log and a time at which it took effect."""

    @property
    def ledger_seq(self) -> int | None:
        """Its position."""

    @property
    def effective_at(self) -> datetime | None:
        """When it happened, as its source says."""


TDated = TypeVar("TDated", bound=Dated)


def rebuild(kind: type[TAggregate], stream_id: UUID, events: Iterable[Event]) -> TAggregate:
    """Take the events in, oldest first. Refuses with StreamNotFound when they make no `kind`."""
    aggregate: Aggregate | None = None
    for event in events:
        aggregate = cast("Aggregate", event.mutate(cast("None", aggregate)))
    if not isinstance(aggregate, kind):
        raise StreamNotFound(
            f"There is no {kind.TOPIC} {stream_id}. Check the identifier and the moment asked for.",
            kind=kind.TOPIC,
            stream_id=stream_id,
        )
    return aggregate


def until(
    recorded: Iterable[TDated], *, at_seq: int | None = None, as_of: datetime | None = None
) -> Iterable[TDated]:
    """What of a stream was in the log at `at_seq` (inclusive) and had happened by `as_of`.

    A stream is taken in order of its versions and never with holes, so `as_of` stops at the first
    event that took effect later, even if one recorded after it took effect before.
    """

    def in_time(event: TDated) -> bool:
        assert event.ledger_seq is not None
        assert event.effective_at is not None
        known = at_seq is None or event.ledger_seq <= at_seq
        return known and (as_of is None or event.effective_at <= as_of)

    return takewhile(in_time, recorded)

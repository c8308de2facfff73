"""What the parameters of `ledger.append` are, and how several appends share them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import field
from functools import lru_cache
from struct import Struct
from typing import Final, NamedTuple, TypeAlias
from uuid import UUID

from application.context import CommandContext, IdempotencyKey
from domain.values import made_often
from infrastructure.event_store.stored import StoredFact
from infrastructure.postgres.records import (
    INT_OID,
    UUID_OID,
    array_of,
    int_field,
    moment_field,
    name_field,
    record,
    smallint_field,
    text_field,
    utf8_field,
    uuid_field,
)

TYPES: Final = (
    "new_event", "stream_step", "stream_step", "stream_read", "new_natural_key", "new_key",
)  # fmt: skip
_CASTS: Final = (f"${number}::ledger.{name}[]" for number, name in enumerate(TYPES, start=2))
STATEMENT: Final = (
    f"SELECT first_seqs, faults, details FROM ledger.append($1::int[], {', '.join(_CASTS)})"  # noqa: S608 (no input)
).encode()
OIDS: Final = "SELECT " + ", ".join(f"'ledger.{name}'::regtype::oid" for name in TYPES)

Oids: TypeAlias = Sequence[int]
"""The identifiers of TYPES in one database."""


class VersionsOutOfOrder(ValueError):
    """The events of one stream do not follow each other."""


@made_often(kw_only=True)
class Append:
    """What is to be written together. The receipt is kept beside the context's key, if any.

    `expect` are streams that the command only read, with the version that each must still have; 0
    says that it must not exist.
    """

    facts: Sequence[StoredFact]
    context: CommandContext
    receipt_stream_id: UUID | None = None
    receipt_version: int | None = None
    expect: Mapping[UUID, int] = field(default_factory=dict)


class Span(NamedTuple):
    """The events of one stream within an append: the version before, the last one, and places."""

    before: int
    version: int
    first_place: int
    last_place: int


Step: TypeAlias = tuple[bytes, int, int]
"""The beginning of a step's record, and the places of its first and last event in its append."""


class Packed:
    """An append, as far as it can be made ready before it is known with which others it goes.

    `touches` is what it must not share a transaction with: streams it writes or relies on, and its
    key. `size` is that of its events in bytes. Raises VersionsOutOfOrder.
    """

    __slots__ = (
        "append", "begun", "events", "grown", "keys", "natural", "reads", "shape", "size",
        "touches",
    )  # fmt: skip

    def __init__(self, wanted: Append) -> None:
        self.append = wanted
        self.events = _events(wanted.facts, wanted.context)
        self.size = sum(map(len, self.events))
        self.begun: list[Step] = []
        self.grown: list[Step] = []
        spans = spans_of(wanted.facts)
        for stream, span in spans.items():
            (self.begun if span.before < 1 else self.grown).append(_step(stream, span))
        self.reads = [
            record(uuid_field(stream), int_field(version))
            for stream, version in wanted.expect.items()
        ]
        self.natural = [
            (place, text_field(fact.natural_key) + text_field(fact.content_fingerprint))
            for place, fact in enumerate(wanted.facts, start=1)
            if fact.natural_key
        ]
        self.touches: set[object] = {*spans, *wanted.expect}
        self.keys: list[bytes] = []
        if (key := wanted.context.idempotency) is not None:
            self.touches.add((key.scope, key.key))
            self.keys.append(_key(wanted, key))
        self.shape = _shape(
            len(self.events), len(self.begun), len(self.grown), len(self.reads),
            len(self.natural), len(self.keys),
        )  # fmt: skip


def parameters(packed: Sequence[Packed], oids: Oids) -> list[bytes]:
    """The parameters of one call for all of them. Places count from the first event of all."""
    arrays: tuple[list[bytes], ...] = ([], [], [], [], [], [])
    events, begun, grown, reads, natural, keys = arrays
    for each in packed:
        before = len(events)
        events += each.events
        for said, first, last in each.begun:
            begun.append(said + _PLACES(INT_OID, 4, before + first, INT_OID, 4, before + last))
        for said, first, last in each.grown:
            grown.append(said + _PLACES(INT_OID, 4, before + first, INT_OID, 4, before + last))
        reads += each.reads
        for place, said in each.natural:
            natural.append(record(int_field(before + place), said, more=1))
        for said in each.keys:
            place_of_last = before + len(each.events) if each.events else None
            keys.append(record(said, int_field(place_of_last), more=4))
    shape = array_of(INT_OID, [each.shape for each in packed], size=_SHAPED * len(packed))
    return [shape, *map(array_of, oids, arrays)]


def spans_of(facts: Sequence[StoredFact]) -> Mapping[UUID, Span]:
    """Where the events of each stream are. Raises VersionsOutOfOrder."""
    if len(facts) == 1:
        (fact,) = facts
        assert isinstance(fact.originator_id, UUID), "streams are named by UUIDs"
        version = fact.originator_version
        return {fact.originator_id: Span(version - 1, version, 1, 1)}
    found: dict[UUID, Span] = {}
    for place, fact in enumerate(facts, start=1):
        stream, version = fact.originator_id, fact.originator_version
        assert isinstance(stream, UUID), "streams are named by UUIDs"
        known = found.get(stream)
        if known is None:
            found[stream] = Span(version - 1, version, place, place)
        elif version == known.version + 1:
            found[stream] = Span(known.before, version, known.first_place, place)
        else:
            raise VersionsOutOfOrder(f"version {version} of {stream} follows {known.version}")
    return found


def _events(facts: Sequence[StoredFact], context: CommandContext) -> list[bytes]:
    said = (
        name_field(context.actor)
        + text_field(context.correlation_id)
        + text_field(context.causation_id)
        + text_field(context.request_id)
        + text_field(context.reason)
        + text_field(context.trace_context)
    )
    return [_event(fact, said) for fact in facts]


# The fixed beginnings of records, each in one go: their size, the number of fields, and of each
# field its type and size before its value. Every append makes two of these at least.
_EVENT_BEGINS: Final = Struct("!ii Ii16s Iii Ii16s").pack
_EVENT_SIZE: Final = 4 + 24 + 12 + 24
_EVENT_FIELDS: Final = 13
_STEP: Final = Struct("!ii Ii16s Iii Iii").pack
_PLACES: Final = Struct("!Iii Iii").pack
_SHAPED: Final = len(TYPES)
_ELEMENT: Final = Struct("!ii").pack
_STEP_SIZE: Final = 4 + 24 + 4 * 12


def _event(fact: StoredFact, said: bytes) -> bytes:
    """The record of an event; `said` are its last fields, the same for all events of a command."""
    assert isinstance(fact.originator_id, UUID)
    rest = b"".join(
        (
            name_field(fact.topic),
            smallint_field(fact.schema_version),
            utf8_field(fact.state),
            moment_field(fact.effective_at),
            said,
        )
    )
    return (
        _EVENT_BEGINS(
            *(_EVENT_SIZE + len(rest), _EVENT_FIELDS),
            *(UUID_OID, 16, fact.originator_id.bytes),
            *(INT_OID, 4, fact.originator_version),
            *(UUID_OID, 16, fact.event_id.bytes),
        )
        + rest
    )


@lru_cache(maxsize=4_096)
def _shape(*counts: int) -> bytes:
    return b"".join(_ELEMENT(4, count) for count in counts)


def _step(stream: UUID, span: Span) -> Step:
    version_before, version, first_place, last_place = span
    said = _STEP(
        *(_STEP_SIZE, 5, UUID_OID, 16, stream.bytes),
        *(INT_OID, 4, version_before, INT_OID, 4, version),
    )
    return said, first_place, last_place


def _key(wanted: Append, key: IdempotencyKey) -> bytes:
    assert wanted.receipt_stream_id is not None, "a key keeps a receipt"
    assert wanted.receipt_version is not None
    return b"".join(
        [
            text_field(key.scope),
            text_field(key.key),
            text_field(key.fingerprint),
            uuid_field(wanted.receipt_stream_id),
            int_field(wanted.receipt_version),
        ]
    )

"""What the parameters of `ledger.append` are, and how several appends share them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import accumulate
from typing import Final, NamedTuple
from uuid import UUID

from application.context import CommandContext
from infrastructure.event_store.stored import StoredFact
from infrastructure.postgres.arrays import (
    INT_OID,
    NOTHING,
    SMALLINT_OID,
    TEXT_OID,
    TIMESTAMPTZ_OID,
    UUID_OID,
    BinaryArray,
    Part,
    array_of,
    encoded,
    ints,
    moments,
    smallints,
    texts,
    uuids,
)

_TYPES: Final = (
    *(UUID_OID, INT_OID, UUID_OID, TEXT_OID, SMALLINT_OID, TEXT_OID, TIMESTAMPTZ_OID),
    *(TEXT_OID,) * 6,
    *(UUID_OID, INT_OID, INT_OID, INT_OID),
    *(UUID_OID, INT_OID, INT_OID, INT_OID),
    *(UUID_OID, INT_OID),
    *(INT_OID, TEXT_OID, TEXT_OID),
    *(TEXT_OID, TEXT_OID, TEXT_OID, UUID_OID, INT_OID, INT_OID),
)
_NAMES: Final = {
    UUID_OID: "uuid", INT_OID: "int", SMALLINT_OID: "smallint", TEXT_OID: "text",
    TIMESTAMPTZ_OID: "timestamptz",
}  # fmt: skip
# The first parameter of each group: events, streams begun, grown and only read, natural keys,
# callers' keys.
_GROUPS: Final = (0, 13, 17, 21, 23, 26)
# Places, which count from the first event of all: streams begun and grown, natural keys, receipts.
_PLACES: Final = frozenset({15, 16, 20, 23, 31})
_CASTS: Final = (
    f"${number}::{_NAMES[oid]}[]" for number, oid in enumerate((INT_OID, *_TYPES), start=1)
)
STATEMENT: Final = (
    f"SELECT first_seqs, faults, details FROM ledger.append({', '.join(_CASTS)})".encode()  # noqa: S608 (no input)
)


class VersionsOutOfOrder(ValueError):
    """The events of one stream do not follow each other."""


@dataclass(frozen=True, slots=True, kw_only=True)
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


class _Span(NamedTuple):
    """The events of one stream within an append: versions and places."""

    first_version: int
    last_version: int
    first_place: int
    last_place: int


class Packed:
    """An append as the server reads it, made by the thread that asks for it.

    `touches` is what it must not share a transaction with: streams it writes or relies on, and its
    key. `size` is in bytes. Raises VersionsOutOfOrder.
    """

    __slots__ = ("append", "events", "parts", "places", "size", "touches")

    def __init__(self, wanted: Append) -> None:
        self.append, self.events = wanted, len(wanted.facts)
        spans = _spans(wanted.facts)
        self.parts, self.places = _parts(wanted, spans)
        self.size = sum(len(part.elements) for part in self.parts)
        key = wanted.context.idempotency
        self.touches: set[object] = {*spans, *wanted.expect}
        if key is not None:
            self.touches.add((key.scope, key.key))


def parameters(packed: Sequence[Packed]) -> list[BinaryArray]:
    """The parameters of one call for all of them."""
    if len(packed) == 1:
        columns = [array_of(oid, [part]) for oid, part in zip(_TYPES, packed[0].parts, strict=True)]
    else:
        before = [0, *accumulate(each.events for each in packed)]
        moved = [_moved(each, first) for each, first in zip(packed, before, strict=False)]
        columns = [
            array_of(oid, [parts[number] for parts in moved]) for number, oid in enumerate(_TYPES)
        ]
    shape = ints([each.parts[first].length for each in packed for first in _GROUPS])
    return [array_of(INT_OID, [shape]), *columns]


def _moved(packed: Packed, before: int) -> Sequence[Part]:
    """Its parts, with places counted from the first event of all."""
    if not before or not packed.places:
        return packed.parts
    parts = list(packed.parts)
    for number, places in packed.places.items():
        parts[number] = ints([None if place is None else place + before for place in places])
    return parts


def _spans(facts: Sequence[StoredFact]) -> Mapping[UUID, _Span]:
    found: dict[UUID, _Span] = {}
    for place, fact in enumerate(facts, start=1):
        stream, version = fact.originator_id, fact.originator_version
        assert isinstance(stream, UUID), "streams are named by UUIDs"
        known = found.get(stream)
        if known is None:
            found[stream] = _Span(version, version, place, place)
        elif version == known.last_version + 1:
            found[stream] = _Span(known.first_version, version, known.first_place, place)
        else:
            raise VersionsOutOfOrder(f"version {version} of {stream} follows {known.last_version}")
    return found


def _parts(
    wanted: Append, spans: Mapping[UUID, _Span]
) -> tuple[Sequence[Part], Mapping[int, Sequence[int | None]]]:
    begun = {stream: span for stream, span in spans.items() if span.first_version <= 1}
    grown = {stream: span for stream, span in spans.items() if span.first_version > 1}
    natural = [
        (place, fact) for place, fact in enumerate(wanted.facts, start=1) if fact.natural_key
    ]
    places: dict[int, Sequence[int | None]] = {
        15: [span.first_place for span in begun.values()],
        16: [span.last_place for span in begun.values()],
        20: [span.last_place for span in grown.values()],
        23: [place for place, _ in natural],
        31: _receipt_place(wanted),
    }
    places = {number: each for number, each in places.items() if each}
    parts = [
        *_event_parts(wanted.facts, wanted.context),
        uuids(list(begun)),
        ints([span.last_version for span in begun.values()]),
        *(NOTHING, NOTHING),
        uuids(list(grown)),
        ints([span.first_version - 1 for span in grown.values()]),
        ints([span.last_version for span in grown.values()]),
        NOTHING,
        uuids(list(wanted.expect)),
        ints(list(wanted.expect.values())),
        NOTHING,
        texts([fact.natural_key for _, fact in natural]),
        texts([fact.content_fingerprint for _, fact in natural]),
        *_key_parts(wanted),
        NOTHING,
    ]
    for number, each in places.items():
        parts[number] = ints(each)
    return parts, places


def _event_parts(facts: Sequence[StoredFact], context: CommandContext) -> Sequence[Part]:
    count = len(facts)
    return (
        uuids([fact.originator_id for fact in facts if isinstance(fact.originator_id, UUID)]),
        ints([fact.originator_version for fact in facts]),
        uuids([fact.event_id for fact in facts]),
        texts([fact.topic for fact in facts]),
        smallints([fact.schema_version for fact in facts]),
        encoded([fact.state for fact in facts]),
        moments([fact.effective_at for fact in facts]),
        _repeated(context.actor, count),
        _repeated(context.correlation_id, count),
        _repeated(context.causation_id, count),
        _repeated(context.request_id, count),
        _repeated(context.reason, count),
        _repeated(context.trace_context, count),
    )


def _repeated(value: str | None, count: int) -> Part:
    once = texts([value])
    return Part(count, once.elements * count)


def _key_parts(wanted: Append) -> Sequence[Part]:
    key = wanted.context.idempotency
    if key is None:
        return (NOTHING,) * 5
    assert wanted.receipt_stream_id is not None, "a key keeps a receipt"
    assert wanted.receipt_version is not None
    return (
        texts([key.scope]),
        texts([key.key]),
        texts([key.fingerprint]),
        uuids([wanted.receipt_stream_id]),
        ints([wanted.receipt_version]),
    )


def _receipt_place(wanted: Append) -> Sequence[int | None]:
    if wanted.context.idempotency is None:
        return []
    return [len(wanted.facts) or None]

"""What the parameters of `ledger.append` are, and how several appends share them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import field
from functools import lru_cache
from struct import Struct
from typing import Final, TypeAlias
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


Span: TypeAlias = tuple[UUID, int, int, int, int]
"""The events of one stream within an append: the version before and the last one, and the places of
the first event and the last.
"""

Step: TypeAlias = tuple[bytes, int, int]
"""The beginning of a step's record, and the places of its first and last event in its append."""


class Packed:
    """An append, as far as it can be made ready before it is known with which others it goes.

    `touches` is what it must not share a transaction with: the numbers of the streams it writes or
    relies on, and its key. `size` is that of its events in bytes. Raises VersionsOutOfOrder.
    """

    __slots__ = (
        "append", "begun", "events", "grown", "keys", "natural", "reads", "shape", "size",
        "touches",
    )  # fmt: skip

    def __init__(self, wanted: Append) -> None:
        facts, key = wanted.facts, wanted.context.idempotency
        self.append = wanted
        self.begun: list[Step] = []
        self.grown: list[Step] = []
        self.touches: set[object] = set()
        for stream, before, version, first, last in spans_of(facts):
            step = _step(stream, before, version), first, last
            (self.begun if before < 1 else self.grown).append(step)
            self.touches.add(stream.int)
        said = _said(wanted.context)
        self.events = [_event(fact, said) for fact in facts]
        self.size = sum(map(len, self.events))
        # Most appends have none of these.
        self.natural: Sequence[tuple[int, bytes]] = _NOTHING
        self.reads: Sequence[bytes] = _NOTHING
        self.keys: Sequence[bytes] = _NOTHING
        for fact in facts:
            if fact.natural_key:
                self.natural = _natural(facts)
                break
        if wanted.expect:
            self.reads = _reads(wanted.expect)
            self.touches.update(stream.int for stream in wanted.expect)
        if key is not None:
            self.touches.add((key.scope, key.key))
            self.keys = [_key(wanted, key)]
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


def spans_of(facts: Sequence[StoredFact]) -> Iterable[Span]:
    """Where the events of each stream are. Raises VersionsOutOfOrder."""
    if len(facts) == 1:
        (fact,) = facts
        assert isinstance(fact.originator_id, UUID), "streams are named by UUIDs"
        version = fact.originator_version
        return ((fact.originator_id, version - 1, version, 1, 1),)
    found: dict[UUID, Span] = {}
    for place, fact in enumerate(facts, start=1):
        stream, version = fact.originator_id, fact.originator_version
        assert isinstance(stream, UUID), "streams are named by UUIDs"
        known = found.get(stream)
        if known is None:
            found[stream] = (stream, version - 1, version, place, place)
            continue
        _, before, last_version, first_place, _ = known
        if version != last_version + 1:
            raise VersionsOutOfOrder(f"version {version} of {stream} follows {last_version}")
        found[stream] = (stream, before, version, first_place, place)
    return found.values()


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
_NOTHING: Final = ()


def _said(context: CommandContext) -> bytes:
    """The last fields of an event's record: the same for all events of a command."""
    return b"".join(
        (
            name_field(context.actor),
            text_field(context.correlation_id),
            text_field(context.causation_id),
            text_field(context.request_id),
            text_field(context.reason),
            text_field(context.trace_context),
        )
    )


def _event(fact: StoredFact, said: bytes) -> bytes:
    """The record of an event; `said` are its last fields."""
    stream = fact.originator_id
    assert isinstance(stream, UUID)
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
            *(UUID_OID, 16, stream.bytes, INT_OID, 4, fact.originator_version),
            *(UUID_OID, 16, fact.event_id.bytes),
        )
        + rest
    )


def _natural(facts: Sequence[StoredFact]) -> Sequence[tuple[int, bytes]]:
    """What identifies events at their source, behind their places."""
    return [
        (place, text_field(fact.natural_key) + text_field(fact.content_fingerprint))
        for place, fact in enumerate(facts, start=1)
        if fact.natural_key
    ]


def _reads(expect: Mapping[UUID, int]) -> Sequence[bytes]:
    return [record(uuid_field(stream), int_field(version)) for stream, version in expect.items()]


@lru_cache(maxsize=4_096)
def _shape(*counts: int) -> bytes:
    return b"".join(_ELEMENT(4, count) for count in counts)


def _step(stream: UUID, before: int, version: int) -> bytes:
    return _STEP(
        *(_STEP_SIZE, 5, UUID_OID, 16, stream.bytes),
        *(INT_OID, 4, before, INT_OID, 4, version),
    )


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

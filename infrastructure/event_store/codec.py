"""Events as canonical JSON, and back.

Canonical: keys sorted at every depth, no spaces, UTF-8, times in UTC, decimals as strings, no
floats. The same facts are always the same bytes, so hashes of them hold for ever.
"""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from functools import cache
from hashlib import sha256
from typing import Any, Final
from uuid import UUID

import msgspec

from domain.kernel import Event
from infrastructure.event_store.errors import UnknownEventType, UnreadableEvent
from infrastructure.event_store.reading import ENVELOPE, ShortWay

_AS_THEY_ARE: Final = frozenset({str, int, type(None)})


def encode_payload(event: Event) -> str:
    """The canonical JSON text of what the event says. A float or a naive time is a TypeError."""
    facts = {name: value for name, value in vars(event).items() if name not in ENVELOPE}
    return encode_canonical(facts).decode()


def encode_canonical(facts: object) -> bytes:
    """Canonical JSON of anything made of plain values, dataclasses, times and identifiers."""
    plain = msgspec.to_builtins(facts, builtin_types=(datetime,))
    return msgspec.json.encode(_canonical(plain), order="sorted")


def fingerprint(payload: str) -> str:
    """The hex SHA-256 of a canonical payload."""
    return sha256(payload.encode()).hexdigest()


def type_of(event_class: type[Event]) -> str:
    """The permanent name of an event class; each must have its own."""
    topic = vars(event_class).get("TOPIC")
    if not isinstance(topic, str):
        raise TypeError(f"{event_class.__qualname__} needs a TOPIC of its own to be recorded")
    return topic


def decode_event(
    *,
    event_type: str,
    schema_version: int,
    payload: str,
    stream_id: UUID,
    stream_version: int,
    effective_at: datetime,
    ledger_seq: int | None,
) -> Event:
    """The event, upcast to the newest version of its class.

    Refuses with UnknownEventType or UnreadableEvent.
    """
    try:
        event_class, short_way = _kind_of(event_type)
    except KeyError:
        raise UnknownEventType(
            f"The event at position {ledger_seq} is of type {event_type!r}, which this release does"
            " not know. Run the release that wrote it, or import the module that defines it.",
            event_type=event_type,
            ledger_seq=ledger_seq,
        ) from None
    if schema_version == event_class.class_version:
        event = short_way.event(payload, stream_id, stream_version, effective_at)
        if event is not None:
            return event
    try:
        state = _upcast(event_class, schema_version, msgspec.json.decode(payload))
        envelope = {
            "originator_id": stream_id,
            "originator_version": stream_version,
            "timestamp": effective_at,
        }
        return msgspec.convert({**state, **envelope}, type=event_class)
    except (msgspec.MsgspecError, ValueError, LookupError, TypeError, AttributeError) as error:
        raise UnreadableEvent(
            f"The event at position {ledger_seq} of type {event_type!r}, version {schema_version},"
            f" cannot be read as version {event_class.class_version}: {error}.",
            event_type=event_type,
            schema_version=schema_version,
            ledger_seq=ledger_seq,
        ) from error


def _upcast(
    event_class: type[Event], schema_version: int, state: Mapping[str, Any]
) -> Mapping[str, Any]:
    if schema_version > event_class.class_version:
        raise ValueError("it was written by a newer release")
    for version in range(schema_version, event_class.class_version):
        # Pure: takes the state of one version, returns that of the next.
        upcast = getattr(event_class, f"upcast_v{version}_v{version + 1}")
        state = upcast(dict(state))
    return state


def _canonical(value: object) -> object:
    if type(value) in _AS_THEY_ARE or isinstance(value, str | int):
        return value
    if isinstance(value, dict):
        return {
            _canonical(key): held if type(held) in _AS_THEY_ARE else _canonical(held)
            for key, held in value.items()
        }
    if isinstance(value, list | tuple):
        return [_canonical(held) for held in value]
    if isinstance(value, datetime):
        if value.tzinfo is None:
            raise TypeError(f"{value!r} has no time zone, so it names no moment")
        return value.astimezone(UTC)
    raise TypeError(f"{value!r} has no exact form: use an integer with its unit, or a Decimal")


@cache
def _kind_of(event_type: str) -> tuple[type[Event], ShortWay]:
    """The class of a type. What is not known is a KeyError, and is looked for again next time."""
    if event_type not in _known_classes():
        _known_classes.cache_clear()
    event_class = _known_classes()[event_type]
    return event_class, ShortWay(event_class)


@cache
def _known_classes() -> Mapping[str, type[Event]]:
    return {vars(found)["TOPIC"]: found for found in _descendants(Event) if "TOPIC" in vars(found)}


def _descendants(parent: type[Event]) -> Iterator[type[Event]]:
    for child in parent.__subclasses__():
        yield child
        yield from _descendants(child)

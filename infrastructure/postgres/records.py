"""PostgreSQL arrays of records in the binary form, put together from parts.

Written here rather than by the driver, which looks at every value to find a type that the statement
names anyway. Elements of several arrays make one longer array by being joined, so that each thread
can prepare its own before it waits for its turn.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from struct import Struct
from typing import Final
from uuid import UUID

# Object identifiers of built-in types never change.
UUID_OID, INT_OID, SMALLINT_OID, TEXT_OID, TIMESTAMPTZ_OID = 2950, 23, 21, 25, 1184
EPOCH: Final = datetime(2000, 1, 1, tzinfo=UTC)
MICROSECOND: Final = timedelta(microseconds=1)

_EMPTY: Final = Struct("!iiI").pack
_HEAD: Final = Struct("!iiIii").pack
_SIZE: Final = Struct("!i").unpack_from
_FIRST_BIG: Final = Struct("!q").unpack_from
_HEAD_SIZE, _SIZE_SIZE = 20, 4
_TYPED: Final = Struct("!Ii").pack
_INT: Final = Struct("!Iii").pack
_PLAIN_INT: Final = Struct("!ii").pack
_SMALL: Final = Struct("!Iih").pack
_BIG: Final = Struct("!Iiq").pack
_UUID: Final = _TYPED(UUID_OID, 16)
_NULL_INT: Final = _TYPED(INT_OID, -1)
_NULL_TEXT: Final = _TYPED(TEXT_OID, -1)
_NULL_MOMENT: Final = _TYPED(TIMESTAMPTZ_OID, -1)


def uuid_field(value: UUID) -> bytes:
    """A field of type `uuid`."""
    return _UUID + value.bytes


def int_field(value: int | None) -> bytes:
    """A field of type `integer`."""
    return _NULL_INT if value is None else _INT(INT_OID, 4, value)


@lru_cache(maxsize=64)
def smallint_field(value: int) -> bytes:
    """A field of type `smallint`."""
    return _SMALL(SMALLINT_OID, 2, value)


def text_field(value: str | None) -> bytes:
    """A field of type `text`."""
    return _NULL_TEXT if value is None else utf8_field(value.encode())


def utf8_field(value: bytes) -> bytes:
    """A field of type `text` whose value is UTF-8 already."""
    return _TYPED(TEXT_OID, len(value)) + value


@lru_cache(maxsize=1024)
def name_field(value: str) -> bytes:
    """A field of type `text` that takes few values, such as a type of event."""
    return text_field(value)


def moment_field(value: datetime | None) -> bytes:
    """A field of type `timestamptz`; the value has a time zone."""
    if value is None:
        return _NULL_MOMENT
    return _BIG(TIMESTAMPTZ_OID, 8, (value - EPOCH) // MICROSECOND)


def record(*fields: bytes, more: int = 0) -> bytes:
    """One element of an array of records; `more` fields than arguments, where some are joined."""
    body = b"".join(fields)
    return _PLAIN_INT(len(body) + 4, len(fields) + more) + body


def array_of(oid: int, elements: Sequence[bytes], *, size: int | None = None) -> bytes:
    """An array of these elements, whose type has this identifier; several may be joined already,
    and then `size` says how many there are.
    """
    if not elements:
        return _EMPTY(0, 0, oid)
    return _HEAD(1, 0, oid, size or len(elements), 1) + b"".join(elements)


def bigints_in(array: bytes | None) -> Sequence[int | None]:
    """The elements of a `bigint[]`."""
    return [None if each is None else int.from_bytes(each, signed=True) for each in _in(array)]


def first_bigint_in(array: bytes | None) -> int | None:
    """The first element of a `bigint[]` that has one."""
    assert array is not None, "an array is there"
    (size,) = _SIZE(array, _HEAD_SIZE)
    if size < 0:
        return None
    (value,) = _FIRST_BIG(array, _HEAD_SIZE + _SIZE_SIZE)
    assert isinstance(value, int)
    return value


def texts_in(array: bytes | None) -> Sequence[str | None]:
    """The elements of a `text[]`."""
    return [None if each is None else each.decode() for each in _in(array)]


def _in(array: bytes | None) -> Iterator[bytes | None]:
    """What an array of one dimension holds: after its head, each element behind its size."""
    assert array is not None, "an array is there"
    place = _HEAD_SIZE
    while place < len(array):
        (size,) = _SIZE(array, place)
        place += _SIZE_SIZE
        yield None if size < 0 else array[place : place + size]
        place += max(size, 0)

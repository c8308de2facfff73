"""PostgreSQL arrays in its binary form, put together from parts.

Written here rather than by the driver, which looks at every element to find a type that the
statement names anyway. The parts of several arrays make one longer array by being joined, so that
each thread can prepare its own before it waits for its turn.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from struct import Struct
from typing import Final, NamedTuple
from uuid import UUID

import psycopg
from psycopg.adapt import Dumper
from psycopg.pq import Format
from typing_extensions import override

NULL: Final = b"\xff\xff\xff\xff"
EMPTY: Final = Struct("!iii").pack
HEAD: Final = Struct("!iiIii").pack
LENGTH: Final = Struct("!i").pack
INT: Final = Struct("!ii").pack
SMALL: Final = Struct("!ih").pack
BIG: Final = Struct("!iq").pack
UUID_LENGTH: Final = LENGTH(16)
EPOCH: Final = datetime(2000, 1, 1, tzinfo=UTC)
MICROSECOND: Final = timedelta(microseconds=1)

# Object identifiers of types never change.
UUID_OID, INT_OID, SMALLINT_OID, TEXT_OID, TIMESTAMPTZ_OID = 2950, 23, 21, 25, 1184


class Part(NamedTuple):
    """So many elements of an array, as the server reads them."""

    length: int
    elements: bytes


NOTHING: Final = Part(0, b"")


class BinaryArray(bytes):
    """A whole array, ready to be sent."""


class _AsItIs(Dumper):
    """Sends what is prepared; the statement's cast says what it is."""

    format = Format.BINARY
    oid = 0

    @override
    def dump(self, obj: bytes) -> bytes:
        return obj


psycopg.adapters.register_dumper(BinaryArray, _AsItIs)


def uuids(values: Sequence[UUID]) -> Part:
    """Elements of a `uuid[]`."""
    return Part(len(values), b"".join([UUID_LENGTH + value.bytes for value in values]))


def ints(values: Sequence[int | None]) -> Part:
    """Elements of an `integer[]`."""
    packed = [NULL if value is None else INT(4, value) for value in values]
    return Part(len(values), b"".join(packed))


def smallints(values: Sequence[int]) -> Part:
    """Elements of a `smallint[]`."""
    return Part(len(values), b"".join([SMALL(2, value) for value in values]))


def texts(values: Sequence[str | None]) -> Part:
    """Elements of a `text[]`."""
    return encoded([None if value is None else value.encode() for value in values])


def encoded(values: Sequence[bytes | None]) -> Part:
    """Elements of a `text[]` that are UTF-8 already."""
    pieces = [NULL if value is None else LENGTH(len(value)) + value for value in values]
    return Part(len(values), b"".join(pieces))


def moments(values: Sequence[datetime | None]) -> Part:
    """Elements of a `timestamptz[]`; each has a time zone."""
    packed = [NULL if value is None else BIG(8, (value - EPOCH) // MICROSECOND) for value in values]
    return Part(len(values), b"".join(packed))


def array_of(oid: int, parts: Iterable[Part]) -> BinaryArray:
    """One array of all parts, in their order."""
    pieces = [part for part in parts if part.length]
    count = sum(part.length for part in pieces)
    if not count:
        return BinaryArray(EMPTY(0, 0, oid))
    head = HEAD(1, 0, oid, count, 1)
    return BinaryArray(b"".join([head, *[part.elements for part in pieces]]))

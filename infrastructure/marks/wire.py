"""How a batch of marks is written: MessagePack, an array of [account, at, open profit] each.

The account is the 16 bytes of its id, the time microseconds since 1970, the open profit an integer
of 1/10,000 dollar.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any, Final, TypeAlias

import msgspec
from msgspec import Meta

from domain.money import UNITS_MAX

FIELD: Final = b"m"
MARKS_MAX: Final = 1_000
BYTES_MAX: Final = 65_536
"""A thousand marks take about 32,000 bytes."""

_AT_MAX: Final = 2**52

Plain: TypeAlias = tuple[bytes, int, int]
_Mark: TypeAlias = tuple[
    Annotated[bytes, Meta(min_length=16, max_length=16)],
    Annotated[int, Meta(ge=0, le=_AT_MAX)],
    Annotated[int, Meta(ge=-UNITS_MAX, le=UNITS_MAX)],
]
_encoder = msgspec.msgpack.Encoder()
_decoder = msgspec.msgpack.Decoder(Annotated[list[_Mark], Meta(max_length=MARKS_MAX)])
_loose = msgspec.msgpack.Decoder(list[Any])


def encode_marks(marks: Sequence[Plain]) -> bytes:
    """The bytes of a batch, at most `MARKS_MAX` marks."""
    assert len(marks) <= MARKS_MAX, "a batch is cut to size before"
    return _encoder.encode(marks)


def decode_marks(fields: dict[bytes, bytes]) -> tuple[Sequence[Plain], int]:
    """The marks of an entry, and how many could not be read. One bad mark spoils no other."""
    body = fields.get(FIELD)
    if body is None or len(body) > BYTES_MAX:
        return (), 1
    try:
        return _decoder.decode(body), 0
    except msgspec.DecodeError:
        return _one_by_one(body)


def _one_by_one(body: bytes) -> tuple[Sequence[Plain], int]:
    try:
        found = _loose.decode(body)
    except msgspec.DecodeError:
        return (), 1
    if len(found) > MARKS_MAX:
        return (), len(found)
    good = []
    for each in found:
        try:
            good.append(msgspec.convert(each, _Mark))
        except msgspec.ValidationError:
            continue
    return good, len(found) - len(good)

"""Lanes: every stream belongs to one of a few, so that several processes share the projecting."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Final
from uuid import UUID
from zlib import crc32

from application.log import RecordedEvent

LANES: Final = 8
"""For ever: positions, leases and effects are kept by lane."""

ALL_LANES: Final = tuple(range(LANES))


def lane_of(stream_id: UUID) -> int:
    """The lane of a stream: the same in every release and in every process."""
    return crc32(stream_id.bytes) % LANES


def in_lanes(recorded: Sequence[RecordedEvent], lanes: Collection[int]) -> Sequence[RecordedEvent]:
    """The events whose streams belong to these lanes."""
    if len(lanes) == LANES:
        return recorded
    return [each for each in recorded if lane_of(each.stream_id) in lanes]

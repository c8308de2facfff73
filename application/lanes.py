"""Lanes: every stream belongs to one of a few, so that several processes share what follows the
log.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final
from uuid import UUID
from zlib import crc32

LANES: Final = 8
"""For ever: positions, leases and effects are kept by lane."""

ALL_LANES: Final = tuple(range(LANES))
LANE_OF_LEASE: Final = {f"lane-{lane}": lane for lane in ALL_LANES}
LEASE_NAMES: Final = tuple(LANE_OF_LEASE)


def lane_of(stream_id: UUID) -> int:
    """The lane of a stream: the same in every release and in every process."""
    return crc32(stream_id.bytes) % LANES


def lanes_in(owned: Mapping[str, int]) -> dict[int, int]:
    """The lanes of leases by their names, with their epochs."""
    return {LANE_OF_LEASE[name]: epoch for name, epoch in owned.items()}

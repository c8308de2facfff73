"""The lanes of the log, as projections see them."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from application.lanes import ALL_LANES, LANE_OF_LEASE, LANES, LEASE_NAMES, lane_of, lanes_in
from application.log import RecordedEvent

__all__ = [
    "ALL_LANES",
    "LANES",
    "LANE_OF_LEASE",
    "LEASE_NAMES",
    "in_lanes",
    "lane_of",
    "lanes_in",
]


def in_lanes(recorded: Sequence[RecordedEvent], lanes: Collection[int]) -> Sequence[RecordedEvent]:
    """The events whose streams belong to these lanes."""
    if len(lanes) == LANES:
        return recorded
    return [each for each in recorded if lane_of(each.stream_id) in lanes]

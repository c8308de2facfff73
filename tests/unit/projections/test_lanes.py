"""The lane of a stream never changes."""

from collections import Counter
from uuid import UUID

from projections.lanes import LANES, lane_of


class TestLaneOf:
    def test_is_what_it_always_was(self) -> None:
        found = [lane_of(UUID(int=number)) for number in (0, 1, 2, 2**127, 2**128 - 1)]
        assert found == [5, 3, 1, 1, 2]

    def test_spreads_streams_evenly(self) -> None:
        counts = Counter(lane_of(UUID(int=number * 7_919)) for number in range(8_000))
        assert len(counts) == LANES
        assert max(counts.values()) < 2 * min(counts.values())

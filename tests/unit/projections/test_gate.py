"""Waiting for a position."""

from collections.abc import Iterator

from projections.gate import PositionGate


def gate_over(positions: Iterator[int]) -> PositionGate:
    return PositionGate(lambda: next(positions), every_seconds=0)


class TestPositionGate:
    def test_opens_at_once_when_the_position_is_held(self) -> None:
        assert gate_over(iter([7])).reached(7, within_seconds=0)

    def test_asks_again_until_the_position_is_held(self) -> None:
        positions = iter([5, 6, 7, 8])
        assert gate_over(positions).reached(7, within_seconds=60)
        assert next(positions) == 8

    def test_stays_shut_when_time_is_up(self) -> None:
        assert not gate_over(iter([6])).reached(7, within_seconds=0)

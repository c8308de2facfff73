"""Where the lines of an axis stand: round dollars, and whole hours or days."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Final

from domain.money import UNITS_PER_CENT, USD

TICKS_MAX: Final = 8
TIME_TICKS_MAX: Final = 6
"""A date and an hour need that much room."""

_STEPS: Final = (1, 2, 5)
_EPOCH: Final = datetime(1970, 1, 5, tzinfo=UTC)
"""A Monday, so that weeks begin with one."""

_SPANS: Final = (
    timedelta(minutes=1), timedelta(minutes=5), timedelta(minutes=15), timedelta(hours=1),
    timedelta(hours=3), timedelta(hours=6), timedelta(hours=12), timedelta(days=1),
    timedelta(days=2), timedelta(days=7), timedelta(days=14), timedelta(days=28),
    timedelta(days=91), timedelta(days=364), timedelta(days=3640),
)  # fmt: skip


def money_ticks(lowest: USD, highest: USD) -> Sequence[USD]:
    """At most eight round amounts between two, both included."""
    power = UNITS_PER_CENT
    while True:
        for factor in _STEPS:
            step = factor * power
            first = -(-lowest.units // step)
            count = highest.units // step - first + 1
            if count <= TICKS_MAX:
                return [USD((first + at) * step) for at in range(count)]
        power *= 10


def time_ticks(first: datetime, last: datetime) -> Sequence[datetime]:
    """At most six round moments between two, both included."""
    for step in _SPANS:
        begin = -(-(first - _EPOCH) // step)
        count = (last - _EPOCH) // step - begin + 1
        if count <= TIME_TICKS_MAX:
            return [_EPOCH + (begin + at) * step for at in range(count)]
    return []

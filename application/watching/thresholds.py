"""From where on a figure is an alarm."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta


@dataclass(frozen=True, slots=True, kw_only=True)
class Thresholds:
    """Each is the most that is still in order."""

    still: timedelta = timedelta(seconds=30)
    unowned: timedelta = timedelta(seconds=5)
    lag: timedelta = timedelta(seconds=60)
    lag_events: int = 10_000
    lease_overdue: timedelta = timedelta(seconds=30)
    effects_waiting: timedelta = timedelta(minutes=5)
    unsealed_events: int = 10_000
    checkpoint: timedelta = timedelta(hours=1)
    verification: timedelta = timedelta(hours=72)
    appends_waiting: int = 256

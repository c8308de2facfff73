"""What the engine believes, how long it waits, and what it has done."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from typing import Final

from application.marks.watch import Jumps

HELD_MAX: Final = 200_000
"""Marks held back for order; above this none are read until some were released."""

CATCH_UP_BATCH: Final = 1_000
"""Events that are read at once to see which accounts the read models do not show yet."""

NOTES_PER_ROUND: Final = 128
"""Accounts that are told of news between two looks at the marks."""

STRAYS_PER_SWEEP: Final = 100
"""Entries of a partition that are taken at once from instances that have lost it."""

END_OF_TIME: Final = 2**62


@dataclass(frozen=True, slots=True, kw_only=True)
class EngineLimits:
    """What the engine believes and how long it waits; docs/reference/configuration.md has each."""

    partitions: int = 16
    watermark: timedelta = timedelta(milliseconds=200)
    age_max: timedelta = timedelta(seconds=30)
    ahead_max: timedelta = timedelta(seconds=5)
    unknown_after: timedelta = timedelta(seconds=60)
    grace: timedelta = timedelta(seconds=10)
    refresh_every: timedelta = timedelta(milliseconds=50)
    sweep_every: timedelta = timedelta(seconds=1)
    news_every: timedelta = timedelta(seconds=2)
    threads: int = 4
    jumps: Jumps = field(default_factory=Jumps)


@dataclass(slots=True)
class EngineCounts:
    """What an instance has done since it started."""

    marks: int = 0
    told: int = 0
    refused: int = 0
    wakeups: int = 0
    notes: int = 0

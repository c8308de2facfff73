"""How much the append combiner takes in."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True, kw_only=True)
class CombinerLimits:
    """How much may wait, for how long, and how much goes together.

    An append of more than `alone_events` goes alone: it pays for its own commit anyway. A batch
    that took longer than `batch_seconds` makes the next ones smaller, down to `batch_min`.

    Up to `flights` batches are under way at once. They still commit one after the other, but the
    next one is at the database already when the counter becomes free. Those who are at it are
    halved between them where each half has at least `second_min`. A batch waits `gather_seconds` at
    the most for those whose last append was just written: each would else pay for its own commit.
    """

    flights: int = 2
    second_min: int = 2
    gather_seconds: float = 0.001

    waiting_max: int = 2_048
    waiting_per_account_max: int = 256
    wait_seconds_max: float = 5.0
    batch_min: int = 8
    batch_max: int = 256
    batch_events_max: int = 2_048
    batch_bytes_max: int = 8 * 1024 * 1024
    batch_seconds: float = 0.020
    alone_events: int = 256


DEFAULT_LIMITS: Final = CombinerLimits()

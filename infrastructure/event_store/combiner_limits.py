"""How much the append combiner takes in, and what it counts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True, kw_only=True)
class CombinerLimits:
    """How much may wait, for how long, and how much goes together.

    An append of more than `alone_events` goes alone: it pays for its own commit anyway. A batch
    that took longer than `batch_seconds` makes the next ones smaller, down to `batch_min`.

    Up to `flights` batches are under way at once. They still commit one after the other, but the
    next one is at the database already when the counter becomes free. It sets out when at least
    `second_min` wait for it. Under load a batch waits `gather_seconds` at the most for those whose
    last append was just written: with few clients each would else pay for a commit of its own.
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


@dataclass(frozen=True, slots=True, kw_only=True)
class CombinerCounts:
    """What became of all appends of this process so far, and what waits now.

    `batch_sizes` counts batches by their number of appends, each under the power of two that is
    not smaller. `stored` and the outcomes beside it count appends; `turned_away` never entered.
    """

    waiting: int
    in_flight: int
    batches: int
    appends: int
    stored: int
    replayed: int
    conflicts: int
    refused: int
    turned_away: int
    largest_batch: int
    batch_sizes: Mapping[int, int]

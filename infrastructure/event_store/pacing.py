"""When the next batch of appends sets out, and how large it may be."""

from __future__ import annotations

from time import monotonic

from infrastructure.event_store.combiner_limits import CombinerLimits


class Pace:
    """What the last batches taught. Whoever calls holds the combiner's guard.

    A lone append goes at once. Under load those who were just served come back a moment later with
    more: they are waited for, so that they share a commit, and never longer than that moment.
    """

    def __init__(self, limits: CombinerLimits) -> None:
        self._limits = limits
        self.batch_max = limits.batch_max
        self.until = 0.0
        """The moment up to which others are waited for, by the monotonic clock."""

        self._busy = self._worth = 1

    @property
    def is_calm(self) -> bool:
        """Whether appends came one at a time of late."""
        return self._worth == 1

    def sets_out(self, *, waiting: int, flights: int) -> bool:
        """Whether those who wait are a batch now, while so many batches are under way."""
        if waiting >= self._worth:
            return flights < self._limits.flights
        return waiting > 0 and not flights and monotonic() >= self.until

    def landed(self, *, busy: int) -> None:
        """A batch is written; with it so many appends were waiting or under way.

        They come back together, or half of them while the other half is under way.
        """
        self._busy = max(busy, self._busy * 3 // 4)
        worth = self._busy
        if worth >= self._limits.flights * self._limits.second_min:
            worth //= self._limits.flights
        self._worth = min(worth, self.batch_max)
        self.until = monotonic() + self._limits.gather_seconds

    def took(self, seconds: float) -> None:
        """Batches shrink by half while they take too long, and grow again by an eighth."""
        limits = self._limits
        if seconds > limits.batch_seconds:
            least = min(limits.batch_min, limits.batch_max)
            self.batch_max = max(least, self.batch_max // 2)
        elif self.batch_max < limits.batch_max:
            self.batch_max = min(limits.batch_max, self.batch_max + self.batch_max // 8 + 1)

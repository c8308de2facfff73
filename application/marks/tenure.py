"""Keeping the leases while the engine is at work, in a thread of its own."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime, timedelta
from threading import Event as Signal
from threading import Lock, Thread
from time import monotonic_ns
from typing import Final

from application.errors import LedgerUnavailable
from application.marks.ports import Leases

_MICROSECOND: Final = timedelta(microseconds=1)


class Tenure:
    """The partitions that this instance owns right now.

    They are renewed three times in the length of a lease. When the database does not answer in
    time, they count as lost here before another can have them.
    """

    def __init__(self, leases: Leases, *, lease: timedelta, report: Callable[[str], None]) -> None:
        self._leases, self._lease, self._report = leases, lease, report
        self._held: Mapping[int, int] = {}
        self._surplus = 0
        self._until = 0
        self._lock, self._over = Lock(), Signal()
        self._thread = Thread(target=self._keep, name="leases", daemon=True)

    def begin(self) -> None:
        """Take what is free, and go on renewing it."""
        self._tend()
        self._thread.start()

    def owned(self) -> dict[int, int]:
        """Partitions with their epochs; empty when the leases may have run out."""
        with self._lock:
            return dict(self._held) if monotonic_ns() < self._until else {}

    def surplus(self) -> int:
        """How many should be given back, so that each instance has its fair share."""
        with self._lock:
            return self._surplus

    def give_back(self, partitions: Iterable[int]) -> None:
        """Let others take these at once."""
        given = set(partitions)
        with self._lock:
            self._held = {each: epoch for each, epoch in self._held.items() if each not in given}
            self._surplus = 0
        self._leases.give_back(given)

    def told(self, partitions: Mapping[int, int], *, until: datetime) -> None:
        """Note up to when deadlines were told."""
        self._leases.told(partitions, until=until)

    def told_until(self, partition: int) -> datetime | None:
        """What was noted last, by whoever owned it."""
        return self._leases.told_until(partition)

    def end(self) -> None:
        """Give everything back at once."""
        with self._lock:
            self._held = {}
        self._over.set()
        if self._thread.is_alive():
            self._thread.join()
        try:
            self._leases.leave()
        except LedgerUnavailable as fault:
            self._report(f"The leases run out by themselves: {fault}")

    def _keep(self) -> None:
        while not self._over.wait(self._lease.total_seconds() / 3):
            try:
                self._tend()
            except LedgerUnavailable as fault:
                self._report(f"The leases were not renewed: {fault}")

    def _tend(self) -> None:
        asked = monotonic_ns()
        with self._lock:
            held = self._leases.tend()
            self._held, self._until = held, asked + self._lease // _MICROSECOND * 1_000
            self._surplus = self._leases.surplus()

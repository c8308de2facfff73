"""Keeping leases while their owner is at work, in a thread of its own."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import timedelta
from threading import Event as Signal
from threading import Lock, Thread
from time import monotonic_ns
from typing import Final, Generic

from application.errors import LedgerUnavailable
from application.leasing.ports import Leased, Leases

_MICROSECOND: Final = timedelta(microseconds=1)


class Tenure(Generic[Leased]):
    """What this process owns right now.

    It is renewed three times in the length of a lease. When the database does not answer in time,
    all counts as lost here before another can have it.
    """

    def __init__(
        self, leases: Leases[Leased], *, lease: timedelta, report: Callable[[str], None]
    ) -> None:
        self._leases, self._lease, self._report = leases, lease, report
        self._held: Mapping[Leased, int] = {}
        self._giving: set[Leased] = set()
        self._surplus = 0
        self._until = 0
        self._lock, self._over = Lock(), Signal()
        self._thread = Thread(target=self._keep, name="leases", daemon=True)

    def begin(self) -> None:
        """Take what is free, and go on renewing it."""
        self._tend()
        self._thread.start()

    def owned(self) -> dict[Leased, int]:
        """What is owned, with epochs; empty when the leases may have run out."""
        with self._lock:
            return dict(self._held) if monotonic_ns() < self._until else {}

    def surplus(self) -> int:
        """How many should be given back, so that each process has its fair share."""
        with self._lock:
            return self._surplus

    def give_back(self, leased: Iterable[Leased]) -> None:
        """Let others take these at once."""
        given = set(leased)
        with self._lock:
            self._giving = given
            self._held = self._without(self._held)
            self._surplus = 0
        try:
            self._leases.give_back(given)
        finally:
            with self._lock:
                self._giving = set()

    def spare(self) -> bool:
        """Whether one should be given back, by whoever asks: each surplus is told of once."""
        with self._lock:
            found = self._surplus > 0
            self._surplus -= found
            return found

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
            except Exception as fault:  # noqa: BLE001 (without this thread nothing is ever owned)
                self._report(f"The leases were not renewed: {fault}")

    def _tend(self) -> None:
        asked = monotonic_ns()
        with self._lock:
            held = self._leases.tend()
            # A renewal that is faster than what is just given back takes it for its own.
            self._held, self._until = (
                self._without(held),
                asked + self._lease // _MICROSECOND * 1_000,
            )
            self._surplus = self._leases.surplus()

    def _without(self, held: Mapping[Leased, int]) -> dict[Leased, int]:
        return {each: epoch for each, epoch in held.items() if each not in self._giving}

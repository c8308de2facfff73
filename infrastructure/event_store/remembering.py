"""Aggregates that were loaded before, so that only what is new of them need be read."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Iterable
from threading import Lock
from uuid import UUID

from application.ledger import TAggregate
from domain.kernel import Aggregate, Event


class Remembered:
    """The aggregates that were loaded last, each as the log had it then.

    Nobody is given one of them: who loads gets a twin, and decides on that. They are made of
    recorded events alone, so whoever reads the newer ones has what a whole reading would give.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._kept: OrderedDict[UUID, Aggregate] = OrderedDict()
        self._lock = Lock()
        self._era = 0

    def brought_up(
        self,
        kind: type[TAggregate],
        stream_id: UUID,
        newer_than: Callable[[int], Iterable[Event]],
    ) -> TAggregate | None:
        """A twin of what is remembered, with the events newer than its version taken in; None when
        nothing is.
        """
        era, known = self._era, self._taken(stream_id)
        if not isinstance(known, kind):
            return None
        for event in newer_than(known.version):
            event.mutate(known)  # type: ignore[arg-type]
        return self.keep(known, era=era)

    @property
    def era(self) -> int:
        """How often all were let go."""
        return self._era

    def keep(self, aggregate: TAggregate, *, era: int) -> TAggregate:
        """Remember what was loaded since all were let go last, if its kind has twins; what is
        answered is for the loader.
        """
        twin = aggregate.twin()
        if twin is None or not self._most:
            return aggregate
        with self._lock:
            if era != self._era:
                return aggregate
            self._kept[aggregate.id] = aggregate
            self._kept.move_to_end(aggregate.id)
            while len(self._kept) > self._most:
                self._kept.popitem(last=False)
        return twin

    def forget_all(self) -> None:
        """Let all of them go, and those that are being loaded now."""
        with self._lock:
            self._kept.clear()
            self._era += 1

    def forget(self, streams: Iterable[object]) -> None:
        """Drop what is remembered of these streams: they are read whole the next time."""
        with self._lock:
            for stream_id in streams:
                self._kept.pop(stream_id, None)  # type: ignore[call-overload]

    def _taken(self, stream_id: UUID) -> Aggregate | None:
        """What is remembered, for one alone: while it is brought up nobody else has it."""
        with self._lock:
            return self._kept.pop(stream_id, None)

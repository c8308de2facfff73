"""One watcher for a process: looks when asked, but not too often, and remembers what it saw."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from math import inf
from threading import Lock
from time import monotonic
from typing import Final

from application.watching.alarm_kinds import Alarm
from application.watching.alarms import alarms
from application.watching.figures import CombinerFigures, Figures, Missing
from application.watching.ports import Lookout
from application.watching.stillness import remembering
from application.watching.thresholds import Thresholds
from domain.errors import DomainError
from interfaces.settings import Settings

FRESH_SECONDS: Final = 1.0
"""A look is shared by all who ask within this time, so that no scrape adds load."""


@dataclass(frozen=True, slots=True)
class Seen:
    """One look, and what is not in order in it."""

    figures: Figures
    alarms: Sequence[Alarm]


class Watch:
    """Any thread may look; one at a time really does."""

    def __init__(
        self,
        lookout: Lookout,
        thresholds: Thresholds,
        combiner: Callable[[], CombinerFigures | Missing] = lambda: Missing.ABSENT,
    ) -> None:
        self._lookout, self._thresholds, self._combiner = lookout, thresholds, combiner
        self._guard = Lock()
        self._seen: Seen | None = None
        self._refusal: DomainError | None = None
        self._looked_at = -inf

    def look(self) -> Seen:
        """What is to be seen now, or was within the last second. Refuses with DatabaseUnusable."""
        with self._guard:
            if monotonic() - self._looked_at > FRESH_SECONDS:
                self._refusal = self._look_again()
                self._looked_at = monotonic()
            if self._refusal:
                raise self._refusal
            assert self._seen is not None, "a look that was not refused was seen"
            return self._seen

    def _look_again(self) -> DomainError | None:
        """What was seen stays while the database does not answer: a standstill is remembered."""
        before = self._seen.figures if self._seen else None
        try:
            looked = self._lookout.look()
        except DomainError as refusal:
            return refusal
        figures = remembering(replace(looked, combiner=self._combiner()), before)
        self._seen = Seen(figures, alarms(figures, before, self._thresholds))
        return None


def thresholds_of(settings: Settings) -> Thresholds:
    """What the environment decides about alarms."""
    return Thresholds(
        still=timedelta(seconds=settings.alarm_still_seconds),
        unowned=timedelta(seconds=settings.alarm_unowned_seconds),
        lag=timedelta(seconds=settings.alarm_lag_seconds),
        lag_events=settings.alarm_lag_events,
        lease_overdue=timedelta(seconds=settings.alarm_lease_seconds),
        effects_waiting=timedelta(seconds=settings.alarm_effects_seconds),
        unsealed_events=settings.alarm_unsealed_events,
        checkpoint=timedelta(seconds=settings.alarm_checkpoint_seconds),
        verification=timedelta(hours=settings.alarm_verification_hours)
        if settings.log_verify
        else timedelta.max,
        appends_waiting=settings.alarm_appends_waiting,
    )

"""Telling accounts of the firm's news, in time for the windows that their packs open."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from functools import partial

from application.marks.bulletin import Bulletin, window_opened
from application.marks.limits import NOTES_PER_ROUND, EngineCounts
from application.marks.mark import moment_of
from application.marks.roster import Roster
from application.marks.timekeeping import Timekeeper
from application.marks.watch import Watch
from domain.market.calendar import trading_day_of
from domain.market.releases import Release


class Announcer:
    """Tells some accounts in each round, so that marks need not wait for all.

    A second telling changes nothing: the account knows the release. Who was told stays in memory
    alone, so a new owner tells again.
    """

    def __init__(
        self, bulletin: Bulletin, roster: Roster, timekeeper: Timekeeper, *, counts: EngineCounts
    ) -> None:
        self._bulletin, self._roster, self._timekeeper = bulletin, roster, timekeeper
        self._counts = counts

    def refresh(self, now: datetime) -> None:
        """Look at the calendar now and then. Raises LedgerUnavailable."""
        if self._bulletin.refresh(now):
            self._roster.reschedule()

    def tell(self, clock: int, pool: ThreadPoolExecutor) -> None:
        """Tell accounts what they have to know by now. Raises LedgerUnavailable."""
        told = []
        for account in self._bulletin.due(clock, limit=NOTES_PER_ROUND):
            watch = self._roster.watches.get(account)
            if watch is None:
                continue
            day = watch.facts.day
            if day is not None and trading_day_of(moment_of(clock)) > day:
                # Telling it would close that day, with whatever is open.
                self._bulletin.postpone(watch, clock)
            else:
                told.append((watch, self._bulletin.untold(watch, clock)))
        list(pool.map(partial(self._note, at=moment_of(clock)), told))
        for watch, releases in told:
            self._counts.notes += len(releases)
            self._follow_up(watch, releases, at=moment_of(clock))

    def _note(self, told: tuple[Watch, Sequence[Release]], *, at: datetime) -> None:
        watch, releases = told
        self._timekeeper.note(watch, releases, at=max(at, watch.facts.opened_at))

    def _follow_up(self, watch: Watch, releases: Sequence[Release], *, at: datetime) -> None:
        """What is open in a window that had begun by then is judged once time is told again."""
        begun = [start for each in releases if (start := window_opened(watch, each).start) < at]
        watch.told = min([watch.told or at, *begun])
        self._roster.schedule(watch, changed=bool(begun))

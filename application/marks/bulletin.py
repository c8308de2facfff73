"""The firm's news in memory: which release each account has to be told of next, and when."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from heapq import heapify, heappop, heappush
from typing import Final
from zlib import crc32

from application.marks.mark import micros, moment_of
from application.marks.ports import Releases
from application.marks.watch import JUDGED, Watch
from domain.market.calendar import session_open, trading_day_of
from domain.market.releases import Release
from domain.rules.timing import Window, window_of

AROUND: Final = timedelta(days=8)
"""How far back and ahead the calendar is known: the longest window that a pack can have, and a day.
"""

LEAD: Final = timedelta(minutes=15)
"""How long before its window begins an account is told of a release, at the latest."""

SPREAD: Final = timedelta(minutes=5)
"""Accounts are told one after the other over so long, so that marks need not wait for all."""

AGAIN_AFTER: Final = timedelta(minutes=1)
"""When an account is tried again that could not be told, because its last day is not closed."""

_MICROSECOND: Final = timedelta(microseconds=1)


class Bulletin:
    """Releases that stand, and a moment for each account that has one to be told of.

    An account is told late rather than early: what was told stays with it, though the release be
    withdrawn. One whose pack has no news rule is told nothing.
    """

    def __init__(self, releases: Releases, *, refresh_every: timedelta) -> None:
        self._releases, self._every = releases, refresh_every
        self._known: Sequence[Release] = ()
        self._read_at: datetime | None = None
        self._next: dict[bytes, int] = {}
        self._due: list[tuple[int, bytes]] = []

    def refresh(self, now: datetime) -> bool:
        """Read the calendar now and then; whether it is another than before.

        Raises LedgerUnavailable.
        """
        if self._read_at is not None and abs(now - self._read_at) < self._every:
            return False
        known = self._releases.standing(now - AROUND, now + AROUND)
        changed = known != self._known
        self._known, self._read_at = known, now
        return changed

    def between(self, begins: datetime, ends: datetime) -> Sequence[Release]:
        """The releases from `begins` to `ends`, both inclusive, in order of time."""
        return [each for each in self._known if begins <= each.released_at <= ends]

    def plan(self, watch: Watch, now: datetime) -> None:
        """Work out when the account has to be told of a release next."""
        account = watch.facts.account_id.bytes
        waiting = self._waiting(watch, now) if self._known else ()
        if not waiting:
            self._next.pop(account, None)
            return
        self._remind(account, min(self._moment(watch, each) for each in waiting))

    def due(self, until: int, *, limit: int) -> Sequence[bytes]:
        """Accounts that have to be told of something by now, those that are first first.

        Each has to be planned anew, or postponed.
        """
        found: list[bytes] = []
        while self._due and self._due[0][0] <= until and len(found) < limit:
            at, account = heappop(self._due)
            if self._next.get(account) == at:
                del self._next[account]
                found.append(account)
        return found

    def untold(self, watch: Watch, until: int) -> Sequence[Release]:
        """What the account has to be told by now."""
        waiting = self._waiting(watch, moment_of(until))
        return [each for each in waiting if self._moment(watch, each) <= until]

    def postpone(self, watch: Watch, after: int) -> None:
        """Try this account again later."""
        self._remind(watch.facts.account_id.bytes, after + AGAIN_AFTER // _MICROSECOND)

    def drop(self, accounts: Collection[bytes]) -> None:
        """Forget accounts that are another's now."""
        for account in accounts:
            self._next.pop(account, None)
        self._due = [each for each in self._due if self._next.get(each[1]) == each[0]]
        heapify(self._due)

    def _remind(self, account: bytes, at: int) -> None:
        if self._next.get(account) != at:
            self._next[account] = at
            heappush(self._due, (at, account))

    def _waiting(self, watch: Watch, now: datetime) -> Sequence[Release]:
        """What the account was not told of, and may still be judged by."""
        facts = watch.facts
        rule = facts.pack.news
        if rule is None or facts.status not in JUDGED:
            return ()
        begins = moment_of(watch.begins)
        if facts.day is None and not facts.open_roots:
            # Nothing happened since, so nothing before this session can be broken.
            begins = max(begins, session_open(trading_day_of(now)))
        return [
            each
            for each in self._known
            if each.release_id not in watch.noted and window_of(rule, each.released_at).end > begins
        ]

    @staticmethod
    def _moment(watch: Watch, release: Release) -> int:
        spread = crc32(watch.facts.account_id.bytes) % (SPREAD // _MICROSECOND)
        begins = window_opened(watch, release).start
        return micros(begins - LEAD - SPREAD) + spread


def window_opened(watch: Watch, release: Release) -> Window:
    """The window that a release opens for an account with a news rule."""
    assert watch.facts.pack.news is not None, "only accounts with a news rule are told"
    return window_of(watch.facts.pack.news, release.released_at)

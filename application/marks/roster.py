"""The accounts of an instance in memory, and which of them has to be told the time next."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from heapq import heappop, heappush

from application.marks.bulletin import AROUND, Bulletin
from application.marks.facts import AccountFacts
from application.marks.mark import Mark, micros, partition_of
from application.marks.ports import Standings
from application.marks.schedule import Wakeup, next_wakeup
from application.marks.watch import Jumps, Watch
from domain.market.calendar import session_close
from domain.market.releases import Release

_SECOND = timedelta(seconds=1)


class Roster:
    """Watches by the bytes of their account's id.

    `grace` is how long after a deadline the platform's reports of what came before it may still
    come in: an account is told the time so much later, and that it was the time of the deadline.
    """

    def __init__(
        self,
        standings: Standings,
        bulletin: Bulletin,
        *,
        partitions: int,
        jumps: Jumps,
        grace: timedelta,
        now: Callable[[], datetime],
    ) -> None:
        self.watches: dict[bytes, Watch] = {}
        self._standings, self._bulletin = standings, bulletin
        self._partitions, self._jumps = partitions, jumps
        self._grace, self._now = grace, now
        self.position = 0
        self._due: list[tuple[int, bytes, Wakeup]] = []

    def load(self, partitions: Collection[int], told: Callable[[int], datetime | None]) -> int:
        """Watch the accounts of these partitions, too; how many there are.

        `told` is up to when the accounts of a partition have been told the time.
        """
        position = self._standings.position()
        self.position = min(self.position, position) if self.watches else position
        until = {partition: told(partition) for partition in partitions}
        count = 0
        for facts in self._standings.alive():
            partition = self.partition_of(facts.account_id.bytes)
            if partition in until:
                self._take_on(facts, told=until[partition], changed=False)
                count += 1
        return count

    def drop(self, partitions: Collection[int]) -> None:
        """Forget the accounts of partitions that are another's now."""
        gone = [each for each in self.watches if self.partition_of(each) in partitions]
        for account in gone:
            del self.watches[account]
        self._bulletin.drop(gone)
        self._due = [each for each in self._due if each[1] in self.watches]
        self._due.sort()

    def refresh(self, owned: Collection[int]) -> dict[bytes, list[Mark]]:
        """Take on what changed; the last mark of each such account, to be judged once more.

        It is judged again only when it is no older than what changed the account.
        """
        changed, self.position = self._standings.changed(after=self.position)
        again: dict[bytes, list[Mark]] = {}
        for facts in changed:
            account = facts.account_id.bytes
            if self.partition_of(account) not in owned:
                continue
            watch = self.watches.get(account)
            if watch is None:
                self._take_on(facts, told=None, changed=True)
            elif facts.version > watch.facts.version:
                watch.renew(facts)
                self.schedule(watch)
                if watch.marked_at and watch.marked_at >= micros(facts.settled_at):
                    again[account] = [Mark(watch.marked_at, watch.pnl, account)]
        return again

    def add(self, watch: Watch) -> None:
        """Watch an account that was found in the log itself, or take on what was found there."""
        account, facts = watch.facts.account_id.bytes, watch.facts
        known = self.watches.get(account)
        if known is None:
            self.watches[account] = watch
            watch.told = facts.settled_at
            self.schedule(watch)
        elif facts.version > known.facts.version:
            known.renew(facts)
            self.schedule(known)

    def schedule(self, watch: Watch, *, changed: bool = True) -> None:
        """Work out when the account has to be told the time next, and of a release.

        One that has just `changed` is not told within the grace: what is read in late, such as an
        import of past days, may still be coming.
        """
        self._bulletin.plan(watch, self._now())
        facts, after = watch.facts, watch.told or watch.facts.settled_at
        if facts.day is not None and watch.wake is None:
            # The engine may have been down when this day ended.
            after = min(after, session_close(facts.day) - _SECOND)
        releases: Sequence[Release] = ()
        if facts.pack.news is not None and facts.open_roots:
            releases = self._bulletin.between(after - AROUND, after + AROUND)
        wakeup = next_wakeup(facts, after=after, releases=releases)
        if wakeup is None:
            watch.wake = 0
            return
        at = max(wakeup.at, self._now()) if changed else wakeup.at
        watch.wake = micros(at + self._grace)
        heappush(self._due, (watch.wake, facts.account_id.bytes, wakeup))

    def reschedule(self) -> None:
        """Work out anew what follows from the news calendar."""
        for watch in self.watches.values():
            if watch.facts.pack.news is not None:
                self.schedule(watch, changed=False)

    def due(self, until: int) -> Iterator[tuple[int, Sequence[tuple[Watch, Wakeup]]]]:
        """What has to be told up to a time, a time after the other, with all its accounts."""
        while self._due and self._due[0][0] <= until:
            at = self._due[0][0]
            told = []
            while self._due and self._due[0][0] == at:
                _, account, wakeup = heappop(self._due)
                watch = self.watches.get(account)
                if watch is not None and watch.wake == at:
                    told.append((watch, wakeup))
            if told:
                yield at, told

    def of(self, partitions: Collection[int]) -> Iterable[Watch]:
        """The watches of these partitions."""
        return [
            watch
            for account, watch in self.watches.items()
            if self.partition_of(account) in partitions
        ]

    def partition_of(self, account: bytes) -> int:
        """The partition of an account."""
        return partition_of(account, self._partitions)

    def _take_on(self, facts: AccountFacts, *, told: datetime | None, changed: bool) -> None:
        watch = Watch(facts, self._jumps)
        watch.told = max(told, facts.settled_at) if told else facts.settled_at
        self.watches[facts.account_id.bytes] = watch
        self.schedule(watch, changed=changed)

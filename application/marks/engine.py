"""The rules engine: marks and time in, commands out. One instance, over the partitions it owns."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from threading import Event as Signal

from application.ledger import Ledger
from application.log import Log
from application.marks.announcing import Announcer
from application.marks.bulletin import Bulletin
from application.marks.errors import MarksUnavailable
from application.marks.inbox import Inbox
from application.marks.limits import (
    CATCH_UP_BATCH,
    END_OF_TIME,
    HELD_MAX,
    EngineCounts,
    EngineLimits,
)
from application.marks.mark import Mark, micros, moment_of
from application.marks.ports import EngineNotes, Entry, MarkStream, Releases, Standings
from application.marks.roster import Roster
from application.marks.schedule import Wakeup
from application.marks.settling import Settled, Settler
from application.marks.sifting import Plain, sift
from application.marks.silence import Silence
from application.marks.tenure import Tenure
from application.marks.timekeeping import Timekeeper
from application.marks.watch import Watch


class RulesEngine:
    """Reads, orders, judges and acknowledges, a cycle at a time, in one thread.

    Nothing is acknowledged before every command that it called for is in the ledger. What a lost
    owner still does is harmless: its commands name the version they rest on, and an entry it did
    not acknowledge is read again by the next.
    """

    def __init__(
        self,
        *,
        ledger: Ledger,
        log: Log,
        standings: Standings,
        releases: Releases,
        stream: MarkStream,
        tenure: Tenure,
        notes: EngineNotes,
        limits: EngineLimits,
        now: Callable[[], datetime],
        stop: Signal,
        report: Callable[[str], None],
    ) -> None:
        self._log, self._stream, self._tenure, self._notes = log, stream, tenure, notes
        self._limits, self._now, self._stop, self._report = limits, now, stop, report
        self.counts = EngineCounts()
        bulletin = Bulletin(releases, refresh_every=limits.news_every)
        self._roster = Roster(
            standings,
            bulletin,
            partitions=limits.partitions,
            jumps=limits.jumps,
            grace=limits.grace,
            now=now,
        )
        self._settler = Settler(ledger, jumps=limits.jumps, patiently=self._wait)
        self._timekeeper = Timekeeper(
            ledger, unknown_after=limits.unknown_after, now=now, report=report
        )
        self._announcer = Announcer(bulletin, self._roster, self._timekeeper, counts=self.counts)
        self._silence = Silence(after=limits.unknown_after)
        self._inbox = Inbox(stream, notes, limits=limits, counts=self.counts)
        self._owned: dict[int, int] = {}
        self._owned_since = now()
        self._refreshed = self._swept = self._gathered = 0
        self._pool = ThreadPoolExecutor(limits.threads, thread_name_prefix="marks")

    def cycle(self, *, wait_ms: int, drain: bool = False) -> int:
        """One round; how many entries were read. With `drain`, nothing is held back for order.

        Raises LedgerUnavailable or MarksUnavailable: the next round begins with what was not
        finished, as if another instance had left it.
        """
        try:
            return self._round(wait_ms=wait_ms, drain=drain)
        except MarksUnavailable:
            # Nobody can be heard: that is for people to see, too.
            try:
                self._note_silence(self._now())
            finally:
                self._let_go(list(self._owned))
            raise
        except BaseException:
            self._let_go(list(self._owned))
            raise

    def _round(self, *, wait_ms: int, drain: bool) -> int:
        self._follow_tenure()
        quiet_since = micros(self._now())
        entries = self._read(wait_ms=wait_ms)
        self._inbox.take_in(entries)
        arrived = {each.partition: each.arrived_at for each in entries}
        # What was read to its end is as far as the clock; a backlog holds back all that is later.
        least = min((arrived.get(each, quiet_since) for each in self._owned), default=quiet_since)
        bound = least - self._micros(self._limits.watermark)
        self._refresh()
        until = END_OF_TIME if drain and not entries else bound
        self._process(until, clock=bound)
        self._acknowledge(until)
        self._sweep(bound)
        return len(entries)

    def _read(self, *, wait_ms: int) -> Sequence[Entry]:
        """What has come for the partitions that are this instance's still.

        One that slept until another took over may have read since; that is the other's to judge.
        """
        if not self._owned:
            self._stop.wait(wait_ms / 1_000)
            return ()
        if len(self._inbox) >= HELD_MAX:
            return ()
        entries = [*self._strays(), *self._stream.read(sorted(self._owned), wait_ms=wait_ms)]
        self._let_go(self._lost(self._tenure.owned()))
        return [each for each in entries if each.partition in self._owned]

    def _strays(self) -> Sequence[Entry]:
        now = micros(self._now())
        if now - self._gathered < self._micros(self._limits.sweep_every):
            return ()
        self._gathered = now
        return self._inbox.strays(self._owned)

    def close(self) -> None:
        """Finish with what is in hand, and let others go on."""
        self._pool.shutdown()
        self._tenure.end()

    @property
    def watched(self) -> int:
        """How many accounts are in memory."""
        return len(self._roster.watches)

    def _wait(self, pause: timedelta) -> bool:
        return not self._stop.wait(pause.total_seconds())

    def _follow_tenure(self) -> None:
        """Drop what is another's by now, and take on what is new."""
        owned = self._tenure.owned()
        lost = self._lost(owned)
        gained = {each for each, epoch in owned.items() if self._owned.get(each) != epoch}
        self._let_go(lost)
        if gained:
            self._take_over(gained, owned)
        surplus = self._tenure.surplus()
        if surplus and not gained:
            given = sorted(self._owned)[-surplus:]
            self._let_go(given)
            self._tenure.give_back(given)

    def _lost(self, owned: Mapping[int, int]) -> Collection[int]:
        return {each for each, epoch in self._owned.items() if owned.get(each) != epoch}

    def _let_go(self, partitions: Collection[int]) -> None:
        if not partitions:
            return
        self._silence.drop(watch.facts.account_id for watch in self._roster.of(partitions))
        self._roster.drop(partitions)
        self._inbox.let_go(partitions, self._roster.partition_of)
        for each in partitions:
            self._owned.pop(each, None)
        self._report(f"Gave up the partitions {_named(partitions)}.")

    def _take_over(self, gained: Collection[int], owned: Mapping[int, int]) -> None:
        count = self._roster.load(gained, self._tenure.told_until)
        self._catch_up(gained)
        self._silence.take_over(self._notes.states(gained))
        since = micros(self._now()) - self._micros(self._limits.unknown_after)
        self._owned.update({partition: owned[partition] for partition in gained})
        for partition in sorted(gained):
            claimed = self._stream.claim(partition)
            self._recall(partition, since=since, but={each.id for each in claimed})
            self._inbox.take_over(partition)
            self._inbox.take_in(claimed)
        self._owned_since = self._now()
        self._report(f"Watching {count:,} accounts in the partitions {_named(gained)}.")

    def _catch_up(self, gained: Collection[int]) -> None:
        """Learn what the owner before recorded and no read model shows yet.

        Else a mark would be judged by levels that it had moved, and pass unseen.
        """
        after, found = self._roster.position, set[bytes]()
        while recorded := self._log.read(after=after, limit=CATCH_UP_BATCH):
            found.update(each.stream_id.bytes for each in recorded)
            after = recorded[-1].ledger_seq
        mine = [each for each in found if self._roster.partition_of(each) in gained]
        for watch in self._pool.map(self._settler.find, mine):
            if watch is not None:
                self._roster.add(watch)

    def _recall(self, partition: int, *, since: int, but: Collection[str]) -> None:
        """Know the last marks again that the owner before has judged; judge none of them."""
        for entry in self._stream.recent(partition, since=since):
            if entry.id in but:
                continue
            for mark in map(Mark._make, sorted(self._inbox.timely(entry)[0])):
                watch = self._roster.watches.get(mark.account)
                if watch is not None and watch.refusal(mark) is None:
                    watch.accept(mark)

    def _refresh(self) -> None:
        """Look for accounts that changed, often enough to find it before their marks are due."""
        now = micros(self._now())
        if now - self._refreshed < self._micros(self._limits.refresh_every):
            return
        self._refreshed = now
        self._announcer.refresh(self._now())
        self._settle(self._roster.refresh(self._owned))

    def _process(self, until: int, *, clock: int) -> None:
        """Judge marks and tell the time, in the order in which they belong."""
        for at, wakeups in self._roster.due(clock):
            self._judge(self._inbox.release(at))
            self._tell_time(wakeups)
        self._judge(self._inbox.release(until))
        self._announcer.tell(clock, self._pool)

    def _judge(self, marks: Sequence[Plain]) -> None:
        if marks:
            self._settle(sift(marks, self._roster.watches))

    def _settle(self, waiting: Mapping[bytes, Sequence[Mark]]) -> None:
        """Decide what waits, several accounts at a time; all of it, before anything goes on."""
        if not waiting:
            return
        for settled in self._pool.map(self._settle_one, waiting.items()):
            for reason, mark in settled.refused:
                self._inbox.refuse(reason, mark)
            self.counts.told += settled.told
            if settled.watch is None:
                continue
            account = settled.watch.facts.account_id.bytes
            if self._roster.watches.get(account) is not settled.watch:
                self._roster.add(settled.watch)
            elif settled.told:
                self._roster.schedule(settled.watch)

    def _settle_one(self, waiting: tuple[bytes, Sequence[Mark]]) -> Settled:
        account, marks = waiting
        watch = self._roster.watches.get(account) or self._settler.find(account)
        return self._settler.settle(watch, marks)

    def _tell_time(self, wakeups: Sequence[tuple[Watch, Wakeup]]) -> None:
        self.counts.wakeups += len(wakeups)
        done = self._pool.map(lambda each: self._timekeeper.tell(*each), wakeups)
        for (watch, _), told in zip(wakeups, done, strict=True):
            if not told:
                self._silence.unclosed(watch)
            self._roster.schedule(watch, changed=False)

    def _acknowledge(self, until: int) -> None:
        still_owned = self._tenure.owned()
        self._inbox.acknowledge(until, owned=self._owned, still_owned=still_owned, at=self._now())

    def _sweep(self, bound: int) -> None:
        now = micros(self._now())
        if now - self._swept < self._micros(self._limits.sweep_every) or not self._owned:
            return
        self._swept = now
        moment = moment_of(max(bound, 0))
        self._note_silence(moment)
        for partition, epoch in self._owned.items():
            self._inbox.sweep(partition, epoch)
            self._stream.trim(partition)
        self._tenure.told(self._owned, until=moment - self._limits.grace)

    def _note_silence(self, moment: datetime) -> None:
        watches = self._roster.of(self._owned)
        noted, flat = self._silence.changes(watches, now=moment, owned_since=self._owned_since)
        for partition, epoch in self._owned.items():
            mine = [each for each in noted if self._is_in(each.account_id.bytes, partition)]
            gone = [each for each in flat if self._is_in(each.bytes, partition)]
            self._notes.note(partition, epoch, mine)
            self._notes.forget(partition, epoch, gone)

    def _is_in(self, account: bytes, partition: int) -> bool:
        return self._roster.partition_of(account) == partition

    @staticmethod
    def _micros(length: timedelta) -> int:
        return length // timedelta(microseconds=1)


def _named(partitions: Collection[int]) -> str:
    return ", ".join(map(str, sorted(partitions)))

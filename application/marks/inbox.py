"""What was read and is not done with: marks held back for order, and the entries they came in."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from application.marks.limits import END_OF_TIME, STRAYS_PER_SWEEP, EngineCounts, EngineLimits
from application.marks.mark import Mark, Refusal
from application.marks.ports import EngineNotes, Entry, MarkStream, Refusals
from application.marks.sifting import Plain, intake
from application.marks.tally import Tally
from application.ordering import Watermark

_MICROSECOND: Final = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class _Open:
    """An entry that is not acknowledged; `last` is the time of its latest mark."""

    number: int
    last: int
    entry: Entry


class Inbox:
    """Takes entries in, gives their marks in order, and acknowledges what is done with.

    What was refused of an entry is written down under its id before it is acknowledged, so that it
    is counted once however often it is delivered.
    """

    def __init__(
        self, stream: MarkStream, notes: EngineNotes, *, limits: EngineLimits, counts: EngineCounts
    ) -> None:
        self._stream, self._notes, self._counts = stream, notes, counts
        self._age_max, self._ahead_max = (
            each // _MICROSECOND for each in (limits.age_max, limits.ahead_max)
        )
        self._held: Watermark[Plain] = Watermark()
        self._tally, self._open = Tally(), list[_Open]()
        self._numbered = 0
        self._remembered: set[int] = set()

    def __len__(self) -> int:
        return len(self._held)

    def take_in(self, entries: Sequence[Entry]) -> None:
        """Hold the marks of entries back; refuse what is too old or too far ahead."""
        for entry in entries:
            self._numbered += 1
            timely, others = self.timely(entry, number=self._numbered)
            self._counts.marks += len(timely) + len(others) + entry.malformed
            self._tally.add_unread(self._numbered, entry.malformed)
            for mark in map(Mark._make, others):
                self.refuse("future" if mark.at > entry.arrived_at else "stale", mark)
            self._held.add(timely)
            last = max((mark[0] for mark in timely), default=0)
            self._open.append(_Open(self._numbered, last, entry))

    def timely(self, entry: Entry, *, number: int = 0) -> tuple[list[Plain], list[Plain]]:
        """The marks of an entry that came in time, and the others."""
        return intake(entry, number=number, age_max=self._age_max, ahead_max=self._ahead_max)

    def release(self, until: int) -> Sequence[Plain]:
        """The marks up to a time, in order; each once."""
        return self._held.release(until)

    def refuse(self, reason: Refusal, mark: Mark) -> None:
        """Count a mark that was not taken in."""
        self._tally.add(reason, mark)

    def acknowledge(
        self,
        until: int,
        *,
        owned: Mapping[int, int],
        still_owned: Mapping[int, int],
        at: datetime,
    ) -> None:
        """Be done with the entries whose marks were judged up to a time: `owned` are the epochs
        under which they were. What is another's by now stays for its new owner.
        """
        done = [each for each in self._open if each.last <= until]
        for partition in {each.entry.partition for each in done}:
            mine = [each for each in done if each.entry.partition == partition]
            self._count(partition, owned[partition], mine, at=at)
        mine = [
            each
            for each in done
            if still_owned.get(each.entry.partition) == owned[each.entry.partition]
        ]
        self._stream.acknowledge([each.entry for each in mine])
        self._open = [each for each in self._open if each.last > until]
        for each in done:
            self._tally.forget(each.number)

    def sweep(self, partition: int, epoch: int) -> None:
        """Forget what was counted of entries that will not come again."""
        if partition in self._remembered:
            self._notes.forget_entries(partition, epoch, but=self._in_hand(partition))
            self._remembered.discard(partition)

    def strays(self, partitions: Collection[int]) -> Sequence[Entry]:
        """What an owner before has read of these after it lost them."""
        return [
            entry
            for each in sorted(partitions)
            for entry in self._stream.strays(each, but=self._in_hand(each), limit=STRAYS_PER_SWEEP)
        ]

    def _in_hand(self, partition: int) -> Collection[str]:
        return [each.entry.id for each in self._open if each.entry.partition == partition]

    def take_over(self, partition: int) -> None:
        """The owner before may have left what was counted."""
        self._remembered.add(partition)

    def let_go(self, partitions: Collection[int], partition_of: Callable[[bytes], int]) -> None:
        """Drop what is another's now: it is delivered to the new owner."""
        held = self._held.release(END_OF_TIME)
        self._held.add([each for each in held if partition_of(each[2]) not in partitions])
        gone = [each for each in self._open if each.entry.partition in partitions]
        for each in gone:
            self._tally.forget(each.number)
        self._open = [each for each in self._open if each.entry.partition not in partitions]

    def _count(self, partition: int, epoch: int, done: Sequence[_Open], *, at: datetime) -> None:
        refused: dict[str, Refusals] = {
            each.entry.id: found for each in done if (found := self._tally.of(each.number))
        }
        if refused:
            self._notes.count(partition, epoch, refused, at=at)
            self._remembered.add(partition)
            self._counts.refused += sum(
                count for found in refused.values() for count, _ in found.values()
            )

"""All that is done with snapshots outside of commands, each part made when it is asked for."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from infrastructure.postgres.pools import Pool
from infrastructure.snapshots.code_hash import code_hash
from infrastructure.snapshots.keeping import CodeFigures, Fault, SnapshotKeeping
from infrastructure.snapshots.sampling import Choose, SnapshotSampler
from infrastructure.snapshots.taking import SnapshotTaker


@dataclass(frozen=True, slots=True, kw_only=True)
class SnapshotOptions:
    """Whether there are any, how often, how much of a core's time in percent, how long for other
    code, and how many in a hundred are compared each day.
    """

    on: bool
    every: int
    percent: int
    kept_seconds: int
    percent_a_day: int


class SnapshotOffice:
    """Hands out the duties of the daemon, the hands of people, and the figures for watching.

    `choose` is where chance comes from. `keeping` gives connections of `dynasty_keeper`, `reading`
    those of whoever may read.
    """

    def __init__(
        self,
        options: SnapshotOptions,
        *,
        choose: Choose,
        keeping: Callable[[], Pool],
        reading: Callable[[], Pool],
    ) -> None:
        self._options, self.choose = options, choose
        self._keeping, self._reading = keeping, reading

    def duties(self) -> Sequence[SnapshotTaker | SnapshotSampler]:
        """What the daemon does for them; nothing where they are off."""
        return (self.taker, self.sampler) if self._options.on else ()

    @property
    def taker(self) -> SnapshotTaker:
        """The duty that takes snapshots of accounts that have grown."""
        options = self._options
        return SnapshotTaker(
            self._keeping(),
            every=options.every,
            percent=options.percent,
            kept_seconds=options.kept_seconds,
        )

    @property
    def sampler(self) -> SnapshotSampler:
        """The duty that compares some of them with a full replay each day."""
        percent = self._options.percent_a_day
        return SnapshotSampler(self._keeping(), percent_a_day=percent, choose=self.choose)

    @property
    def keeping(self) -> SnapshotKeeping:
        """What people do with snapshots."""
        return SnapshotKeeping(self._keeping())

    def figures(self) -> Sequence[CodeFigures]:
        """How many there are, were checked and were wrong, by their code."""
        return SnapshotKeeping(self._reading()).figures()

    def faults(self) -> Sequence[Fault]:
        """The last that were not what their events make, newest first."""
        return SnapshotKeeping(self._reading()).faults()

    @property
    def code(self) -> str:
        """The hash of the code that this process runs."""
        return code_hash()

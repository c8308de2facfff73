"""What turns out the morning after: late reports, broken trades, wrong prices."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from application.simulation.chance import Chance
from application.simulation.driving import AccountCommand
from application.simulation.legs import Idea
from application.simulation.reporting import Platform, moment_of
from domain.accounts.days import is_late

_BUSTED_PERMILLE = 1
_MISPRICED_PERMILLE = 1
_DISPUTED_PERMILLE = 120
_TICKS_OFF_MAX = 4
_BUSTED_TOGETHER_MAX = 2  # The exchange breaks single trades, not whole ladders.


class Aftermath:
    """Keeps what was traded until the next morning, and tells then what was wrong with it."""

    def __init__(self, platform: Platform, chance: Chance) -> None:
        self._platform, self._chance = platform, chance
        self._late: list[Idea] = []
        self._busted: list[Idea] = []
        self._mispriced: list[tuple[Idea, int]] = []
        self._last: Idea | None = None

    @property
    def is_pending(self) -> bool:
        """Whether something is still to be told."""
        return bool(self._late or self._busted or self._mispriced)

    def keep(self, idea: Idea, *, is_whole: bool) -> None:
        """An idea is over. Of one whose entry lies in another day nothing is taken back."""
        self._last = None
        is_single = is_whole and len(idea.reports) <= _BUSTED_TOGETHER_MAX
        if idea.is_late:
            self._late.append(idea)
        elif is_single and self._chance.happens(_BUSTED_PERMILLE):
            self._busted.append(idea)
        elif self._chance.happens(_MISPRICED_PERMILLE):
            ticks = self._chance.between(1, _TICKS_OFF_MAX)
            self._mispriced.append((idea, ticks if self._chance.below(2) else -ticks))
        elif is_single and idea.banked < 0:
            self._last = idea

    def dispute(self) -> None:
        """The account failed: now and then its last loss turns out to be a broken trade."""
        state = self._platform.account.state
        if self._last and not state.lots and self._chance.happens(_DISPUTED_PERMILLE):
            self._busted.append(self._last)
        self._last = None

    def tell(self, at: datetime) -> Iterator[AccountCommand]:
        """All of it, on the next morning."""
        late, self._late = self._late, []
        busted, self._busted = self._busted, []
        mispriced, self._mispriced = self._mispriced, []
        for idea in late:
            for report in idea.reports:
                if is_late(self._platform.account.state, moment_of(report)):
                    yield self._platform.report(report)
        for idea, ticks in mispriced:
            yield self._platform.correct(idea.reports[-1], ticks=ticks)
        for idea in busted:
            for report in reversed(idea.reports):  # Nothing is ever closed that was not open.
                yield self._platform.take_back(report, at)

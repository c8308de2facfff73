"""From the log to the effects: each event once, in one transaction with the position."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, Protocol

from application.enforcement.policies import effects_of
from application.enforcement.ports import Effect
from application.log import Log
from domain.accounts.events import AccountFailed, DayLocked, RuleViolated

FOLLOWED: Final = frozenset(kind.TOPIC for kind in (AccountFailed, DayLocked, RuleViolated))
BATCH: Final = 500


class EffectsKept(Protocol):
    """Where effects wait to be carried out, and how far the log was followed for them."""

    def position(self) -> int:
        """The last position that was followed."""

    def keep(self, effects: Sequence[Effect], *, expected: int, position: int) -> bool:
        """Add effects and move the position, together; an effect that is there already is left.

        False, and nothing done, when the position is no longer the expected one: another follower
        was faster.
        """


class EffectFollower:
    """Turns events into effects. Any number may run: each step is taken by one of them.

    It is no projection: a rebuild of the read models never comes here.
    """

    def __init__(self, log: Log, kept: EffectsKept) -> None:
        self._log, self._kept = log, kept

    def step(self) -> int:
        """Follow the next events of the log; how many there were."""
        after = self._kept.position()
        recorded = self._log.read(after=after, limit=BATCH)
        if not recorded:
            return 0
        effects = [
            effect
            for each in recorded
            if each.event_type in FOLLOWED
            for effect in effects_of(each, self._log.decode(each))
        ]
        self._kept.keep(effects, expected=after, position=recorded[-1].ledger_seq)
        return len(recorded)

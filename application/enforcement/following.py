"""From the log to the effects: each event once, in one transaction with the position."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from time import monotonic_ns
from typing import Final, Protocol, TypeAlias

from application.enforcement.policies import effects_of
from application.enforcement.ports import Effect
from application.lanes import lane_of
from application.log import Log, RecordedEvent
from domain.accounts.events import AccountFailed, DayLocked, RuleViolated

FOLLOWED: Final = frozenset(kind.TOPIC for kind in (AccountFailed, DayLocked, RuleViolated))
BATCH: Final = 500
STUCK_NANOSECONDS: Final = 5_000_000_000

LanesHeld: TypeAlias = Callable[[], Mapping[int, int]]
"""The lanes that this process owns right now, with their epochs."""


class EffectsKept(Protocol):
    """Where effects wait to be carried out, and how far the log was followed in each lane."""

    def claim(self, lanes: Mapping[int, int]) -> None:
        """Write the epochs by which lanes are held: whoever held them before writes nothing."""

    def positions(self) -> Mapping[int, int]:
        """The last position that was followed, by lane."""

    def keep(
        self, effects: Sequence[Effect], *, lanes: Mapping[int, int], expected: int, position: int
    ) -> bool:
        """Add effects and move these lanes, together; an effect that is there already is left.

        False, and nothing done, when a lane is no longer at the expected position, or is held under
        another epoch.
        """


class EffectFollower:
    """Turns events into effects, in the lanes that this process holds.

    It is no projection: a rebuild of the read models never comes here.
    """

    def __init__(
        self, log: Log, kept: EffectsKept, held: LanesHeld, *, report: Callable[[str], None]
    ) -> None:
        self._log, self._kept, self._held, self._report = log, kept, held, report
        self._claimed: Mapping[int, int] = {}
        self._stuck: dict[int, int] = {}

    def step(self) -> int:
        """Follow the next events of the log in the lanes that are furthest behind; how many."""
        held = self._held()
        if held != self._claimed:
            self._kept.claim(held)
            self._claimed = held
        positions = {
            lane: position
            for lane, position in self._kept.positions().items()
            if lane in held and monotonic_ns() >= self._stuck.get(lane, 0)
        }
        if not positions:
            return 0
        after = min(positions.values())
        lanes = {lane: held[lane] for lane, at in positions.items() if at == after}
        ahead = min((at for at in positions.values() if at > after), default=after + BATCH)
        recorded = self._log.read(after=after, limit=min(BATCH, ahead - after))
        effects: list[Effect] = []
        for done, each in enumerate(recorded):
            if each.event_type not in FOLLOWED or lane_of(each.stream_id) not in lanes:
                continue
            try:
                effects += effects_of(each, self._log.decode(each))
            except Exception as fault:  # noqa: BLE001 (the lane waits, the others go on)
                recorded = recorded[:done]
                self._put_off(each, fault)
                break
        return self._keep(effects, lanes, recorded, after) if recorded else 0

    def _keep(
        self,
        effects: Sequence[Effect],
        lanes: Mapping[int, int],
        recorded: Sequence[RecordedEvent],
        after: int,
    ) -> int:
        position = recorded[-1].ledger_seq
        if self._kept.keep(effects, lanes=lanes, expected=after, position=position):
            return len(recorded)
        self._claimed = {}
        return 0

    def _put_off(self, stopping: RecordedEvent, fault: Exception) -> None:
        """Leave the lane of an event alone for a while: orders in it wait, in others they do not.

        What comes before the event is followed first.
        """
        self._stuck[lane_of(stopping.stream_id)] = monotonic_ns() + STUCK_NANOSECONDS
        self._report(
            f"The event at position {stopping.ledger_seq} of type {stopping.event_type} cannot be"
            f" followed for effects: {fault} Orders of its lane wait. Run the release that can read"
            " it."
        )

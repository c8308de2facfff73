"""From the log to the effects: each event once, in one transaction with the position."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Final, Protocol, TypeAlias

from application.enforcement.policies import effects_of
from application.enforcement.ports import Effect
from application.lanes import lane_of
from application.log import Log, LogSelection, RecordedEvent
from domain.accounts.events import AccountFailed, DayLocked, RuleViolated

FOLLOWED: Final = frozenset(kind.TOPIC for kind in (AccountFailed, DayLocked, RuleViolated))
BATCH: Final = 500
READ: Final = "read"
"""The action of an effect that is none yet: its event is to be read once more."""

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

    def step(self) -> int:
        """Follow the next events of the log in the lanes that are furthest behind; how many."""
        held = self._held()
        if held != self._claimed:
            self._kept.claim(held)
            self._claimed = held
        positions = {
            lane: position for lane, position in self._kept.positions().items() if lane in held
        }
        if not positions:
            return 0
        after = min(positions.values())
        lanes = {lane: held[lane] for lane, at in positions.items() if at == after}
        ahead = min((at for at in positions.values() if at > after), default=after + BATCH)
        recorded = self._log.read(after=after, limit=min(BATCH, ahead - after))
        effects: list[Effect] = []
        for each in recorded:
            if each.event_type in FOLLOWED and lane_of(each.stream_id) in lanes:
                effects += self._asked_by(each)
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

    def _asked_by(self, recorded: RecordedEvent) -> Sequence[Effect]:
        """What an event asks for. One that cannot be read is kept, to be read again: what is asked
        for by others does not wait for it, not even that of its own account.
        """
        try:
            return effects_of(recorded, self._log.decode(recorded))
        except Exception as fault:  # noqa: BLE001 (whatever it is, the log is followed on)
            self._report(
                f"The event at position {recorded.ledger_seq} of type {recorded.event_type} cannot"
                f" be followed for effects: {fault} It is read again; run the release that can"
                " read it. See `dynasty rules-engine effects list`."
            )
            return [_to_be_read(recorded)]


def effects_at(log: Log, ledger_seq: int) -> Sequence[Effect]:
    """What the event at a position asks for. Raises what the log says when it cannot be read."""
    here = LogSelection(first_seq=ledger_seq, last_seq=ledger_seq)
    (recorded,) = log.select(here, newest_first=False, limit=1)
    return effects_of(recorded, log.decode(recorded))


def _to_be_read(recorded: RecordedEvent) -> Effect:
    return Effect(
        policy="read_again",
        event_id=recorded.event_id,
        account_id=recorded.stream_id,
        action=READ,
        payload={
            "ledger_seq": str(recorded.ledger_seq),
            "reason": f"An event of type {recorded.event_type} could not be read.",
        },
    )

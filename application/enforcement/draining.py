"""Carrying effects out: at least once each, with patience, and then with a person."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import SystemRandom
from typing import Final, Protocol

from application.enforcement.errors import PlatformRefused, PlatformUnavailable
from application.enforcement.following import READ, LanesHeld
from application.enforcement.ports import Effect, TradingPlatform
from application.lanes import lane_of

ATTEMPTS_MAX: Final = 12
PAUSE_SECONDS_MAX: Final = 900
BATCH: Final = 50

_jitter = SystemRandom()


@dataclass(frozen=True, slots=True, kw_only=True)
class Due:
    """An effect that is to be carried out now, for the `attempt`-th time."""

    effect_id: int
    effect: Effect
    attempt: int


class EffectsDue(Protocol):
    """Effects that wait. One that was taken is not given to another for a while.

    What became of one is noted only by who took it last.
    """

    def take(self, *, lanes: Mapping[int, int], limit: int) -> Sequence[Due]:
        """Those that are due in lanes held under these epochs, oldest first, each counted as
        attempted.
        """

    def sent(self, due: Due) -> None:
        """The platform took it."""

    def again(self, due: Due, *, after: timedelta, error: str) -> None:
        """The platform did not take it; try later."""

    def failed(self, due: Due, *, error: str) -> None:
        """Nobody tries it again but a person."""

    def read(self, due: Due, effects: Sequence[Effect]) -> None:
        """Its event could be read: keep what it asks for, each once, and be done with it."""


class EffectDrainer:
    """Sends what is due in this process's lanes to the platform. `read` says what the event at a
    position asks for; `report` is told of what failed for good.
    """

    def __init__(
        self,
        due: EffectsDue,
        platform: TradingPlatform,
        held: LanesHeld,
        *,
        read: Callable[[int], Sequence[Effect]],
        report: Callable[[str], None],
    ) -> None:
        self._due, self._platform, self._held, self._report = due, platform, held, report
        self._read = read

    def step(self) -> int:
        """Carry out what is due now; how many were tried."""
        held = self._held()
        taken = self._due.take(lanes=held, limit=BATCH) if held else ()
        for done, each in enumerate(taken):
            lane = lane_of(each.effect.account_id)
            if self._held().get(lane) != held.get(lane):
                # The lane is another's by now, which takes what is left when its time has come.
                return done
            self._carry_out(each)
        return len(taken)

    def _carry_out(self, due: Due) -> None:
        if due.effect.action == READ:
            self._read_again(due)
            return
        try:
            send(self._platform, due.effect)
        except PlatformUnavailable as fault:
            self._try_later(due, fault)
        except PlatformRefused as fault:
            self._give_up(due, fault)
        except (KeyError, ValueError) as fault:  # An order that cannot be read keeps no other.
            self._try_later(due, fault)
        else:
            self._due.sent(due)

    def _read_again(self, due: Due) -> None:
        try:
            effects = self._read(int(due.effect.payload["ledger_seq"]))
        except Exception as fault:  # noqa: BLE001 (a newer release may read it)
            self._try_later(due, fault)
        else:
            self._due.read(due, effects)

    def _try_later(self, due: Due, fault: Exception) -> None:
        if due.attempt < ATTEMPTS_MAX:
            self._due.again(due, after=pause_after(due.attempt), error=str(fault))
        else:
            self._give_up(due, fault)

    def _give_up(self, due: Due, fault: Exception) -> None:
        self._due.failed(due, error=str(fault))
        self._report(
            f"The order to {due.effect.action} {due.effect.account_id} was not carried out in"
            f" {due.attempt} attempts: {fault} See `dynasty rules-engine effects list`."
        )


def pause_after(attempt: int) -> timedelta:
    """Twice as long each time, up to a quarter of an hour, and never in step with others."""
    longest = min(PAUSE_SECONDS_MAX, 2 ** (attempt - 1))
    return timedelta(seconds=_jitter.uniform(longest / 2, longest))


def send(platform: TradingPlatform, effect: Effect) -> None:
    """Give the platform the order that an effect stands for."""
    payload: Mapping[str, str] = effect.payload
    account, key, reason = effect.account_id, effect.key, payload["reason"]
    match effect.action:
        case "flatten":
            platform.flatten(account, key=key, reason=reason)
        case "lock_until":
            until = datetime.fromisoformat(payload["until"])
            platform.lock_until(account, until=until, key=key, reason=reason)
        case "disable":
            platform.disable(account, key=key, reason=reason)
        case action:
            raise PlatformRefused(f"No platform knows the order {action!r}.")

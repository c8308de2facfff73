"""Carrying orders out: again when it may help, never for ever."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

import pytest

from application.enforcement.draining import ATTEMPTS_MAX, Due, EffectDrainer, pause_after
from application.enforcement.errors import PlatformRefused, PlatformUnavailable
from application.enforcement.following import READ
from application.enforcement.ports import Effect
from application.lanes import lane_of
from domain.errors import DomainError
from tests.support.builders import ACCOUNT

LOCK = Effect(
    policy="lock_on_day_locked",
    event_id=UUID(int=5),
    account_id=ACCOUNT,
    action="lock_until",
    payload={"reason": "The rule daily_loss was broken.", "until": "2026-03-03T23:00:00+00:00"},
)
HELD = {lane_of(ACCOUNT): 1}


@dataclass
class Platform:
    """A platform in memory; `fault` is what it answers."""

    fault: DomainError | None = None
    orders: list[tuple[str, str]] = field(default_factory=list)

    def flatten(self, account_id: UUID, *, key: str, reason: str) -> None:
        self._take(f"flatten {account_id} {reason}", key)

    def lock_until(self, account_id: UUID, *, until: datetime, key: str, reason: str) -> None:
        self._take(f"lock {account_id} {until.isoformat()} {reason}", key)

    def disable(self, account_id: UUID, *, key: str, reason: str) -> None:
        self._take(f"disable {account_id} {reason}", key)

    def _take(self, order: str, key: str) -> None:
        self.orders.append((order, key))
        if self.fault:
            raise self.fault


@dataclass
class Waiting:
    """Effects in memory, and what became of them."""

    due: Sequence[Due]
    became: list[tuple[int, str]] = field(default_factory=list)

    def take(self, *, lanes: Mapping[int, int], limit: int) -> Sequence[Due]:
        return [each for each in self.due if lane_of(each.effect.account_id) in lanes][:limit]

    def sent(self, due: Due) -> None:
        self.became.append((due.effect_id, "sent"))

    def again(self, due: Due, *, after: timedelta, error: str) -> None:
        assert after > timedelta(0)
        self.became.append((due.effect_id, f"again: {error}"))

    def failed(self, due: Due, *, error: str) -> None:
        self.became.append((due.effect_id, f"failed: {error}"))

    def read(self, due: Due, effects: Sequence[Effect]) -> None:
        self.became.append((due.effect_id, f"read: {', '.join(each.action for each in effects)}"))


@dataclass
class Reading:
    """What the log says of the event at a position."""

    answer: Sequence[Effect] | Exception = (LOCK,)
    asked: list[int] = field(default_factory=list)

    def __call__(self, ledger_seq: int) -> Sequence[Effect]:
        self.asked.append(ledger_seq)
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer


def drained(
    fault: DomainError | None = None,
    *,
    attempt: int = 1,
    effect: Effect = LOCK,
    reading: Reading | None = None,
) -> tuple[Waiting, Platform, list[str]]:
    waiting = Waiting([Due(effect_id=3, effect=effect, attempt=attempt)])
    platform, said = Platform(fault), list[str]()
    reading = reading or Reading()
    EffectDrainer(waiting, platform, lambda: HELD, read=reading, report=said.append).step()
    return waiting, platform, said


class TestAnOrder:
    def test_reaches_the_platform_under_its_key(self) -> None:
        waiting, platform, _ = drained()
        order = f"lock {ACCOUNT} 2026-03-03T23:00:00+00:00 The rule daily_loss was broken."
        assert platform.orders == [(order, f"lock_on_day_locked:{UUID(int=5)}")]
        assert waiting.became == [(3, "sent")]

    def test_is_sent_again_when_the_platform_did_not_answer(self) -> None:
        waiting, _, said = drained(PlatformUnavailable("It is down."))
        assert waiting.became == [(3, "again: It is down.")]
        assert said == []

    def test_waits_for_a_person_after_the_last_attempt(self) -> None:
        waiting, _, said = drained(PlatformUnavailable("It is down."), attempt=ATTEMPTS_MAX)
        assert waiting.became == [(3, "failed: It is down.")]
        assert "effects list" in said[0]

    def test_that_is_refused_waits_for_a_person_at_once(self) -> None:
        waiting, _, said = drained(PlatformRefused("No such account."))
        assert waiting.became == [(3, "failed: No such account.")]
        assert "No such account." in said[0]

    def test_that_no_platform_knows_waits_for_a_person(self) -> None:
        unknown = Effect(
            policy="p", event_id=UUID(int=5), account_id=ACCOUNT, action="sing",
            payload={"reason": "."},
        )  # fmt: skip
        waiting, platform, _ = drained(effect=unknown)
        assert waiting.became == [(3, "failed: No platform knows the order 'sing'.")]
        assert platform.orders == []


UNREAD = Effect(
    policy="read_again", event_id=UUID(int=6), account_id=ACCOUNT, action=READ,
    payload={"ledger_seq": "17", "reason": "."},
)  # fmt: skip


class TestAnEventThatCouldNotBeRead:
    def test_is_read_again_and_what_it_asks_for_is_kept(self) -> None:
        reading = Reading()
        waiting, platform, said = drained(effect=UNREAD, reading=reading)
        assert waiting.became == [(3, "read: lock_until")]
        assert (reading.asked, platform.orders, said) == ([17], [], [])

    def test_is_put_off_while_it_cannot(self) -> None:
        reading = Reading(ValueError("It is too new."))
        waiting, _, said = drained(effect=UNREAD, reading=reading)
        assert (waiting.became, said) == ([(3, "again: It is too new.")], [])

    def test_waits_for_a_person_after_the_last_attempt(self) -> None:
        reading = Reading(ValueError("It is too new."))
        waiting, _, said = drained(effect=UNREAD, attempt=ATTEMPTS_MAX, reading=reading)
        assert waiting.became == [(3, "failed: It is too new.")]
        assert "effects list" in said[0]


class TestALane:
    def test_that_is_not_held_is_left_alone(self) -> None:
        waiting, platform = Waiting([Due(effect_id=3, effect=LOCK, attempt=1)]), Platform()
        assert EffectDrainer(waiting, platform, dict, read=Reading(), report=print).step() == 0
        assert platform.orders == []

    @pytest.mark.parametrize("later", [{}, {lane_of(ACCOUNT): 2}])
    def test_that_is_lost_meanwhile_is_left_to_its_owner(self, later: Mapping[int, int]) -> None:
        waiting, platform = Waiting([Due(effect_id=3, effect=LOCK, attempt=1)]), Platform()
        looks = iter([HELD, later])
        drainer = EffectDrainer(
            waiting, platform, lambda: next(looks), read=Reading(), report=print
        )
        assert drainer.step() == 0
        assert (platform.orders, waiting.became) == ([], [])


def test_pauses_grow_up_to_a_quarter_of_an_hour() -> None:
    longest = [max(pause_after(attempt) for _ in range(50)) for attempt in (1, 5, 20)]
    assert longest[0] <= timedelta(seconds=1) < longest[1] < longest[2]
    assert longest[2] <= timedelta(minutes=15)

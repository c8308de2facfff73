"""Time speaks by itself: who looks when, and how a history is cut, changes no event."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from domain.accounts.account import TradingAccount
from domain.accounts.events import RuleViolated
from domain.accounts.trial import at_moment
from domain.kernel import Event
from tests.property.accounts.lives import LIVES, Life, Move
from tests.support.builders import OPENED

unhurried = settings(deadline=None)  # A busy machine proves nothing.

lives = given(life=LIVES)
SHARES = st.lists(st.integers(1, 99), max_size=3)
BY_TIME = ("flat_by", "overnight", "weekend", "news", "inactivity")


def told(events: list[Event]) -> list[tuple[str, dict[str, Any]]]:
    """Events by their class and all that they say."""
    return [(type(each).__name__, vars(each)) for each in events]


def room_after(inputs: list[tuple[datetime, Any]], number: int) -> tuple[datetime, datetime]:
    """From the latest of the inputs so far to the earliest of those still to come."""
    times = [at for at, _ in inputs]
    latest = max([OPENED, *times[:number]])
    return latest, min(times[number:], default=latest + timedelta(days=30))


@unhurried
@given(life=LIVES, data=st.data())
def test_looking_in_between_changes_no_event(
    life: tuple[Any, list[Move]], data: st.DataObject
) -> None:
    alone, looked_at = Life(life[0]), Life(life[0])
    for move in life[1]:
        alone.live(move)
    for number in range(len(alone.inputs) + 1):
        start, end = room_after(alone.inputs, number)
        for share in sorted(data.draw(SHARES)) if start < end else ():
            looked_at.look(start + (end - start) * share / 100)
        if number < len(alone.inputs):
            looked_at.do(alone.inputs[number][1])
    end = max([OPENED, *(at for at, _ in alone.inputs)]) + timedelta(days=31)
    alone.look(end)
    looked_at.look(end)
    assert told(looked_at.events) == told(alone.events)


@unhurried
@lives
def test_letting_the_same_time_pass_again_changes_nothing(life: tuple[Any, list[Move]]) -> None:
    lived = Life(life[0])
    for move in life[1]:
        lived.live(move)
        lived.look(lived.clock)
        assert lived.look(lived.clock) == []


@unhurried
@lives
def test_a_trial_sees_what_time_will_pronounce(life: tuple[Any, list[Move]]) -> None:
    lived = Life(life[0])
    for move in life[1]:
        lived.live(move)
        later = lived.clock + timedelta(days=move.number)
        before = lived.replayed()
        seen = at_moment(lived.state, later)
        assert lived.state == before, "looking ahead changes nothing"
        lived.look(later)
        lived.clock = later
        now = lived.state
        assert (seen.status, seen.ended_by, seen.balance) == (now.status, now.ended_by, now.balance)


@unhurried
@lives
def test_a_verdict_of_time_is_never_later_than_what_revealed_it(
    life: tuple[Any, list[Move]],
) -> None:
    lived = Life(life[0])
    for move in life[1]:
        lived.live(move)
        for event in lived.look(lived.clock):
            if isinstance(event, RuleViolated):
                assert event.rule in BY_TIME
                assert OPENED <= event.effective_at <= lived.clock


@unhurried
@given(life=LIVES, cut=st.integers(0, 40))
def test_an_account_goes_on_from_its_events_as_if_never_put_away(
    life: tuple[Any, list[Move]], cut: int
) -> None:
    whole, pieces = Life(life[0]), Life(life[0])
    for number, move in enumerate(life[1]):
        whole.live(move)
        if number == cut:
            pieces.account = reread(pieces.events)
        pieces.live(move)
    assert told(pieces.events) == told(whole.events)


def reread(events: list[Event]) -> TradingAccount:
    """The account that the log gives."""
    found: Any = None
    for event in events:
        found = event.mutate(found)
    assert isinstance(found, TradingAccount)
    return found

"""What holds of every warning, whatever happens to the account."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date, timedelta
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.accounts.approaching import next_warnings, told_under
from domain.accounts.events import EquityMarked, RuleViolated
from domain.accounts.events_warnings import LimitApproached
from domain.accounts.evolve import begin, evolve
from domain.accounts.idling import idle_use, known_day
from domain.accounts.judging import crossings
from domain.accounts.limits import warning_limits_of
from domain.accounts.state import AccountState
from domain.kernel import Event
from domain.market.calendar import session_open, trading_day_of
from domain.money import USD, ZERO
from domain.rules import limits
from tests.property.accounts.lives import LIVES, Life, Move

unhurried = settings(deadline=None)  # A busy machine proves nothing.
lives = given(life=LIVES)
JUDGED = ("trade", "buy", "sell", "mark", "result", "void")


def lived(life: tuple[Any, list[Move]]) -> Life:
    whole = Life(life[0])
    for move in life[1]:
        whole.live(move)
    return whole


def used(state: AccountState) -> dict[str, Fraction]:
    """What is used of each limit, where it is known, but of days that pass of themselves."""
    return {use.key: use.used for use in warning_limits_of(state) if use.is_known}


def used_at(state: AccountState, event: LimitApproached) -> Fraction:
    """What was used of the limit that a warning is about."""
    idle = idle_use(state, event.trading_day)
    shares = {**used(state), **({idle.key: idle.used} if idle else {})}
    return shares[told_under(event)]


def standing(state: AccountState, told: set[tuple[str, int]]) -> set[tuple[str, int]]:
    """What was told and has not fallen back: of days while they are counted from the same one."""
    shares, idle = used(state), idle_use(state, known_day(state))
    return {
        (key, percent)
        for key, percent in told
        if (not key.startswith("inactivity") or (idle is not None and key == idle.key))
        and shares.get(key, Fraction(1)) * 100 >= percent
    }


def moments(events: Sequence[Event]) -> Iterator[tuple[AccountState, Event]]:
    """Each event with the state right after it. The state is the same object at each turn."""
    opened, *rest = events
    state = begin(opened)  # type: ignore[arg-type]
    for event in rest:
        evolve(state, event)  # type: ignore[arg-type]
        yield state, event


@unhurried
@lives
def test_a_level_is_told_again_only_after_a_fact_below_it(life: tuple[Any, list[Move]]) -> None:
    told: set[tuple[str, int]] = set()
    for state, event in moments(lived(life).events):
        told = standing(state, told)
        if isinstance(event, LimitApproached):
            key = told_under(event)
            assert (key, event.percent) not in told
            assert used_at(state, event) * 100 >= event.percent
            told |= {(key, percent) for percent in (80, 90) if percent <= event.percent}


@unhurried
@lives
def test_no_level_is_passed_in_silence(life: tuple[Any, list[Move]]) -> None:
    """So a violation has its warnings before it, unless one step went over both levels."""
    whole = Life(life[0])
    for move in life[1]:
        recorded = whole.live(move)
        state = whole.state
        if move.kind not in JUDGED or not recorded or state.status not in ("active", "locked"):
            continue
        if state.session is None:
            continue  # All that was recorded is the end of the day before.
        for key, share in used(state).items():
            beyond = share > 1 and not key.endswith("loss")
            if key.partition(":")[0] not in state.session.violated and not beyond:
                assert state.warned.get(key, 0) == limits.percent_reached(share)


@unhurried
@given(life=LIVES, days=st.integers(0, 20))
def test_days_that_pass_are_told_of_when_they_come_near(
    life: tuple[Any, list[Move]], days: int
) -> None:
    whole = lived(life)
    now = whole.clock + timedelta(days=days)
    whole.look(now)
    day = trading_day_of(now)
    use = idle_use(whole.state, day)
    if whole.state.status not in ("active", "locked") or use is None or now < session_open(day):
        return
    told = whole.state.warned.get(use.key, 0)
    assert told == (limits.percent_reached(use.used) if use.observed else 0)


@unhurried
@given(life=LIVES)
def test_an_account_that_was_idle_too_long_was_warned_on_its_last_day(
    life: tuple[Any, list[Move]],
) -> None:
    whole = lived(life)
    whole.look(whole.clock + timedelta(days=40))
    warned: dict[str, int] = {}
    for event in whole.events:
        since = event.threshold.get("last_active") if hasattr(event, "threshold") else None
        if isinstance(event, LimitApproached) and since:
            assert event.effective_at == session_open(event.trading_day)
            warned[since] = event.percent
        elif isinstance(event, RuleViolated) and event.rule == "inactivity":
            last = trading_day_of(event.effective_at)
            assert warned.get(str(since)) == (90 if last > date.fromisoformat(str(since)) else None)


@unhurried
@lives
def test_a_warning_changes_nothing_but_what_was_told(life: tuple[Any, list[Move]]) -> None:
    whole = lived(life)
    kept = [each for each in whole.events if not isinstance(each, LimitApproached)]
    state = begin(kept[0])  # type: ignore[arg-type]
    for event in kept[1:]:
        evolve(state, event)  # type: ignore[arg-type]
    assert state == replace(whole.state, warned={})


@unhurried
@lives
def test_an_account_that_never_warns_comes_to_the_same_verdicts(
    life: tuple[Any, list[Move]],
) -> None:
    """Of lives in closed trades. While positions stay open, a mark that is told of is a mark more
    that is known, and what follows may rest on it.
    """
    moves = [move for move in life[1] if move.kind not in ("buy", "sell")]
    loud = lived((life[0], moves))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(limits, "WARNING_PERCENTS", ())
        silent = lived((life[0], moves))
    assert not any(isinstance(each, LimitApproached) for each in silent.events)
    assert pronounced(loud) == pronounced(silent)
    assert shown(loud.state) == shown(silent.state)


def pronounced(whole: Life) -> list[tuple[type[Event], dict[str, Any]]]:
    """All but marks and warnings, apart from the numbers of versions."""
    numbers = ("originator_version", "evidence")
    return [
        (
            type(event),
            {name: getattr(event, name) for name in type(event).__annotations__
             if name not in (*numbers, "TOPIC")},
        )
        for event in whole.events
        if not isinstance(event, LimitApproached | EquityMarked)
    ]  # fmt: skip


def shown(state: AccountState) -> AccountState:
    pending = {id: replace(each, version=0) for id, each in state.payouts.pending.items()}
    # A rejection names versions as its evidence, and its grounds are kept as one hash.
    ended = {id: replace(each, said="") for id, each in state.payouts.ended.items()}
    payouts = replace(state.payouts, pending=pending, ended=ended)
    return replace(state, warned={}, mark=None, peak_version=0, payouts=payouts)


@unhurried
@lives
def test_no_warning_stands_beside_the_violation_of_its_limit(life: tuple[Any, list[Move]]) -> None:
    whole = Life(life[0])
    for move in life[1]:
        told = whole.live(move)
        broken = {each.rule for each in told if isinstance(each, RuleViolated)}
        warned = [each for each in told if isinstance(each, LimitApproached)]
        # Counts may be told of at the close of a day before, and days when each begins.
        assert broken.isdisjoint(each.rule for each in warned if each.unit == "USD")
        moments_of = [(told_under(each), each.effective_at) for each in warned]
        assert len(moments_of) == len(set(moments_of))
        assert {(each.rule, each.effective_at) for each in warned}.isdisjoint(
            (each.rule, each.effective_at) for each in told if isinstance(each, RuleViolated)
        )


@unhurried
@given(life=LIVES, picks=st.tuples(*[st.integers(0, 11)] * 2), beside=st.integers(-1, 1))
def test_the_levels_to_come_are_those_at_which_a_mark_is_told_of(
    life: tuple[Any, list[Move]], picks: tuple[int, int], beside: int
) -> None:
    whole = lived(life)
    whole.account.pass_time(whole.clock)  # What time has broken by now is no matter of a mark.
    state, day = whole.state, trading_day_of(whole.clock)
    in_turn = state.session is None or state.session.day == day
    if state.status not in ("active", "locked") or not in_turn or not on_money(state):
        return
    told_at(whole, near_a_level(state, picks[0]))
    if whole.state.status == "failed":
        return
    pnl = near_a_level(state, picks[1]) + USD(beside)
    foretold = {
        use.rule: reached[-1]
        for use in on_money(state)
        if (
            reached := [
                each for each in next_warnings(state, use) if level(state, use, pnl) <= each
            ]
        )
    }
    broken = crossings(replace(state, mark=pnl, mark_is_old=False))
    told = told_at(whole, pnl)
    ended = any(each.effect == "fail" for each in broken)
    wanted = () if ended else foretold.keys() - {each.rule for each in broken}
    assert told.keys() == set(wanted)
    for use in on_money(whole.state):
        if use.rule in told:
            assert foretold[use.rule] == limits.warning_level(use, told[use.rule])


def told_at(whole: Life, pnl: USD) -> dict[str, int]:
    """The warnings of money that a mark brings, by rule."""
    whole.account.mark_equity(open_pnl=pnl, at=whole.clock)
    recorded = whole.account.collect_events()
    return {
        each.rule: each.percent
        for each in recorded
        if isinstance(each, LimitApproached) and each.unit == "USD"
    }


def on_money(state: AccountState) -> list[limits.LimitUse]:
    """The limits that a mark can come near."""
    return [use for use in warning_limits_of(state) if use.unit == "USD"]


def near_a_level(state: AccountState, pick: int) -> USD:
    """An open profit that makes one of the levels, told or not, or comes between, or to the
    floor.
    """
    levels = [
        limits.warning_level(use, percent) - (state.balance if use.basis else ZERO)
        for use in on_money(state)
        for percent in (80, 90, 95, 100)
    ]
    return levels[pick % len(levels)]


def level(state: AccountState, use: limits.LimitUse, pnl: USD) -> USD:
    """What the limit would compare with this open profit."""
    if use.basis is None:
        return pnl
    return state.balance if use.basis == "balance" else state.balance + pnl

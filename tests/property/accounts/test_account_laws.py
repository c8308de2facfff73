"""What holds of every account, whatever happens to it."""

from dataclasses import replace
from decimal import Decimal
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from domain.accounts.events import (
    AccountFailed,
    EquityMarked,
    FillRecorded,
    FillVoided,
    ResultRecorded,
    RuleViolated,
    TradeRecorded,
    TradeVoided,
    TradingDayClosed,
)
from domain.accounts.events_payouts import PayoutCancelled, PayoutPaid, PayoutRejected
from domain.accounts.judging import floor_of
from domain.accounts.standing import standing_of
from domain.kernel import Event
from domain.money import USD, ZERO
from domain.rules.max_loss import fixed_by_payout
from tests.property.accounts.lives import LIVES, Life, Move

unhurried = settings(deadline=None)  # A busy machine proves nothing.

lives = given(life=LIVES)


@unhurried
@lives
def test_replay_gives_the_live_state(life: tuple[Any, list[Move]]) -> None:
    lived = Life(life[0])
    for move in life[1]:
        lived.live(move)
    assert lived.replayed() == lived.state


@unhurried
@lives
def test_a_floor_never_falls_and_never_passes_its_lock(life: tuple[Any, list[Move]]) -> None:
    """Only the first payout may put it lower: to where the pack says it then stands for good."""
    lived = Life(life[0])
    rule, fixed = life[0].max_loss, fixed_by_payout(life[0])
    floor = floor_of(lived.state)
    for move in life[1]:
        is_first = lived.state.fixed_floor is None
        recorded = lived.live(move)
        now = floor_of(lived.state)
        if floor is None or now is None or rule is None:
            assert floor is now
            continue
        paid = any(isinstance(event, PayoutPaid) for event in recorded)
        if fixed is not None and is_first and paid:
            assert now == fixed
        else:
            assert now >= floor
        assert rule.lock_at is None or now <= rule.lock_at
        floor = now


@unhurried
@lives
def test_an_end_of_day_floor_moves_only_at_a_close_or_with_a_payout(
    life: tuple[Any, list[Move]],
) -> None:
    lived = Life(replace(life[0], max_loss=replace(life[0].max_loss, mode="eod_trailing"))
                 if life[0].max_loss else life[0])  # fmt: skip
    for move in life[1]:
        before = floor_of(lived.state)
        recorded = lived.live(move)
        if not any(isinstance(event, TradingDayClosed | PayoutPaid) for event in recorded):
            assert floor_of(lived.state) == before


@unhurried
@lives
def test_the_balance_is_the_start_and_all_that_was_booked(life: tuple[Any, list[Move]]) -> None:
    lived = Life(life[0])
    for move in life[1]:
        lived.live(move)
    booked = sum(_booked(event) for event in lived.events)
    assert lived.state.balance == life[0].starting_balance + USD(booked)
    assert lived.state.net_profit == (
        lived.state.balance + lived.state.payouts.paid_out - life[0].starting_balance
    )


def _booked(event: Event) -> int:
    match event:
        case TradeRecorded():
            return event.gross_units - event.fees_units
        case FillRecorded():
            return event.realised_units - event.fees_units
        case ResultRecorded():
            return event.net_units
        case TradeVoided() | FillVoided():
            return -event.net_units
        case PayoutPaid():
            return -event.amount_units
        case _:
            return 0


@unhurried
@lives
def test_closed_days_chain_from_balance_to_balance(life: tuple[Any, list[Move]]) -> None:
    lived = Life(life[0])
    paid, before = 0, life[0].starting_balance.units
    for move in life[1]:
        for event in lived.live(move):
            if isinstance(event, PayoutPaid):
                paid += event.amount_units
            if isinstance(event, TradingDayClosed):
                assert event.opening_balance_units == before - paid
                assert event.closing_balance_units == event.opening_balance_units + event.net_units
                assert event.low_equity_units <= event.high_equity_units
                paid, before = 0, event.closing_balance_units


@unhurried
@lives
def test_a_failed_account_records_its_last_close_and_settles_its_payouts(
    life: tuple[Any, list[Move]],
) -> None:
    lived = Life(life[0])
    for move in life[1]:
        was_failed = lived.state.status == "failed"
        recorded = lived.live(move)
        if was_failed:
            assert {type(event) for event in recorded} <= {
                TradingDayClosed, PayoutCancelled, PayoutRejected, PayoutPaid
            }  # fmt: skip
    failures = [event for event in lived.events if isinstance(event, AccountFailed)]
    closes_after = [
        event
        for event in lived.events[lived.events.index(failures[0]) :]
        if isinstance(event, TradingDayClosed)
    ] if failures else []  # fmt: skip
    assert len(failures) <= 1
    assert len(closes_after) <= 1


@unhurried
@lives
def test_a_verdict_satisfies_its_operator(life: tuple[Any, list[Move]]) -> None:
    lived = Life(life[0])
    for move in life[1]:
        for event in lived.live(move):
            if not isinstance(event, RuleViolated):
                continue
            if event.unit != "USD" or event.rule == "open_loss":
                assert _is_beyond(event)
                continue
            observed, limit = USD.of(event.observed), USD.of(event.limit)
            reached = event.threshold["breach"] == "at_or_below"
            assert observed <= limit if reached else observed < limit
            start = event.threshold.get("peak") or event.threshold["start"]
            floor = USD.of(start) - USD.of(event.threshold["allowance"])
            lock = event.threshold.get("lock_at")
            assert limit == (min(floor, USD.of(lock)) if lock else floor)
            assert max(event.evidence) < event.originator_version


def _is_beyond(event: RuleViolated) -> bool:
    observed, limit = Decimal(event.observed), Decimal(event.limit)
    match event.rule:
        case "minimum_hold" | "open_loss":
            return observed < limit
        case "inactivity":
            return observed >= limit
        case _:
            return observed > limit


@unhurried
@lives
def test_what_is_left_of_a_limit_is_never_below_zero(life: tuple[Any, list[Move]]) -> None:
    lived = Life(life[0])
    for move in life[1]:
        lived.live(move)
        standing = standing_of(lived.state)
        for left in (standing.daily_loss_left, standing.floor_left):
            assert left is None or left >= ZERO


@unhurried
@lives
def test_doing_everything_again_changes_nothing(life: tuple[Any, list[Move]]) -> None:
    lived = Life(life[0])
    for move in life[1]:
        lived.live(move)
    before = lived.account.version
    for name, command in lived.done:
        if name.split("-")[0] not in ("mark", "close", "look", "idle"):
            # A payout that has moved on since refuses what was decided before.
            lived.do(command)
    assert lived.account.version == before


@unhurried
@lives
def test_a_mark_is_a_fact_only_if_it_says_something_new(life: tuple[Any, list[Move]]) -> None:
    lived = Life(life[0])
    for move in life[1]:
        state = lived.state
        session = state.session
        high = session.high_equity if session else state.day_start_equity
        low = session.low_equity if session else state.day_start_equity
        recorded = lived.live(move)
        if move.kind != "mark" or any(isinstance(each, TradingDayClosed) for each in recorded):
            continue
        for event in recorded:
            if isinstance(event, EquityMarked) and event.reason != "crossing":
                assert not low.units <= event.equity_units <= high.units


@unhurried
@given(
    life=LIVES,
    pnl=st.integers(-40_000_000, 40_000_000).map(USD),
)
def test_looking_at_an_account_changes_nothing(life: tuple[Any, list[Move]], pnl: USD) -> None:
    lived = Life(life[0])
    for move in life[1]:
        lived.live(move)
    standing_of(lived.state, open_pnl=pnl)
    assert lived.replayed() == lived.state

"""What holds of the payouts of every account, whatever is asked, decided and traded between."""

from datetime import timedelta
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from domain.accounts.events_payouts import (
    PayoutApproved,
    PayoutCancelled,
    PayoutPaid,
    PayoutRejected,
    PayoutRequested,
)
from domain.accounts.evolve import begin, evolve
from domain.accounts.payouts import answer_request
from domain.errors import DomainError
from domain.kernel import Event
from domain.market.calendar import session_open, trading_day_of
from domain.money import USD, ZERO
from tests.property.accounts.payout_lives import LIVES, Act, Life, lived

unhurried = settings(deadline=None)  # A busy machine proves nothing.


def of(life: Life, kind: type[Any]) -> list[Any]:
    return [each for each in life.events if isinstance(each, kind)]


@unhurried
@given(LIVES)
def test_every_payout_is_in_one_place_and_no_unit_is_lost(told: tuple[Any, list[Act]]) -> None:
    life = lived(told)
    book = life.state.payouts
    asked = {each.payout_id: each for each in of(life, PayoutRequested)}
    assert book.seen == {id: USD(each.amount_units) for id, each in asked.items()}
    assert book.pending.keys() | book.ended.keys() == asked.keys()
    assert not book.pending.keys() & book.ended.keys()
    freed = of(life, PayoutRejected) + of(life, PayoutCancelled)
    total = sum(each.amount_units for each in asked.values())
    back = sum(each.amount_units for each in freed)
    assert total == book.reserved().units + book.paid_out.units + back
    for paid in of(life, PayoutPaid):
        assert paid.amount_units == asked[paid.payout_id].amount_units
        assert paid.trader_share_units == asked[paid.payout_id].trader_share_units
        assert 0 <= paid.trader_share_units <= paid.amount_units


@unhurried
@given(LIVES)
def test_balances_add_up(told: tuple[Any, list[Act]]) -> None:
    life = lived(told)
    earned = sum(getattr(each, "net_units", 0) for each in life.events if _is_result(each))
    paid = sum(each.amount_units for each in of(life, PayoutPaid))
    state = life.state
    assert state.balance == state.pack.starting_balance + USD(earned - paid)
    assert state.payouts.paid_out == USD(paid)
    assert state.net_profit == USD(earned)


def _is_result(event: Event) -> bool:
    return type(event).__name__ == "ResultRecorded"


@unhurried
@given(LIVES)
def test_what_is_reserved_was_there_and_nobody_else_could_draw_on_it(
    told: tuple[Any, list[Act]],
) -> None:
    life = Life(told[0])
    for act in told[1]:
        state = life.state
        profit, held = state.balance - state.pack.starting_balance, state.payouts.reserved()
        recorded = life.live(act)
        for each in recorded:
            if isinstance(each, PayoutRequested):
                assert held == ZERO
                assert 0 < each.amount_units <= each.maximum_units <= profit.units
        assert len(life.state.payouts.pending) <= 1


@unhurried
@given(LIVES)
def test_an_approved_payout_was_covered(told: tuple[Any, list[Act]]) -> None:
    life = Life(told[0])
    rule = told[0].payout
    for act in told[1]:
        recorded = life.live(act)
        for each in recorded:
            if isinstance(each, PayoutApproved):
                state = life.state
                left = state.balance - state.pack.starting_balance - USD(each.amount_units)
                assert left >= (rule.buffer or ZERO)
                assert state.status in ("active", "locked")


@unhurried
@given(LIVES)
def test_a_months_counts_are_those_of_its_living_requests(told: tuple[Any, list[Act]]) -> None:
    life = lived(told)
    gone = {each.payout_id for each in of(life, PayoutRejected) + of(life, PayoutCancelled)}
    living = [each for each in of(life, PayoutRequested) if each.payout_id not in gone]
    for month, counted in life.state.payouts.months.items():
        amounts = [each.amount_units for each in living if f"{each.trading_day:%Y-%m}" == month]
        assert (counted.count, counted.total.units) == (len(amounts), sum(amounts))
        if told[0].payout.count_per_month:
            assert counted.count <= told[0].payout.count_per_month
            assert counted.total <= told[0].payout.cap_per_month


@unhurried
@given(LIVES)
def test_a_payout_lives_one_life(told: tuple[Any, list[Act]]) -> None:
    life = lived(told)
    lives: dict[str, list[str]] = {}
    for each in life.events:
        if payout_id := getattr(each, "payout_id", None):
            lives.setdefault(payout_id, []).append(type(each).__name__[6:].lower())
    for way in lives.values():
        assert way in (
            ["requested"], ["requested", "approved"], ["requested", "rejected"],
            ["requested", "cancelled"], ["requested", "approved", "rejected"],
            ["requested", "approved", "paid"],
        )  # fmt: skip


@unhurried
@given(LIVES)
def test_replay_gives_the_live_state_and_a_second_delivery_nothing(
    told: tuple[Any, list[Act]],
) -> None:
    life = Life(told[0])
    for act in told[1]:
        recorded = life.live(act)
        if recorded:
            assert life.deliver() == []
    opened, *rest = life.events
    state = begin(opened)  # type: ignore[arg-type]
    for event in rest:
        evolve(state, event)  # type: ignore[arg-type]
    assert state == life.state


@unhurried
@given(LIVES, st.one_of(st.none(), st.integers(-500, 500_000)))
def test_a_preview_says_what_a_request_is_answered_and_changes_nothing(
    told: tuple[Any, list[Act]], cents: int | None
) -> None:
    life = lived(told)
    amount, before = None if cents is None else USD(cents * 100), repr(life.state)
    answer = answer_request(life.state, amount=amount, at=life.clock)
    assert repr(life.state) == before
    wanted = answer.maximum if amount is None else amount
    try:
        life.account.request_payout(payout_id="new", amount=wanted, at=life.clock)
    except DomainError:
        assert not answer.allowed or wanted > answer.maximum
    else:
        assert wanted <= answer.maximum
        assert answer.allowed


@unhurried
@given(LIVES, st.integers(1, 20))
def test_being_paid_at_once_ends_no_account(told: tuple[Any, list[Act]], days: int) -> None:
    life = lived(told)
    at = session_open(trading_day_of(life.clock + timedelta(days=days)))
    answer = answer_request(life.state, amount=None, at=at)
    if answer.allowed:
        account = life.account
        account.request_payout(payout_id="new", amount=answer.maximum, at=at)
        account.approve_payout(payout_id="new", at=at)
        account.pay_payout(payout_id="new", reference="w", at=at)
        assert account.state.status in ("active", "locked")

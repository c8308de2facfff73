"""What holds of the rules themselves, apart from any account."""

from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from fractions import Fraction
from operator import eq, ge, gt, le
from typing import TypeAlias

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from domain.documents import Place
from domain.money import USD, ZERO
from domain.rules.exposure import Holding, exceeded_limits
from domain.rules.max_loss import max_loss_floor
from domain.rules.objectives import consistency_of, target_of
from domain.rules.pack import PayoutRule
from domain.rules.payout_facts import PayoutFacts
from domain.rules.payout_table import COMPARISONS, NO_RATIO
from domain.rules.payouts import PayoutAnswer, answer_approval, answer_payout
from domain.rules.reading_payouts import read_payout
from tests.property.rules.documents import limits, max_loss, payouts, scaling
from tests.support.builders import pack_of

unhurried = settings(deadline=None)  # A busy machine proves nothing.

amounts = st.integers(-(10**10), 10**10).map(USD)
positive = st.integers(1, 10**10).map(USD)
holdings = st.lists(
    st.builds(
        Holding, st.sampled_from(["ES", "MES", "NQ", "CL", "MCL"]), st.integers(-6, 6).filter(bool)
    ),
    min_size=1, max_size=5,
)  # fmt: skip
facts = st.builds(
    PayoutFacts,
    phase=st.sampled_from(["evaluation", "funded", "funded"]), active=st.booleans(),
    profit=amounts, open_contracts=st.integers(0, 1), winning_days=st.integers(0, 9),
    trading_days=st.integers(0, 9), profit_since=amounts, best_day_since=amounts,
    day_profit=amounts, month_count=st.integers(0, 5), month_total=positive,
    pending=st.just(ZERO), paid_count=st.integers(0, 9), paid_out=positive,
    floor_room=st.none() | amounts,
)  # fmt: skip
rules = payouts.map(lambda document: read_payout(Place(document)))


@unhurried
@given(max_loss, positive, positive)
def test_a_higher_peak_never_lowers_a_floor(rule: object, one: USD, other: USD) -> None:
    pack = pack_of(starting_balance="1000000.00", max_loss=rule)
    low, high = sorted((one, other))
    below = max_loss_floor(pack, peak=low, fixed_floor=None)
    above = max_loss_floor(pack, peak=high, fixed_floor=None)
    assert below is not None
    assert above is not None
    assert below <= above <= high


@unhurried
@given(holdings, limits, scaling, amounts)
def test_a_limit_that_is_named_is_exceeded(
    held: list[Holding], limit: object, steps: object, profit: USD
) -> None:
    pack = pack_of(position_limits=limit, scaling=steps, hedging="forbidden")
    for found in exceeded_limits(pack, held, root=held[0].root, profit_at_close=profit):
        assert found.observed > found.limit


@unhurried
@given(holdings, limits)
def test_less_open_never_breaks_more(held: list[Holding], limit: object) -> None:
    pack = pack_of(position_limits=limit)
    halves = [Holding(each.root, int(each.quantity / 2)) for each in held]
    root = held[0].root
    assume(any(each.root == root and each.quantity for each in halves))
    broken = {each.rule for each in exceeded_limits(pack, held, root=root, profit_at_close=ZERO)}
    still = {each.rule for each in exceeded_limits(pack, halves, root=root, profit_at_close=ZERO)}
    assert still <= broken


@unhurried
@given(positive, positive, st.integers(1, 100))
def test_a_raised_target_is_the_least_profit_that_is_consistent(
    best: USD, target: USD, percent: int
) -> None:
    pack = pack_of(
        profit_target=str(target),
        consistency={"limit": f"{percent / 100:.2f}", "effect": "raise_target"},
    )
    raised = target_of(pack, net_profit=ZERO, best_day=best)
    assert raised is not None
    required = raised.required
    at = consistency_of(pack, net_profit=required, best_day=best)
    assert at is not None
    assert at.met
    if required > target:
        below = Fraction(best.units, required.units - 1)
        assert below > Fraction(percent, 100)


@unhurried
@given(rules, facts, amounts)
def test_a_payout_is_allowed_or_has_reasons(
    rule: PayoutRule, told: PayoutFacts, amount: USD
) -> None:
    answer = answer_payout(rule, told, amount)
    assert answer.allowed == (not answer.reasons)
    assert len(set(answer.reasons)) == len(answer.reasons)
    assert answer.maximum >= ZERO
    if answer.allowed:
        assert ZERO < amount <= answer.maximum <= told.profit
        assert told.active
        assert told.phase == "funded"
        assert ZERO <= answer.trader_share <= amount
        assert answer.trader_share.units % 100 == 0
        assert told.profit - amount >= (rule.buffer or ZERO)
        if rule.cap_per_month:
            assert told.month_total + amount <= rule.cap_per_month


@unhurried
@given(rules, facts, amounts)
def test_the_maximum_is_the_most_that_is_allowed(
    rule: PayoutRule, told: PayoutFacts, amount: USD
) -> None:
    maximum = answer_payout(rule, told, amount).maximum
    if maximum > ZERO:
        assert answer_payout(rule, told, maximum).allowed
        assert not answer_payout(rule, told, maximum + USD(1)).allowed
    else:
        assert not answer_payout(rule, told, amount).allowed


@unhurried
@given(rules, facts, positive)
def test_more_profit_never_stands_against_the_amount(
    rule: PayoutRule, told: PayoutFacts, more: USD
) -> None:
    def at(profit: USD) -> PayoutAnswer:
        return answer_payout(rule, replace(told, profit=profit), USD.of("1"))

    assert at(told.profit + more).maximum >= at(told.profit).maximum


Judge: TypeAlias = Callable[[PayoutRule, PayoutFacts, USD], PayoutAnswer]
_HOLDS = {"at_least": ge, "above": gt, "at_most": le, "is": eq}


@unhurried
@given(st.sampled_from([answer_payout, answer_approval]), rules, facts, amounts)
def test_a_row_of_a_table_says_itself_whether_it_is_met(
    judge: Judge, rule: PayoutRule, told: PayoutFacts, amount: USD
) -> None:
    answer = judge(rule, told, amount)
    codes = [each.rule for each in answer.table]
    assert len(set(codes)) == len(codes)
    for each in answer.table:
        current, required = each.current, each.required
        if each.unit in ("phase", "status"):
            assert each.met == (current == required)
        elif current == NO_RATIO:
            assert not each.met
        else:
            holds = _HOLDS[COMPARISONS[each.rule]]
            assert each.met == holds(Decimal(current), Decimal(required)), each


@unhurried
@given(rules, facts, amounts)
def test_each_rule_that_is_not_met_has_a_next_step(
    rule: PayoutRule, told: PayoutFacts, amount: USD
) -> None:
    for answer in (answer_payout(rule, told, amount), answer_approval(rule, told, amount)):
        assert tuple(answer.next_steps) == answer.reasons
        assert all(answer.next_steps.values())


@unhurried
@given(rules, facts, positive)
def test_what_is_allowed_is_covered_at_the_same_moment(
    rule: PayoutRule, told: PayoutFacts, amount: USD
) -> None:
    if answer_payout(rule, told, amount).allowed:
        assert answer_approval(rule, told, amount).allowed
        assert told.floor_room is None or amount <= told.floor_room

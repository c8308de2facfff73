"""The largest size that keeps an account within its limits, and the distance to each of them."""

from typing import Any

import pytest

from domain.accounts.limits import limits_of
from domain.accounts.outlook import outlook_of
from domain.accounts.sizes import ADVERSE_TICKS, LargestSize, largest_sizes
from domain.rules.limits import LimitUse
from tests.support.builders import (
    MONDAY,
    TUESDAY,
    Command,
    closing,
    earning,
    filling,
    marking,
    requesting,
    trading,
)
from tests.support.scenario import given

STATIC = {"max_loss": {"mode": "static", "amount": "2000.00"}}
TABLE = {"position_limits": {"per_symbol": {"ES": 2, "MES": 12}, "others": "forbidden"}}


def size(rules: dict[str, Any], *past: Command, root: str = "ES", ticks: int = 40) -> LargestSize:
    sizes = largest_sizes(given(rules, *past).account.state, adverse_ticks=ticks)
    return next(each for each in sizes if each.root == root)


def bound(found: LargestSize) -> tuple[int | None, str | None]:
    return found.contracts, found.limited_by


def use(rules: dict[str, Any], rule: str, *past: Command, subject: str | None = None) -> LimitUse:
    limits = limits_of(given(rules, *past).account.state)
    return next(each for each in limits if (each.rule, each.subject) == (rule, subject))


class TestByTheRules:
    def test_it_is_what_the_pack_lists(self) -> None:
        assert bound(size(TABLE)) == (2, "position_limit")

    def test_a_product_that_is_not_listed_has_none(self) -> None:
        flagged = filling("1", symbol="NQH6")
        assert bound(size(TABLE, flagged, root="NQ")) == (0, "not_tradable")

    def test_units_are_shared_with_what_else_is_open(self) -> None:
        rules = {"position_limits": {"total_units": 50, "per_symbol": {"ES": 9}}}
        assert bound(size(rules, filling("1", quantity=15))) == (3, "position_limit")

    def test_scaling_goes_by_the_last_close(self) -> None:
        steps = [
            {"profit_above": "0.00", "total_units": 20},
            {"profit_above": "500.00", "total_units": 40},
        ]
        rules = {"scaling": steps, **TABLE}
        rules["position_limits"] = {"per_symbol": {"ES": 9}}
        assert bound(size(rules, earning("600"))) == (2, "scaling")
        assert bound(size(rules, earning("600"), closing(MONDAY))) == (4, "scaling")

    def test_the_other_size_and_the_other_side_leave_nothing(self) -> None:
        mixed = {"position_limits": {"mixed_sizes": "forbidden", "per_symbol": {"ES": 2}}}
        assert bound(size(mixed, filling("1"))) == (0, "mixed_sizes")
        hedged = {"hedging": "forbidden", "position_limits": {"per_symbol": {"ES": 2}}}
        found = size(hedged, filling("1", "sell"))
        assert (found.direction, bound(found)) == ("short", (2, "position_limit"))

    @pytest.mark.parametrize(
        ("past", "reason"),
        [((trading("1", "-1000"),), "locked"), ((marking("-2000"),), "not_active")],
    )
    def test_nothing_may_be_added_when_no_order_is_taken(
        self, past: tuple[Command, ...], reason: str
    ) -> None:
        rules = {**STATIC, **TABLE, "daily_loss": {"amount": "1000.00", "effect": "lock_day"}}
        assert bound(size(rules, *past)) == (0, reason)

    def test_what_is_open_stays_while_a_payout_freezes_the_rest(self) -> None:
        rules = {"phase": "funded", "payout": {"freeze_while_pending": True}, **TABLE}
        past = (
            earning("900"),
            closing(MONDAY),
            requesting(),
            filling("1", day=TUESDAY, clock="12:00"),
        )
        found = size(rules, *past, root="MES")
        assert (found.held, bound(found)) == (1, (1, "payout_pending"))

    def test_there_is_none_without_any_rule(self) -> None:
        assert bound(size({}, trading("1", "5"))) == (None, None)


class TestByMoney:
    def test_the_adverse_move_stays_within_the_nearest_limit(self) -> None:
        rules = {**STATIC, "daily_loss": {"amount": "1000.01", "effect": "lock_day"}}
        past = trading("1", "0")
        # 40 ticks of ES are 500.00 a contract, of MES 50.00.
        assert bound(size(rules, past)) == (2, "daily_loss")
        assert bound(size(rules, past, root="MES")) == (20, "daily_loss")
        assert bound(size(rules, past, ticks=80)) == (1, "daily_loss")

    def test_a_floor_that_may_not_be_reached_keeps_its_last_unit(self) -> None:
        assert bound(size(STATIC, trading("1", "0"))) == (3, "max_loss")
        below = {"max_loss": {**STATIC["max_loss"], "breach": "below"}}
        assert bound(size(below, trading("1", "0"))) == (4, "max_loss")

    def test_says_how_many_ticks_are_left_to_what_is_open(self) -> None:
        past = filling("1", quantity=2, symbol="ESH6"), marking("-500")
        found = size(STATIC, *past)
        # 1,500.00 less a unit, at 25.00 a tick.
        assert (found.held, found.ticks_left, found.contracts) == (2, 59, 2)

    def test_is_not_known_while_the_open_profit_is_not(self) -> None:
        found = size(STATIC, filling("1", symbol="ESH6"))
        assert bound(found) == (None, "open_profit_unknown")
        assert found.ticks_left is None

    def test_counts_an_open_loss_against_a_limit_on_the_balance(self) -> None:
        rules = {"max_loss": {**STATIC["max_loss"], "basis": "balance"}}
        past = filling("1", symbol="ESH6"), marking("-1000")
        assert bound(size(rules, *past)) == (1, "max_loss")


class TestProducts:
    def test_of_interest_are_those_listed_and_those_open(self) -> None:
        state = given(TABLE, filling("1", symbol="NQH6")).account.state
        assert [each.root for each in largest_sizes(state)] == ["ES", "MES", "NQ"]

    def test_else_those_on_what_was_traded_last(self) -> None:
        state = given({}, filling("1"), filling("2", "sell")).account.state
        assert [each.root for each in largest_sizes(state)] == ["ES", "MES"]

    def test_are_none_where_nothing_was_traded(self) -> None:
        assert largest_sizes(given({}).account.state) == []

    def test_come_with_the_move_they_were_measured_by(self) -> None:
        (each, *_) = largest_sizes(given(TABLE).account.state)
        assert each.adverse_ticks == ADVERSE_TICKS == 40


class TestDistances:
    def test_tell_what_is_used_and_left_of_a_floor(self) -> None:
        found = use(STATIC, "max_loss", trading("1", "-500"))
        assert (str(found.left), found.used_text) == ("1500.00", "0.2500")

    def test_are_never_below_zero(self) -> None:
        found = use(STATIC, "max_loss", trading("1", "-5000"))
        assert (str(found.left), found.used_text) == ("0.00", "2.5000")
        assert use(STATIC, "max_loss", trading("1", "500")).used_text == "0.0000"

    def test_count_contracts_and_units(self) -> None:
        rules = {"position_limits": {"per_symbol": {"MES": 12}, "total_units": 20}}
        past = filling("1", quantity=9)
        by_root = use(rules, "position_limit", past, subject="MES")
        assert (by_root.observed, by_root.left, by_root.unit) == (9, 3, "contracts")
        whole = use(rules, "position_limit", past, subject="all")
        assert (whole.observed, whole.left, whole.unit) == (9, 11, "units")
        assert not by_root.warns

    def test_know_when_they_rest_on_an_old_mark(self) -> None:
        past = filling("0", symbol="CLJ6", price="70"), filling("1"), marking("-100")
        assert use(STATIC, "max_loss", *past).is_known
        assert not use(STATIC, "max_loss", *past, filling("2", price="5001")).is_known


@pytest.mark.parametrize(
    ("days", "binding"), [(0, "daily_loss"), (1, "daily_loss"), (2, "max_loss")]
)
def test_the_binding_limit_is_the_one_with_least_money_left(days: int, binding: str) -> None:
    rules = {**STATIC, "daily_loss": {"amount": "1000.00", "effect": "lock_day"}}
    past = (
        trading("1", "-600"), closing(MONDAY), trading("2", "-600", day=TUESDAY), closing(TUESDAY),
    )[: 2 * days]  # fmt: skip
    found = outlook_of(given(rules, *past).account.state).binding
    assert found is not None
    assert found.rule == binding


def test_no_limit_binds_where_no_limit_is_on_money() -> None:
    assert outlook_of(given(TABLE).account.state).binding is None

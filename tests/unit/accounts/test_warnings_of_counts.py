"""Warnings of limits that are no floors: open loss, trading days, contracts and units."""

from typing import Any

import pytest

from application.marks.facts import facts_of
from application.marks.watch import levels_of
from domain.accounts.approaching import open_loss_levels
from domain.accounts.events import (
    AccountFailed,
    EquityMarked,
    FillRecorded,
    RuleViolated,
    TradeRecorded,
    TradeVoided,
    TradingDayClosed,
)
from domain.accounts.events_warnings import LimitApproached
from tests.support.builders import (
    MONDAY,
    TUESDAY,
    WEDNESDAY,
    closing,
    earning,
    filling,
    marking,
    moment,
    pack_of,
    trading,
    voiding,
)
from tests.support.consents import change_pack
from tests.support.scenario import fact, given

LOSS: dict[str, Any] = {"open_loss": {"fraction": "0.30", "base_at_least": "2500.00"}}


def table(limit: int, effect: str = "lock_day") -> dict[str, Any]:
    return {"position_limits": {"per_symbol": {"MES": limit}, "effect": effect}}


class TestTheOpenLoss:
    @pytest.mark.parametrize(
        ("pnl", "told"),
        [("-599.99", []), ("-600.00", [80]), ("-674.99", [80]), ("-675.00", [90])],
    )
    def test_is_warned_of_by_the_exact_share(self, pnl: str, told: list[int]) -> None:
        account = given(LOSS, filling("1")).account
        marking(pnl)(account)
        found = [each for each in account.pending_events if isinstance(each, LimitApproached)]
        assert [each.percent for each in found] == told

    def test_holds_what_the_verdict_would_hold(self) -> None:
        given(LOSS, filling("1")).when(marking("-600.00")).then(
            fact(EquityMarked, reason="crossing"),
            fact(
                LimitApproached, rule="open_loss", observed="-600.00", limit="-750.00", unit="USD",
                used="0.8000",
                threshold={
                    "profit_at_start": "0.00", "base": "2500.00", "fraction": "0.3",
                    "allowance": "750.00",
                },
            ),
        )  # fmt: skip

    def test_is_warned_of_again_once_nothing_was_open(self) -> None:
        past = given(LOSS, filling("1"), marking("-620"), filling("2", "sell"))
        assert past.account.state.warned == {}
        past.when(filling("3", clock="12:00")).then(fact(FillRecorded))
        past.account.collect_events()
        past.when(marking("-610", clock="12:30")).then(
            fact(EquityMarked, reason="crossing"), fact(LimitApproached, percent=80)
        )

    def test_of_nothing_is_worth_no_word_while_nothing_is_lost(self) -> None:
        rules = {"open_loss": {"fraction": "0.30"}}
        given(rules).when(trading("1", "5")).then(fact(TradeRecorded))

    def test_has_levels_for_those_who_watch_the_marks(self) -> None:
        def levels(*past: Any) -> list[str]:
            return [str(each) for each in open_loss_levels(given(LOSS, *past).account.state)]

        assert levels() == ["-600.00", "-675.00", "-750.0001"]
        assert levels(marking("-620")) == ["-675.00", "-750.0001"]
        assert levels(marking("-700")) == ["-750.0001"]
        assert levels(marking("-800")) == []
        assert levels(marking("-800"), closing(MONDAY))[0] == "-600.00"

    def test_is_seen_by_the_watch_within_the_extremes_of_the_session(self) -> None:
        past = given(LOSS, earning("-2000"), earning("3000"), filling("1", clock="12:30"))
        (low, _) = levels_of(facts_of(past.account))
        assert low == -6_000_000


class TestTradingDays:
    def test_are_warned_of_with_the_execution_that_begins_one(self) -> None:
        past = given({"maximum_trading_days": 2}, trading("1"), closing(MONDAY))
        past.when(trading("2", day=TUESDAY)).then(
            fact(TradeRecorded),
            fact(
                LimitApproached, rule="maximum_trading_days", percent=90, observed="2", limit="2",
                unit="days", used="1.0000", threshold={},
            ),
        )  # fmt: skip
        past.account.collect_events()
        past.when(trading("3", day=TUESDAY)).then(fact(TradeRecorded))
        past.account.collect_events()
        past.when(trading("4", day=WEDNESDAY)).then(
            fact(TradingDayClosed), fact(TradeRecorded), fact(RuleViolated), fact(AccountFailed)
        )

    def test_fall_back_with_a_trade_that_is_taken_back(self) -> None:
        past = given({"maximum_trading_days": 1}, trading("1"))
        assert past.account.state.warned == {"maximum_trading_days": 90}
        past.when(voiding("1")).then(fact(TradeVoided))
        assert past.account.state.warned == {}


class TestWhatIsOpen:
    def test_is_warned_of_where_more_would_cost_the_day_or_the_account(self) -> None:
        past = given(table(5), filling("1", quantity=3))
        past.when(filling("2")).then(
            fact(FillRecorded),
            fact(
                LimitApproached, rule="position_limit", percent=80, observed="4", limit="5",
                unit="contracts", used="0.8000", threshold={"subject": "MES"},
            ),
        )  # fmt: skip
        past.account.collect_events()
        assert past.account.state.warned == {"position_limit:MES": 80}
        past.when(filling("3")).then(fact(FillRecorded), fact(LimitApproached, percent=90))

    @pytest.mark.parametrize("rules", [table(4), table(5, "flag")])
    def test_is_not_warned_of_where_it_is_few_or_only_flagged(self, rules: dict[str, Any]) -> None:
        given(rules).when(filling("1", quantity=4)).then(fact(FillRecorded))

    def test_is_not_warned_of_by_a_round_trip_that_is_over(self) -> None:
        given(table(5)).when(trading("1", quantity=5)).then(fact(TradeRecorded))

    def test_is_warned_of_for_each_product_and_the_whole(self) -> None:
        rules: dict[str, Any] = {
            "position_limits": {"per_symbol": {"MES": 5}, "total_units": 6, "effect": "fail"}
        }
        account = given(rules).account
        filling("1", quantity=5)(account)
        assert account.state.warned == {"position_limit:MES": 90, "position_limit:all": 80}

    def test_is_warned_of_when_a_close_lowers_the_scaling(self) -> None:
        rules: dict[str, Any] = {
            "position_limits": {"effect": "lock_day"},
            "scaling": [
                {"profit_above": "0.00", "total_units": 10},
                {"profit_above": "1000.00", "total_units": 20},
            ],
        }
        past = given(rules, earning("1500"), closing(MONDAY), filling("1", quantity=9, day=TUESDAY))
        past.account.record_result(
            result_id="r", net=-past.account.state.net_profit, at=past.account.modified_on
        )
        past.account.collect_events()
        past.when(closing(TUESDAY)).then(
            fact(TradingDayClosed),
            fact(LimitApproached, rule="scaling", percent=90, trading_day=WEDNESDAY, observed="9"),
        )

    def test_beyond_the_limit_is_no_matter_of_a_warning(self) -> None:
        past = given(table(5), filling("1", quantity=6), closing(MONDAY))
        past.when(marking("5.00", day=TUESDAY)).then(fact(EquityMarked, reason="high"))


def test_a_pack_that_comes_into_force_is_warned_of_with_the_close() -> None:
    past = given({"maximum_trading_days": 30}, trading("1"))
    change_pack(past.account, pack_of(maximum_trading_days=1), at=moment(clock="13:00"))
    past.account.collect_events()
    past.when(closing(MONDAY)).then(
        fact(TradingDayClosed), fact(LimitApproached, rule="maximum_trading_days", observed="1")
    )

"""Limits on what is open at once: judged on each fill, and on a trade as long as it was open."""

import pytest

from domain.accounts.events import FillRecorded, RuleViolated, TradeRecorded
from tests.support.builders import MONDAY, TUESDAY, closing, earning, filling, trading
from tests.support.scenario import fact, given


class TestLimitsOnWhatIsOpen:
    def test_a_fill_beyond_a_limit_is_flagged(self) -> None:
        rules = {"position_limits": {"per_symbol": {"MES": 2}}}
        given(rules, filling("1", quantity=2)).when(filling("2")).then(
            fact(FillRecorded),
            fact(
                RuleViolated, rule="position_limit", effect="flag", observed="3", limit="2",
                unit="contracts", subject="MES", evidence=(3,),
            ),
        )  # fmt: skip

    def test_a_fill_that_only_reduces_is_never_flagged(self) -> None:
        rules = {"position_limits": {"per_symbol": {"MES": 2}}}
        past = given(rules, filling("1", quantity=5))
        past.when(filling("2", "sell", quantity=2)).then(fact(FillRecorded))

    def test_a_product_that_is_not_listed_may_be_forbidden(self) -> None:
        rules = {"position_limits": {"per_symbol": {"ES": 2}, "others": "forbidden"}}
        given(rules).when(trading("1", "0")).then(
            fact(TradeRecorded), fact(RuleViolated, rule="position_limit", observed="1", limit="0")
        )

    @pytest.mark.parametrize(("effect", "status"), [("fail", "failed"), ("lock_day", "locked")])
    def test_the_effect_is_the_packs(self, effect: str, status: str) -> None:
        rules = {"position_limits": {"per_symbol": {"MES": 1}, "effect": effect}}
        assert given(rules, trading("1", quantity=2)).account.state.status == status

    def test_trades_that_overlap_count_together(self) -> None:
        rules = {"position_limits": {"per_symbol": {"MES": 3}}}
        past = given(rules, trading("1", quantity=2, entered="10:00", exited="10:10"))
        past.when(trading("2", quantity=2, entered="10:05", exited="10:20")).then(
            fact(TradeRecorded), fact(RuleViolated, observed="4", limit="3")
        )

    def test_a_trade_that_begins_when_another_ends_stands_alone(self) -> None:
        rules = {"position_limits": {"per_symbol": {"MES": 3}}}
        past = given(rules, trading("1", quantity=2, entered="10:00", exited="10:10"))
        past.when(trading("2", quantity=2, entered="10:10", exited="10:20")).then(
            fact(TradeRecorded)
        )

    def test_only_the_worst_moment_counts(self) -> None:
        rules = {"position_limits": {"per_symbol": {"MES": 3}}}
        past = given(
            rules,
            trading("1", quantity=2, entered="10:00", exited="10:10"),
            trading("2", quantity=3, entered="10:15", exited="10:30"),
        )
        past.when(trading("3", quantity=2, entered="10:05", exited="10:40")).then(
            fact(TradeRecorded), fact(RuleViolated, observed="5", limit="3")
        )

    def test_the_limit_of_a_product_and_that_of_all_are_two_verdicts_on_a_trade(self) -> None:
        rules = {"position_limits": {"per_symbol": {"MES": 1}, "total_units": 1}}
        given(rules).when(trading("1", quantity=2)).then(
            fact(TradeRecorded),
            fact(RuleViolated, observed="2", unit="contracts", subject="MES"),
            fact(RuleViolated, observed="2", unit="units", subject="all"),
        )

    def test_sizes_may_not_be_mixed_where_the_pack_forbids_it(self) -> None:
        rules = {"position_limits": {"mixed_sizes": "forbidden"}}
        given(rules, filling("1")).when(filling("2", symbol="ESH6")).then(
            fact(FillRecorded), fact(RuleViolated, rule="mixed_sizes")
        )

    def test_a_hedge_of_one_underlying_is_flagged(self) -> None:
        past = given({"hedging": "forbidden"}, filling("1", symbol="ESH6"))
        past.when(filling("2", "sell")).then(
            fact(FillRecorded), fact(RuleViolated, rule="hedging", effect="flag", subject="SP500")
        )

    def test_scaling_goes_by_the_profit_of_the_last_close(self) -> None:
        rules = {
            "scaling": [
                {"profit_above": "0.00", "total_units": 2},
                {"profit_above": "999.99", "total_units": 4},
            ]
        }
        past = given(rules, earning("1000"))
        past.when(filling("1", quantity=3)).then(
            fact(FillRecorded), fact(RuleViolated, rule="scaling", observed="3", limit="2")
        )
        after = given(rules, earning("1000"), closing(MONDAY))
        after.when(filling("1", quantity=4, day=TUESDAY)).then(fact(FillRecorded))

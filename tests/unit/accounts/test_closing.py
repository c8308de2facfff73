"""The end of a trading day, and the pass that may be earned at it."""

from datetime import timedelta

import pytest

from domain.accounts.errors import BeforeOpening, DayNotOver
from domain.accounts.errors import TradingDayClosed as DayIsClosed
from domain.accounts.events import (
    AccountFailed,
    AccountPassed,
    DayUnlocked,
    EquityMarked,
    RuleViolated,
    TradeRecorded,
    TradingDayClosed,
)
from domain.market.calendar import previous_trading_day, session_close
from domain.money import USD
from tests.support.builders import (
    FRIDAY,
    MONDAY,
    THURSDAY,
    TUESDAY,
    WEDNESDAY,
    Command,
    account_of,
    closing,
    earning,
    filling,
    marking,
    trading,
)
from tests.support.scenario import fact, given

EOD = {"max_loss": {"mode": "eod_trailing", "amount": "2000.00", "lock_at": "50000.00"}}


class TestClose:
    def test_the_figures_of_the_day_are_final(self) -> None:
        past = given(EOD, marking("250"), marking("-100"), trading("1", "500", fees="1"))
        past.when(closing(MONDAY)).then(
            fact(
                TradingDayClosed,
                trading_day=MONDAY,
                at=session_close(MONDAY),
                opening_balance_units=500_000_000,
                net_units=4_990_000,
                closing_balance_units=504_990_000,
                open_pnl_units=0,
                high_equity_units=504_990_000,
                low_equity_units=499_000_000,
                floor_units=480_000_000,
                next_floor_units=484_990_000,
                executions=1,
                traded=True,
            )
        )

    def test_a_day_closed_before_stays_as_it_is(self) -> None:
        past = given({}, trading("1", "500"), closing(MONDAY))
        past.when(closing(MONDAY)).then()

    def test_a_day_before_the_last_closed_one_stays_as_it_is(self) -> None:
        given({}, closing(TUESDAY)).when(closing(MONDAY)).then()

    def test_closing_a_later_day_ends_the_open_one_first(self) -> None:
        given({}, trading("1", "5")).when(closing(WEDNESDAY)).then(
            fact(TradingDayClosed, trading_day=MONDAY, traded=True),
            fact(TradingDayClosed, trading_day=WEDNESDAY, traded=False, net_units=0),
        )

    def test_open_profit_at_the_close_is_kept_over_night(self) -> None:
        account = (
            given({}, filling("1"))
            .when(closing(MONDAY, open_pnl="-75"))
            .then(
                fact(EquityMarked, reason="low", at=session_close(MONDAY)),
                fact(TradingDayClosed, open_pnl_units=-750_000),
            )
        )
        assert account.state.day_start_equity == USD.of("49925")

    def test_an_open_loss_at_the_close_is_judged(self) -> None:
        given(EOD, filling("1")).when(closing(MONDAY, open_pnl="-2000")).then(
            fact(EquityMarked, reason="crossing"),
            fact(RuleViolated, rule="max_loss"),
            fact(AccountFailed),
            fact(TradingDayClosed),
        )

    def test_no_extreme_of_the_day_is_carried_over_as_its_end(self) -> None:
        past = given({}, filling("1"), marking("40"))
        past.when(closing(MONDAY)).then(fact(TradingDayClosed, open_pnl_units=0))

    def test_a_floor_that_the_close_raises_is_tested_against_what_stays_open(self) -> None:
        rules = {"max_loss": {"mode": "eod_trailing", "amount": "1000.00"}}
        past = given(rules, filling("1"), trading("2", "2000"))
        past.when(closing(MONDAY, open_pnl="-1500")).then(
            fact(TradingDayClosed, next_floor_units=510_000_000),
            fact(RuleViolated, observed="50500.00", limit="51000.00", trading_day=TUESDAY),
            fact(AccountFailed),
        )

    def test_a_mark_of_positions_that_are_flat_ends_with_the_day(self) -> None:
        past = given({}, marking("40"))
        past.when(closing(MONDAY)).then(fact(TradingDayClosed, open_pnl_units=0))

    def test_a_session_that_has_not_ended_cannot_be_closed(self) -> None:
        early = session_close(MONDAY) - timedelta(seconds=1)
        outcome = given({}).when(lambda account: account.close_day(day=MONDAY, at=early))
        outcome.then_refused(DayNotOver, trading_day="2026-03-02")

    def test_a_day_before_the_open_one_cannot_be_closed(self) -> None:
        past = given({}, trading("1", day=WEDNESDAY))
        past.when(closing(TUESDAY)).then_refused(DayIsClosed)

    def test_a_day_that_was_over_before_the_opening_cannot_be_closed(self) -> None:
        given({}).when(closing(previous_trading_day(MONDAY))).then_refused(BeforeOpening)

    @pytest.mark.parametrize("command", [trading("2"), filling("2"), marking("5"), earning("5")])
    def test_nothing_is_added_to_a_closed_day(self, command: Command) -> None:
        past = given({}, trading("1", "5"), closing(MONDAY))
        past.when(command).then_refused(DayIsClosed, trading_day="2026-03-02")

    def test_nothing_is_added_to_a_day_before_the_open_one(self) -> None:
        past = given({}, trading("1", day=TUESDAY))
        past.when(trading("2", day=MONDAY)).then_refused(DayIsClosed)

    def test_the_best_day_is_the_best_closed_one(self) -> None:
        account = given({}, earning("-50"), closing(MONDAY), earning("700", TUESDAY)).account
        assert account.state.best_day == USD.of("-50")


class TestPassing:
    TARGET = {"profit_target": "3000.00"}  # noqa: RUF012

    def test_a_target_reached_at_a_close_passes(self) -> None:
        account = (
            given(self.TARGET, earning("3000"))
            .when(closing(MONDAY))
            .then(
                fact(TradingDayClosed),
                fact(
                    AccountPassed,
                    trading_day=MONDAY,
                    at=session_close(MONDAY),
                    net_profit_units=30_000_000,
                    required_units=30_000_000,
                    trading_days=1,
                    required_days=0,
                    best_day_units=30_000_000,
                    consistency_ratio=None,
                    evidence=(3,),
                ),
            )
        )
        assert account.state.status == "passed"

    def test_a_target_reached_within_the_day_does_not_pass_yet(self) -> None:
        assert given(self.TARGET, earning("4000")).account.state.status == "active"

    def test_a_unit_short_of_the_target_does_not_pass(self) -> None:
        past = given(self.TARGET, earning("2999.9999"))
        past.when(closing(MONDAY)).then(fact(TradingDayClosed))

    def test_open_profit_does_not_count(self) -> None:
        past = given(self.TARGET, filling("1"))
        past.when(closing(MONDAY, open_pnl="5000")).then(fact(EquityMarked), fact(TradingDayClosed))

    def test_the_days_must_be_there_as_well(self) -> None:
        rules = {**self.TARGET, "minimum_trading_days": 2}
        past = given(rules, earning("3000"))
        past.when(closing(MONDAY)).then(fact(TradingDayClosed))
        earning("-1000", TUESDAY)(past.account)
        closing(TUESDAY)(past.account)
        past.account.collect_events()
        earning("1000", WEDNESDAY)(past.account)
        past.account.collect_events()
        past.when(closing(WEDNESDAY)).then(
            fact(TradingDayClosed), fact(AccountPassed, trading_days=3, required_days=2)
        )

    def test_a_funded_account_never_passes(self) -> None:
        past = given({**self.TARGET, "phase": "funded"}, earning("9000"))
        past.when(closing(MONDAY)).then(fact(TradingDayClosed))

    def test_without_a_target_there_is_nothing_to_pass(self) -> None:
        past = given({"minimum_trading_days": 1}, earning("9000"))
        past.when(closing(MONDAY)).then(fact(TradingDayClosed))

    def test_a_lock_falls_before_the_pass_is_looked_at(self) -> None:
        rules = {**self.TARGET, "daily_loss": {"amount": "100.00", "effect": "lock_day"}}
        past = given(rules, marking("-100"), earning("3000"))
        past.when(closing(MONDAY)).then(
            fact(TradingDayClosed), fact(DayUnlocked), fact(AccountPassed)
        )

    def test_passing_comes_once(self) -> None:
        past = given(self.TARGET, earning("3000"), closing(MONDAY))
        past.when(closing(TUESDAY)).then(fact(TradingDayClosed))

    def test_a_passed_account_is_not_judged_any_more(self) -> None:
        past = given({**self.TARGET, **EOD}, earning("3000"), closing(MONDAY))
        past.when(trading("1", "-5000", day=TUESDAY)).then(fact(TradeRecorded))
        assert past.account.state.status == "passed"


class TestConsistency:
    @staticmethod
    def after(rule: dict[str, str], *days: str) -> tuple[str, str | None]:
        account = account_of(profit_target="3000.00", consistency=rule)
        for day, net in zip((MONDAY, TUESDAY, WEDNESDAY, THURSDAY, FRIDAY), days, strict=False):
            earning(net, day)(account)
            closing(day)(account)
        passed = [each for each in account.pending_events if isinstance(each, AccountPassed)]
        return account.state.status, passed[0].consistency_ratio if passed else None

    def test_a_best_day_of_exactly_the_limit_is_consistent(self) -> None:
        assert self.after({"limit": "0.50"}, "1500", "1500") == ("passed", "0.5000")

    def test_a_best_day_beyond_the_limit_delays_the_pass(self) -> None:
        rule = {"limit": "0.50", "effect": "delay"}
        assert self.after(rule, "1501.25", "1500") == ("active", None)
        assert self.after(rule, "1501.25", "1500", "10") == ("passed", "0.4985")

    def test_a_best_day_beyond_the_limit_may_raise_the_target(self) -> None:
        rule = {"limit": "0.50", "of": "profit_target", "effect": "raise_target"}
        assert self.after(rule, "2000", "1999.9999") == ("active", None)
        assert self.after(rule, "2000", "2000") == ("passed", "0.6667")

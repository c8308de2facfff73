"""Marks: a fact only at a new high, a new low or a crossing; nothing is judged on an old one."""

import pytest

from domain.accounts.events import (
    AccountFailed,
    EquityMarked,
    FillRecorded,
    RuleViolated,
    TradeVoided,
    TradingDayClosed,
)
from domain.accounts.judging import floor_of
from domain.money import USD
from tests.support.builders import (
    MONDAY,
    TUESDAY,
    Command,
    closing,
    filling,
    marking,
    trading,
    voiding,
)
from tests.support.scenario import fact, given

STATIC = {"max_loss": {"mode": "static", "amount": "2000.00"}}
INTRADAY = {"max_loss": {"mode": "intraday_trailing", "amount": "2000.00"}}


@pytest.mark.parametrize(("pnl", "reason"), [("10.00", "high"), ("-10.00", "low")])
def test_a_new_extreme_is_a_fact(pnl: str, reason: str) -> None:
    equity = 500_000_000 + USD.of(pnl).units
    given({}).when(marking(pnl)).then(
        fact(EquityMarked, reason=reason, equity_units=equity, trading_day=MONDAY)
    )


@pytest.mark.parametrize("pnl", ["0.00", "10.00", "-10.00", "9.9999"])
def test_a_mark_between_the_extremes_is_no_fact(pnl: str) -> None:
    given({}, marking("10.00"), marking("-10.00")).when(marking(pnl)).then()


def test_the_extremes_begin_anew_with_the_day() -> None:
    past = given({}, marking("10.00"), closing(MONDAY))
    past.when(marking("5.00", day=TUESDAY)).then(fact(EquityMarked, reason="high"))


def test_a_mark_of_a_later_day_ends_the_day_before() -> None:
    past = given({}, marking("10.00"))
    past.when(marking("5.00", day=TUESDAY)).then(
        fact(TradingDayClosed, trading_day=MONDAY, high_equity_units=500_100_000),
        fact(EquityMarked, trading_day=TUESDAY),
    )


def test_a_crossing_is_a_fact_and_a_verdict() -> None:
    given(STATIC).when(marking("-2000.00")).then(
        fact(EquityMarked, reason="crossing"),
        fact(RuleViolated, rule="max_loss", observed="48000.00", limit="48000.00", unit="USD"),
        fact(AccountFailed, rule="max_loss", equity_units=480_000_000, balance_units=500_000_000),
    )


def test_open_profit_raises_an_intraday_floor_and_giving_it_back_does_not_lower_it() -> None:
    past = given(INTRADAY, marking("875.00"))
    account = past.when(marking("-100.00")).then(fact(EquityMarked, reason="low"))
    assert floor_of(account.state) == USD.of("48875.00")


class TestAnOldMark:
    """Something was executed since, and positions are still open: open profit is not known."""

    PAST = (filling("0", symbol="CLJ6", price="70"), filling("1", quantity=2), marking("-1900.00"))

    def test_is_not_judged(self) -> None:
        past = given(STATIC, *self.PAST)
        account = past.when(filling("2", "sell", price="4950.00", fees="200.00")).then(
            fact(FillRecorded, realised_units=-2_500_000)
        )
        assert account.state.mark_is_old

    def test_does_not_move_extremes_or_an_intraday_floor(self) -> None:
        past = given(INTRADAY, *self.PAST[:2], marking("900.00"))
        account = past.when(filling("2", "sell", price="5400.00")).then(fact(FillRecorded))
        assert floor_of(account.state) == USD.of("48900.00")

    def test_is_judged_again_with_the_next_mark(self) -> None:
        past = given(STATIC, *self.PAST, filling("2", "sell", price="4950.00"))
        past.when(marking("-1750.00")).then(
            fact(EquityMarked, reason="crossing"),
            fact(RuleViolated, observed="48000.00"),
            fact(AccountFailed),
        )

    def test_is_forgotten_when_the_position_is_closed(self) -> None:
        past = given(STATIC, *self.PAST)
        past = given(STATIC, *self.PAST, filling("2", "sell", quantity=2, price="4990.00"))
        account = past.when(filling("3", "sell", symbol="CLJ6", price="70")).then(
            fact(FillRecorded, realised_units=0)
        )
        assert (account.state.mark, account.state.mark_is_old) == (None, False)


class TestAMarkOfOneSeries:
    """What is left of the only open series is worth what its own fill says."""

    def test_is_renewed_by_a_fill(self) -> None:
        past = given({}, filling("1", symbol="ESH6", quantity=2), marking("500.00"))
        account = past.when(filling("2", "sell", symbol="ESH6", price="5002.00")).then(
            fact(FillRecorded)
        )
        assert account.state.equity == USD.of("50200.00")
        assert not account.state.mark_is_old

    def test_is_judged_at_once(self) -> None:
        past = given(STATIC, filling("1", symbol="ESH6", quantity=2), marking("-100.00"))
        past.when(filling("2", "sell", symbol="ESH6", price="4975.00")).then(
            fact(FillRecorded, realised_units=-12_500_000),
            fact(RuleViolated, observed="47500.00"),
            fact(AccountFailed),
        )

    def test_is_forgotten_with_a_void_that_leaves_nothing_open(self) -> None:
        past = given(STATIC, trading("1", "500"), marking("-1200.00"), marking("0.00"))
        account = past.when(voiding("1")).then(fact(TradeVoided))
        assert account.state.equity == USD.of("50000.00")


@pytest.mark.parametrize("first", [marking("-3000.00"), trading("1", "-3000.00")])
def test_a_balance_rule_does_not_look_at_open_profit(first: Command) -> None:
    rules = {"max_loss": {"mode": "static", "amount": "2000.00", "basis": "balance"}}
    account = given(rules, first).account
    assert (account.state.status == "failed") == (account.state.balance < USD.of("50000"))


def test_a_passed_account_does_not_fill_the_log_with_crossings() -> None:
    rules = {**STATIC, "profit_target": "100.00"}
    past = given(rules, trading("1", "100.00"), closing(MONDAY))
    assert past.account.state.status == "passed"
    past.when(marking("-2500.00", day=TUESDAY)).then(fact(EquityMarked, reason="low"))
    past.account.collect_events()
    past.when(marking("-2400.00", day=TUESDAY)).then()

"""Warnings before a limit: once per crossing, and nothing follows from them."""

import pytest

from domain.accounts.approaching import due_warnings, next_warnings
from domain.accounts.events import (
    AccountFailed,
    DayLocked,
    EquityMarked,
    FillRecorded,
    ResultRecorded,
    RuleViolated,
    TradeRecorded,
    TradeVoided,
    TradingDayClosed,
)
from domain.accounts.events_payouts import PayoutPaid
from domain.accounts.events_warnings import LimitApproached
from domain.accounts.limits import warning_limits_of
from domain.money import USD
from tests.support.builders import (
    MONDAY,
    TUESDAY,
    approving,
    closing,
    earning,
    filling,
    marking,
    paying,
    requesting,
    trading,
    voiding,
)
from tests.support.scenario import Past, fact, given

STATIC = {"max_loss": {"mode": "static", "amount": "2000.00"}}
DAILY = {"daily_loss": {"amount": "1000.00", "effect": "lock_day"}}


def levels(past: Past, rule: str) -> list[str]:
    state = past.account.state
    use = next(each for each in warning_limits_of(state) if each.rule == rule)
    return [str(level) for level in next_warnings(state, use)]


class TestAWarning:
    def test_holds_what_the_verdict_would_hold(self) -> None:
        past = given(STATIC, earning("400"), closing(MONDAY))
        past.when(marking("-2020", day=TUESDAY)).then(
            fact(EquityMarked, reason="crossing"),
            fact(
                LimitApproached,
                rule="max_loss",
                percent=80,
                observed="48380.00",
                limit="48000.00",
                unit="USD",
                used="0.8100",
                trading_day=TUESDAY,
                threshold={
                    "mode": "static",
                    "basis": "equity",
                    "breach": "at_or_below",
                    "peak": "50000.00",
                    "allowance": "2000.00",
                },
                evidence=(1, 4),
                pack_hash=past.account.state.pack_hash,
            ),
        )

    @pytest.mark.parametrize(
        ("pnl", "told"),
        [("-1599.9999", []), ("-1600.00", [80]), ("-1799.9999", [80]), ("-1800.00", [90])],
    )
    def test_falls_on_the_exact_share_and_one_step_is_told_once(
        self, pnl: str, told: list[int]
    ) -> None:
        account = given(STATIC).account
        marking(pnl)(account)
        found = [each for each in account.pending_events if isinstance(each, LimitApproached)]
        assert [each.percent for each in found] == told

    def test_never_says_that_all_is_used_before_it_is(self) -> None:
        given(STATIC).when(marking("-1999.9999")).then(
            fact(EquityMarked), fact(LimitApproached, percent=90, used="0.9999")
        )

    def test_comes_with_an_execution_too(self) -> None:
        given(STATIC).when(trading("1", "-1650")).then(
            fact(TradeRecorded), fact(LimitApproached, percent=80, evidence=(1, 2))
        )

    def test_measures_from_the_allowance_where_a_floor_stopped_below_its_peak(self) -> None:
        rules = {"max_loss": {"mode": "eod_trailing", "amount": "2000.00", "lock_at": "50000.00"}}
        past = given(rules, earning("7500"), closing(MONDAY))
        assert levels(past, "max_loss") == ["50400.00", "50200.00"]
        past.when(trading("2", "-6000", day=TUESDAY)).then(fact(TradeRecorded))

    def test_is_given_by_a_limit_on_the_balance_without_any_mark(self) -> None:
        rules = {"max_loss": {"mode": "static", "amount": "2000.00", "basis": "balance"}}
        given(rules, marking("-1900")).when(earning("-1600")).then(
            fact(ResultRecorded), fact(LimitApproached, observed="48400.00")
        )

    def test_is_due_when_a_payout_leaves_little(self) -> None:
        rules = {
            "phase": "funded",
            "max_loss": {
                "mode": "static",
                "amount": "2000.00",
                "after_first_payout": "starting_balance",
            },
            "payout": {},
        }
        past = given(
            rules, earning("800"), closing(MONDAY), requesting(amount="500.00"), approving()
        )
        past.when(paying()).then(
            fact(PayoutPaid),
            fact(LimitApproached, percent=80, observed="50300.00", limit="50000.00", used="0.8500"),
        )


class TestOnceACrossing:
    def test_a_level_is_not_told_again_while_no_less_is_used(self) -> None:
        given(STATIC, marking("-1650")).when(marking("-1700")).then(
            fact(EquityMarked, reason="low")
        )

    def test_a_mark_that_is_no_fact_changes_nothing(self) -> None:
        past = given(STATIC, marking("-1650"), marking("-100"))
        assert past.account.state.warned == {"max_loss": 80}
        past.when(marking("-1640")).then()

    def test_the_next_level_is_told(self) -> None:
        given(STATIC, marking("-1650")).when(marking("-1850")).then(
            fact(EquityMarked, reason="crossing"), fact(LimitApproached, percent=90)
        )

    def test_a_level_is_told_again_after_a_fact_with_less_used(self) -> None:
        past = given(STATIC, trading("1", "-1650"), trading("2", "300"))
        assert past.account.state.warned == {}
        past.when(marking("-260")).then(
            fact(EquityMarked, reason="crossing"), fact(LimitApproached, percent=80)
        )

    def test_what_was_told_falls_to_the_level_that_is_still_used(self) -> None:
        past = given(STATIC, trading("1", "-1900"), trading("2", "200"))
        assert past.account.state.warned == {"max_loss": 80}
        past.when(trading("3", "-150")).then(fact(TradeRecorded), fact(LimitApproached, percent=90))

    def test_a_trade_that_is_taken_back_counts_as_less_used(self) -> None:
        past = given(STATIC, trading("1", "-1650"))
        account = past.when(voiding("1")).then(fact(TradeVoided))
        assert account.state.warned == {}

    def test_a_new_day_begins_the_daily_limit_anew(self) -> None:
        past = given(DAILY, trading("1", "-850"), closing(MONDAY))
        past.when(trading("2", "-850", day=TUESDAY)).then(
            fact(TradeRecorded), fact(LimitApproached, rule="daily_loss", trading_day=TUESDAY)
        )

    def test_a_limit_that_a_new_day_does_not_renew_is_not_told_again(self) -> None:
        rules = {"daily_loss": {"amount": "1000.00", "effect": "fail", "from": "highest_close"}}
        past = given(rules, trading("1", "-850"), closing(MONDAY))
        past.when(trading("2", "-10", day=TUESDAY)).then(fact(TradeRecorded))

    def test_an_old_mark_leaves_what_was_told(self) -> None:
        other = filling("0", symbol="CLJ6", price="70")
        past = given(STATIC, other, filling("1"), marking("-1650"))
        account = past.when(filling("2", "sell", price="5300.00")).then(fact(FillRecorded))
        assert account.state.warned == {"max_loss": 80}


class TestNothingIsTold:
    def test_beside_the_violation_of_the_same_limit(self) -> None:
        given(STATIC).when(marking("-2000")).then(
            fact(EquityMarked), fact(RuleViolated), fact(AccountFailed)
        )

    def test_of_a_limit_that_was_broken_in_this_session(self) -> None:
        past = given(DAILY, trading("1", "-1000"))
        assert levels(past, "daily_loss") == []
        past.when(trading("2", "150")).then(fact(TradeRecorded))

    def test_by_a_close_without_an_open_profit(self) -> None:
        past = given(STATIC, filling("1"), earning("-500"))
        past.when(closing(MONDAY)).then(fact(TradingDayClosed))

    def test_by_an_old_mark(self) -> None:
        other = filling("0", symbol="CLJ6", price="70")
        past = given(STATIC, other, marking("-1500"))
        past.when(filling("2", price="5000.00", fees="150.00")).then(fact(FillRecorded))
        assert due_warnings(past.account.state) == []

    def test_of_an_account_that_has_ended(self) -> None:
        past = given(STATIC, marking("-2000"))
        assert levels(past, "max_loss") == []
        assert due_warnings(past.account.state) == []


def test_another_limit_is_warned_of_in_the_step_that_locks_the_day() -> None:
    given({**STATIC, **DAILY}).when(trading("1", "-1650")).then(
        fact(TradeRecorded),
        fact(RuleViolated, rule="daily_loss"),
        fact(DayLocked),
        fact(LimitApproached, rule="max_loss", evidence=(1, 2)),
    )


def test_a_floor_that_a_close_raises_is_warned_of_at_the_close() -> None:
    rules = {"max_loss": {"mode": "eod_trailing", "amount": "2000.00"}}
    past = given(rules, earning("1000"), filling("1"))
    past.when(closing(MONDAY, open_pnl="-1700")).then(
        fact(EquityMarked),
        fact(TradingDayClosed, next_floor_units=490_000_000),
        fact(LimitApproached, percent=80, trading_day=TUESDAY, observed="49300.00"),
    )


def test_the_levels_to_come_are_those_not_told_yet() -> None:
    assert levels(given(STATIC), "max_loss") == ["48400.00", "48200.00"]
    assert levels(given(STATIC, marking("-1650")), "max_loss") == ["48200.00"]
    assert levels(given(STATIC, marking("-1850")), "max_loss") == []


def test_a_limit_that_lives_at_its_floor_is_warned_of_there() -> None:
    rules = {"max_loss": {"mode": "static", "amount": "2000.00", "breach": "below"}}
    account = given(rules, earning("-1"), closing(MONDAY)).account
    marking("-1999", day=TUESDAY)(account)
    (told,) = [each for each in account.pending_events if isinstance(each, LimitApproached)]
    assert (told.percent, told.used, account.state.status) == (90, "1.0000", "active")
    closing(TUESDAY)(account)
    assert account.state.warned == {}
    assert account.state.balance == USD.of("49999")

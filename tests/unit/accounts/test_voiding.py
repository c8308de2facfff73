"""What the platform takes back leaves the books; verdicts that were pronounced stand."""

import pytest

from domain.accounts.errors import NothingToVoid
from domain.accounts.errors import TradingDayClosed as DayIsClosed
from domain.accounts.events import (
    AccountFailed,
    FillVoided,
    RuleViolated,
    TradeRecorded,
    TradeVoided,
)
from domain.money import USD
from tests.support.builders import (
    MONDAY,
    TUESDAY,
    closing,
    earning,
    filling,
    marking,
    trading,
    voiding,
)
from tests.support.scenario import fact, given


def test_a_voided_trade_gives_its_net_back() -> None:
    past = given({}, trading("1", "50", fees="1.24"), trading("2", "5"))
    account = past.when(voiding("1")).then(
        fact(TradeVoided, trade_id="1", net_units=487_600, trading_day=MONDAY, reason="bad print")
    )
    assert account.state.balance == USD.of("50005.00")


def test_a_voided_fill_is_as_if_it_had_never_been() -> None:
    fills = filling("1"), filling("2", price="5010.00"), filling("3", "sell", price="5020.00")
    past = given({}, *fills)
    without = given({}, *fills[1:]).account.state
    account = past.when(voiding("1")).then(fact(FillVoided, fill_id="1", net_units=500_000))
    assert account.state.balance == without.balance
    assert account.state.lots == without.lots


def test_a_voided_fill_of_a_position_from_the_day_before_leaves_that_position() -> None:
    past = given({}, filling("1"), closing(MONDAY), filling("2", "sell", day=TUESDAY, fees="2"))
    account = past.when(voiding("2", day=TUESDAY)).then(fact(FillVoided, net_units=-20_000))
    assert [lot.quantity for lot in account.state.lots] == [1]
    assert account.state.balance == USD.of("50000")


def test_voiding_again_changes_nothing() -> None:
    past = given({}, trading("1", "50"), filling("2"), voiding("1"), voiding("2"))
    past.when(voiding("1")).then()
    past.when(voiding("2")).then()


def test_a_voided_id_is_not_booked_again() -> None:
    given({}, trading("1", "50"), voiding("1")).when(trading("1", "50")).then()


def test_the_day_of_a_voided_trade_does_not_count_as_traded() -> None:
    past = given({}, trading("1", "50"), closing(MONDAY), trading("2", "50", day=TUESDAY))
    account = past.when(voiding("2", day=TUESDAY)).then(fact(TradeVoided))
    assert account.state.trading_days == 1
    closing(TUESDAY)(account)
    assert account.state.winning_days == 1


def test_a_day_with_another_trade_still_counts() -> None:
    past = given({}, trading("1", "50"), filling("2"))
    assert past.when(voiding("1")).then(fact(TradeVoided)).state.trading_days == 1


def test_the_day_of_a_voided_entry_does_not_count_either() -> None:
    past = given({}, trading("1", "50", day=TUESDAY, entered_on=MONDAY))
    account = past.when(voiding("1", day=TUESDAY)).then(fact(TradeVoided))
    assert account.state.trading_days == 0


def test_a_day_voided_and_traded_again_counts_once() -> None:
    past = given({}, trading("1", "50"), voiding("1"))
    assert past.when(trading("2", "50")).then(fact(TradeRecorded)).state.trading_days == 1


def test_what_is_left_is_judged() -> None:
    rules = {"max_loss": {"mode": "static", "amount": "100.00"}}
    past = given(rules, trading("1", "90"), trading("2", "-150"))
    past.when(voiding("1")).then(
        fact(TradeVoided), fact(RuleViolated, observed="49850.00"), fact(AccountFailed)
    )


def test_a_lock_that_was_pronounced_stands() -> None:
    rules = {"daily_loss": {"amount": "100.00", "effect": "lock_day"}}
    past = given(rules, trading("1", "-100"))
    assert past.when(voiding("1")).then(fact(TradeVoided)).state.status == "locked"


def test_a_voided_trade_no_longer_counts_among_what_was_open() -> None:
    rules = {"position_limits": {"per_symbol": {"MES": 1}}}
    past = given(rules, trading("1"), voiding("1"))
    past.when(trading("2")).then(fact(TradeRecorded))


@pytest.mark.parametrize("unknown", ["nothing", "r-2026-03-02-5"])
def test_what_is_not_there_cannot_be_voided(unknown: str) -> None:
    given({}, trading("1"), earning("5")).when(voiding(unknown)).then_refused(
        NothingToVoid, id=unknown
    )


def test_what_a_closed_day_holds_cannot_be_voided() -> None:
    past = given({}, trading("1"), closing(MONDAY))
    past.when(voiding("1", day=TUESDAY)).then_refused(DayIsClosed, id="1")


def test_a_refused_void_does_not_end_the_day_either() -> None:
    past = given({}, trading("1"), marking("5"))
    past.when(voiding("1", day=TUESDAY)).then_refused(DayIsClosed, id="1")
    past.when(voiding("2", day=TUESDAY)).then_refused(NothingToVoid, id="2")

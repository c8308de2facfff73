"""Warnings of days that pass of themselves: at their own moment, whoever looks when."""

from datetime import date, timedelta
from typing import Any

import pytest

from domain.accounts.account import TradingAccount
from domain.accounts.events import (
    AccountFailed,
    RuleViolated,
    TradeRecorded,
    TradingDayClosed,
)
from domain.accounts.events_warnings import LimitApproached
from domain.accounts.idling import idle_use, idle_warning_days
from domain.market.calendar import session_close, session_open
from domain.rules.timing import last_active_day
from tests.support.builders import (
    FRIDAY,
    MONDAY,
    THURSDAY,
    TUESDAY,
    WEDNESDAY,
    Command,
    closing,
    marking,
    passing,
    trading,
    voiding,
)
from tests.support.scenario import fact, given

TEN: dict[str, Any] = {"inactivity_days": 10}
SEVEN: dict[str, Any] = {"inactivity_days": 7}
TENTH, ELEVENTH, TWELFTH = date(2026, 3, 10), date(2026, 3, 11), date(2026, 3, 12)


def each_day_until(day: date) -> list[Command]:
    """Trades on every day of the week up to one."""
    days = [MONDAY, TUESDAY, WEDNESDAY, THURSDAY, FRIDAY]
    return [trading(f"{each}", day=each) for each in days if each <= day]


def warnings_in(account: TradingAccount) -> list[tuple[int, str, str, date]]:
    return [
        (each.percent, each.observed, each.limit, each.trading_day)
        for each in account.pending_events
        if isinstance(each, LimitApproached)
    ]


class TestAWarningOfIdleDays:
    def test_is_effective_when_its_trading_day_begins_whoever_looks_later(self) -> None:
        past = given(TEN, trading("1"), closing(MONDAY))
        account = past.account
        passing(day=ELEVENTH, clock="12:00")(account)
        (eighty, ninety) = account.pending_events
        assert warnings_in(account) == [(80, "8", "10", TENTH), (90, "9", "10", ELEVENTH)]
        assert [eighty.effective_at, ninety.effective_at] == [
            session_open(TENTH), session_open(ELEVENTH),
        ]  # fmt: skip

    def test_says_from_when_to_when_the_days_are_counted(self) -> None:
        account = given(TEN, trading("1"), closing(MONDAY)).account
        account.pass_time(session_open(TENTH))
        (told,) = [each for each in account.pending_events if isinstance(each, LimitApproached)]
        assert (told.rule, told.unit, told.used, told.evidence) == (
            "inactivity", "days", "0.8000", (3,),
        )  # fmt: skip
        assert told.threshold == {
            "last_active": "2026-03-02", "allowed": "10", "deadline": "2026-03-12T21:00:00Z",
        }  # fmt: skip

    def test_is_not_due_before_its_day_begins(self) -> None:
        account = given(TEN, trading("1"), closing(MONDAY)).account
        account.pass_time(session_open(TENTH) - timedelta(microseconds=1))
        assert not account.pending_events

    def test_is_told_once_however_often_the_time_is_told(self) -> None:
        past = given(TEN, trading("1"), closing(MONDAY), passing(day=TENTH, clock="08:00"))
        past.when(passing(day=TENTH, clock="08:00")).then()
        past.when(passing(day=TENTH, clock="15:00")).then()
        past.when(marking("0.00", day=TENTH)).then()

    def test_is_at_ninety_alone_where_one_day_reaches_both_levels(self) -> None:
        account = given(SEVEN, trading("1"), closing(MONDAY)).account
        passing(day=date(2026, 3, 9), clock="08:00")(account)
        assert warnings_in(account) == [(90, "7", "7", date(2026, 3, 9))]

    def test_counts_to_the_last_session_where_the_last_day_has_none(self) -> None:
        account = given({"inactivity_days": 5}, trading("1"), closing(MONDAY)).account
        passing(day=FRIDAY, clock="08:00")(account)
        assert warnings_in(account) == [(90, "4", "4", FRIDAY)]

    def test_comes_before_the_verdict_in_the_step_that_reveals_both(self) -> None:
        account = given(TEN, trading("1"), closing(MONDAY)).account
        passing(day=date(2026, 3, 16), clock="08:00")(account)
        assert [type(each) for each in account.pending_events] == [
            LimitApproached, LimitApproached, RuleViolated, AccountFailed, TradingDayClosed,
        ]  # fmt: skip
        assert account.state.ended_by == "inactivity"

    def test_comes_before_the_trade_that_is_in_time(self) -> None:
        account = given(TEN, trading("1"), closing(MONDAY)).account
        trading("2", day=TENTH)(account)
        assert [type(each) for each in account.pending_events] == [LimitApproached, TradeRecorded]
        assert account.state.warned == {}


class TestOnceTraded:
    def test_the_days_are_counted_anew(self) -> None:
        past = given(TEN, trading("1"), closing(MONDAY), trading("2", day=TENTH), closing(TENTH))
        passing(day=date(2026, 3, 18), clock="08:00")(past.account)
        assert warnings_in(past.account) == [(80, "8", "10", date(2026, 3, 18))]

    def test_a_trade_that_is_taken_back_leaves_the_days_as_they_were(self) -> None:
        past = given(
            TEN, trading("1"), closing(MONDAY), trading("2", day=TENTH), voiding("2", day=TENTH)
        )
        passing(day=ELEVENTH, clock="08:00")(past.account)
        told = [each for each in past.account.pending_events if isinstance(each, LimitApproached)]
        assert [(each.percent, each.trading_day) for each in told] == [
            (80, TENTH), (90, ELEVENTH),
        ]  # fmt: skip

    def test_nothing_is_told_of_a_limit_that_leaves_no_day(self) -> None:
        past = given({"inactivity_days": 1}, *each_day_until(FRIDAY))
        past.when(closing(FRIDAY)).then(fact(TradingDayClosed))


def test_nothing_is_told_of_an_account_that_passed() -> None:
    rules = {**TEN, "profit_target": "100.00"}
    past = given(rules, trading("1", "125"), closing(MONDAY))
    assert past.account.state.status == "passed"
    past.when(passing(day=TWELFTH)).then()


@pytest.mark.parametrize("allowed", [1, 2, 3, 5, 7, 8, 10, 14, 30, 60])
@pytest.mark.parametrize("since", [MONDAY, TUESDAY, WEDNESDAY, THURSDAY, FRIDAY])
def test_the_days_on_which_to_tell_are_the_first_with_their_share(
    since: date, allowed: int
) -> None:
    last = last_active_day(since, idle_days=allowed)
    assert last is not None
    account = given({"inactivity_days": allowed}, *each_day_until(since)).account
    account.pass_time(session_close(last) - timedelta(seconds=1))
    told = [
        each.trading_day for each in account.pending_events if isinstance(each, LimitApproached)
    ]
    assert told == idle_warning_days(since, idle_days=allowed)
    use = idle_use(account.state, last)
    assert use is not None
    assert (use.left, use.deadline) == (0, session_close(last))
    assert bool(told) == (last > since)

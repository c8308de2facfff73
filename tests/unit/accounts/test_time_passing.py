"""What time alone breaks, and that it does not matter who looks when."""

from datetime import date
from typing import Any, ClassVar

import pytest

from domain.accounts.errors import AccountEnded
from domain.accounts.events import (
    AccountFailed,
    DayLocked,
    DayUnlocked,
    EquityMarked,
    FillRecorded,
    RuleViolated,
    TradeRecorded,
    TradingDayClosed,
)
from domain.accounts.events_warnings import LimitApproached
from domain.market.calendar import session_close
from tests.support.builders import (
    FRIDAY,
    MONDAY,
    THURSDAY,
    TUESDAY,
    WEDNESDAY,
    Command,
    account_of,
    closing,
    filling,
    marking,
    moment,
    passing,
    requesting,
    trading,
    voiding,
)
from tests.support.scenario import fact, given

FLAT = {"session": {"flat_by": "15:10", "effect": "flag"}}
FATAL = {"session": {"flat_by": "15:10"}}
NIGHTS = {"session": {"overnight": "forbidden", "effect": "flag"}}
DEADLINE = moment(MONDAY, "15:10")


class TestADeadline:
    def test_speaks_at_its_own_time_whoever_looks_later(self) -> None:
        given(FLAT, filling("1", quantity=3)).when(passing(clock="15:30")).then(
            fact(
                RuleViolated, at=DEADLINE, rule="flat_by", effect="flag", observed="3", limit="0",
                unit="contracts", subject="MES", trading_day=MONDAY, evidence=(2,),
                threshold={"deadline": "2026-03-02T21:10:00Z", "kind": "held"},
            )
        )  # fmt: skip

    def test_speaks_before_the_input_that_revealed_it(self) -> None:
        past = given(FLAT, filling("1"))
        past.when(filling("2", "sell", clock="15:11")).then(
            fact(RuleViolated, at=DEADLINE), fact(FillRecorded)
        )

    @pytest.mark.parametrize("clock", ["15:09", "15:10"])
    def test_lets_an_exit_up_to_its_instant_through(self, clock: str) -> None:
        past = given(FLAT, filling("1"))
        past.when(filling("2", "sell", clock=clock)).then(fact(FillRecorded))

    def test_speaks_once_a_day(self) -> None:
        past = given(FLAT, filling("1"), passing(clock="15:10"))
        past.when(passing(clock="15:50")).then()
        past.when(passing(day=TUESDAY, clock="15:10")).then(
            fact(TradingDayClosed, trading_day=MONDAY),
            fact(RuleViolated, rule="flat_by", trading_day=TUESDAY, at=moment(TUESDAY, "15:10")),
        )

    def test_says_nothing_twice_or_of_what_has_passed(self) -> None:
        past = given(FLAT, filling("1"), passing(clock="15:30"))
        past.when(passing(clock="15:30")).then()
        past.when(passing(clock="11:00")).then()

    def test_is_that_of_each_product(self) -> None:
        corn = {"symbol": "ZCH6", "price": "450.00"}
        past = given(FLAT, filling("1"), filling("2", **corn))
        past.when(passing(clock="13:30")).then(
            fact(RuleViolated, at=moment(MONDAY, "13:20"), subject="ZC", observed="1")
        )

    def test_leaves_a_late_fill_of_the_open_day_its_place(self) -> None:
        past = given(FLAT, filling("1"), passing(clock="15:30"))
        past.when(filling("2", "sell", clock="15:05")).then(fact(FillRecorded))

    def test_may_lock_the_day(self) -> None:
        rules = {"session": {"flat_by": "15:10", "effect": "lock_day"}}
        past = given(rules, filling("1"))
        past.when(closing(MONDAY)).then(
            fact(RuleViolated, at=DEADLINE),
            fact(DayLocked, at=DEADLINE),
            fact(TradingDayClosed),
            fact(DayUnlocked),
        )

    def test_speaks_to_nobody_who_has_passed_or_failed(self) -> None:
        passed = given({**FATAL, "profit_target": "5.00"}, trading("1", "5"), closing(MONDAY))
        filling("2", day=TUESDAY)(passed.account)
        passed.account.collect_events()
        passed.when(passing(day=TUESDAY)).then()
        failed = given(FATAL, filling("1"), passing())
        failed.when(passing(day=WEDNESDAY)).then()

    def test_is_not_looked_for_before_the_opening(self) -> None:
        given(FLAT).when(lambda account: account.pass_time(moment(date(2026, 2, 20)))).then()


class TestAnEndByTime:
    ENDED = (fact(RuleViolated, at=DEADLINE), fact(AccountFailed, at=DEADLINE, rule="flat_by"))

    @pytest.mark.parametrize(
        "command",
        [
            filling("2", "sell", clock="15:11"), marking("5", clock="15:10"),
            trading("3", exited="15:11"), voiding("1", clock="15:11"),
        ],
        ids=["fill", "mark", "trade", "void"],
    )  # fmt: skip
    def test_is_kept_and_what_came_too_late_is_refused(self, command: Command) -> None:
        past = given(FATAL, filling("1"))
        past.when(command).then_kept_and_refused(AccountEnded, *self.ENDED)

    def test_is_kept_when_it_lies_days_before(self) -> None:
        past = given({"session": {"overnight": "forbidden"}}, filling("1"))
        past.when(closing(WEDNESDAY)).then_kept_and_refused(
            AccountEnded,
            fact(RuleViolated, rule="overnight", at=session_close(MONDAY)),
            fact(AccountFailed),
            fact(TradingDayClosed, trading_day=MONDAY),
        )

    def test_lets_its_own_day_be_closed(self) -> None:
        past = given(FATAL, filling("1"))
        past.when(closing(MONDAY)).then(*self.ENDED, fact(TradingDayClosed))

    def test_is_seen_by_a_request_for_a_payout(self) -> None:
        past = given({**FATAL, "phase": "funded"}, filling("1"))
        assert "not_active" in _reasons(past.when(requesting(day=MONDAY, clock="15:20")).refusal)
        assert past.account.state.status == "active"


def _reasons(refusal: object) -> list[str]:
    return list(getattr(refusal, "facts", {}).get("reasons", ()))


class TestANight:
    def test_is_told_by_the_day_that_ends(self) -> None:
        given(NIGHTS, filling("1", quantity=2)).when(closing(MONDAY)).then(
            fact(
                RuleViolated, rule="overnight", at=session_close(MONDAY), trading_day=MONDAY,
                observed="2", threshold={"deadline": "2026-03-02T22:00:00Z", "kind": "held"},
            ),
            fact(TradingDayClosed),
        )  # fmt: skip

    def test_that_nobody_looked_at_is_told_all_the_same(self) -> None:
        past = given(NIGHTS, filling("1"))
        past.when(passing(day=WEDNESDAY, clock="09:00")).then(
            fact(RuleViolated, trading_day=MONDAY), fact(TradingDayClosed, trading_day=MONDAY),
            fact(RuleViolated, trading_day=TUESDAY), fact(TradingDayClosed, trading_day=TUESDAY),
        )  # fmt: skip

    def test_is_told_of_open_profit_alone(self) -> None:
        given(NIGHTS).when(closing(MONDAY, open_pnl="10")).then(
            fact(EquityMarked), fact(RuleViolated, rule="overnight", observed="1"),
            fact(TradingDayClosed),
        )  # fmt: skip
        given(NIGHTS).when(closing(MONDAY, open_pnl="0")).then(fact(TradingDayClosed))

    def test_of_a_round_trip_is_told_when_it_is_booked(self) -> None:
        trade = trading("1", day=WEDNESDAY, entered_on=MONDAY, quantity=2)
        given(NIGHTS).when(trade).then(
            fact(TradeRecorded),
            fact(
                RuleViolated, rule="overnight", trading_day=WEDNESDAY, observed="2",
                threshold={"deadline": "2026-03-02T22:00:00Z", "kind": "trade"},
            ),
        )  # fmt: skip

    @pytest.mark.parametrize(
        ("forbidden", "told"),
        [
            ({"weekend": "forbidden"}, ["weekend"]),
            ({"overnight": "forbidden"}, ["overnight"]),
            ({"overnight": "forbidden", "weekend": "forbidden"}, ["overnight", "weekend"]),
        ],
    )
    def test_of_a_friday_is_a_weekend_too(self, forbidden: dict[str, str], told: list[str]) -> None:
        past = given({"session": {**forbidden, "effect": "flag"}}, filling("1", day=FRIDAY))
        outcome = past.when(closing(FRIDAY))
        outcome.then(*(fact(RuleViolated, rule=rule) for rule in told), fact(TradingDayClosed))

    def test_within_the_week_is_no_weekend(self) -> None:
        rules = {"session": {"weekend": "forbidden"}}
        past = given(rules, filling("1", day=THURSDAY))
        past.when(closing(THURSDAY)).then(fact(TradingDayClosed))


class TestIdleness:
    RULES: ClassVar[dict[str, Any]] = {"inactivity_days": 7}
    NEXT_MONDAY, NEXT_TUESDAY = date(2026, 3, 9), date(2026, 3, 10)

    def test_ends_the_account_with_its_last_day(self) -> None:
        past = given(self.RULES, trading("1"), closing(MONDAY))
        past.when(passing(day=self.NEXT_TUESDAY, clock="09:00")).then(
            fact(LimitApproached, trading_day=self.NEXT_MONDAY),
            fact(
                RuleViolated, rule="inactivity", effect="fail", observed="7", limit="7",
                unit="days", trading_day=self.NEXT_MONDAY, at=session_close(self.NEXT_MONDAY),
            ),
            fact(AccountFailed),
            fact(TradingDayClosed, trading_day=self.NEXT_MONDAY),
        )  # fmt: skip

    def test_does_not_end_it_within_its_last_day(self) -> None:
        past = given(self.RULES, trading("1"), closing(MONDAY))
        past.when(passing(day=self.NEXT_MONDAY, clock="15:59")).then(fact(LimitApproached))
        past.account.collect_events()
        past.when(trading("2", day=self.NEXT_MONDAY)).then(fact(TradeRecorded))

    def test_counts_from_what_was_taken_back_no_more(self) -> None:
        account = account_of(**self.RULES)
        for command in (trading("1"), closing(MONDAY), trading("2", day=FRIDAY)):
            command(account)
        voiding("2", day=FRIDAY)(account)
        closing(self.NEXT_MONDAY)(account)
        assert (account.state.status, account.state.ended_by) == ("failed", "inactivity")

    def test_whose_limit_ends_on_a_weekend_speaks_on_the_next_day(self) -> None:
        past = given({"inactivity_days": 5}, trading("1"), closing(MONDAY))
        past.when(closing(FRIDAY)).then(fact(LimitApproached), fact(TradingDayClosed))
        past.account.collect_events()
        past.when(trading("2", day=self.NEXT_TUESDAY)).then_kept_and_refused(
            AccountEnded,
            fact(
                RuleViolated, observed="7", limit="5", trading_day=self.NEXT_MONDAY,
                at=session_close(FRIDAY),
            ),
            fact(AccountFailed),
        )  # fmt: skip

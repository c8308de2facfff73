"""Held too short, opened too late, a day too many, too much of the profit lost while open."""

from typing import Any

import pytest

from domain.accounts.events import (
    AccountFailed,
    EquityMarked,
    FillRecorded,
    RuleViolated,
    TradeRecorded,
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
    trading,
)
from tests.support.scenario import fact, given

HOLD = {"minimum_hold_seconds": 300}
FLAT = {"session": {"flat_by": "15:10", "effect": "flag"}}
APEX = {
    "open_loss": {
        "fraction": "0.30",
        "base_at_least": "2500.00",
        "raised_above": "5200.00",
        "raised_fraction": "0.50",
    }
}


class TestAMinimumHold:
    def test_of_a_round_trip_may_be_just_enough(self) -> None:
        given(HOLD).when(trading("1", entered="10:00", exited="10:05")).then(fact(TradeRecorded))

    def test_of_a_round_trip_may_be_too_short(self) -> None:
        given(HOLD).when(trading("1", entered="10:00", exited="10:04")).then(
            fact(TradeRecorded),
            fact(
                RuleViolated, rule="minimum_hold", effect="flag", observed="240", limit="300",
                unit="seconds", subject="MES",
            ),
        )  # fmt: skip

    def test_of_a_fill_is_that_of_the_newest_lot_it_closes(self) -> None:
        past = given(HOLD, filling("1", clock="10:00"), filling("2", clock="10:04"))
        past.when(filling("3", "sell", clock="10:06")).then(fact(FillRecorded))
        past.account.collect_events()
        past.when(filling("4", "sell", clock="10:07")).then(
            fact(FillRecorded), fact(RuleViolated, observed="180")
        )

    def test_of_what_is_told_out_of_order_is_none(self) -> None:
        past = given(HOLD, filling("1", clock="10:00"))
        past.when(filling("2", "sell", clock="09:59")).then(
            fact(FillRecorded), fact(RuleViolated, observed="0")
        )

    def test_speaks_of_each_position(self) -> None:
        past = given(HOLD, trading("1", entered="10:00", exited="10:01"))
        past.when(trading("2", entered="10:02", exited="10:03")).then(
            fact(TradeRecorded), fact(RuleViolated, rule="minimum_hold")
        )


class TestOpeningTooLate:
    @pytest.mark.parametrize("clock", ["15:10", "15:59", "16:30"])
    def test_breaks_the_deadline_until_the_next_session(self, clock: str) -> None:
        given(FLAT).when(filling("1", clock=clock)).then(
            fact(FillRecorded), fact(RuleViolated, rule="flat_by", observed="1", subject="MES")
        )

    def test_is_over_with_the_next_session(self) -> None:
        given(FLAT).when(filling("1", clock="17:00")).then(fact(FillRecorded))

    def test_is_no_fault_of_a_fill_that_only_closes(self) -> None:
        past = given(FLAT, filling("1", clock="15:20", quantity=2))
        past.when(filling("2", "sell", clock="15:21")).then(fact(FillRecorded))

    def test_is_the_fault_of_a_fill_that_turns_a_position_round(self) -> None:
        past = given({**FLAT, "news": {"minutes_before": 1, "minutes_after": 1}}, filling("1"))
        past.when(filling("2", "sell", clock="15:10", quantity=3)).then(
            fact(FillRecorded), fact(RuleViolated, rule="flat_by", observed="2")
        )

    @pytest.mark.parametrize(
        ("entered", "exited", "kind"),
        [("15:00", "15:11", "closed"), ("15:10", "15:10", "opened"), ("15:20", "15:30", "opened")],
    )
    def test_or_holding_too_long_is_told_of_a_round_trip(
        self, entered: str, exited: str, kind: str
    ) -> None:
        outcome = given(FLAT).when(trading("1", entered=entered, exited=exited))
        outcome.then(
            fact(TradeRecorded),
            fact(
                RuleViolated, rule="flat_by",
                threshold={"deadline": "2026-03-02T21:10:00Z", "kind": kind},
            ),
        )  # fmt: skip

    def test_shows_in_open_profit_where_no_fills_are_told(self) -> None:
        past = given(FLAT, marking("50", clock="15:00"))
        past.when(marking("20", clock="15:10")).then(
            fact(EquityMarked, reason="crossing"), fact(RuleViolated, rule="flat_by", observed="1")
        )
        past.account.collect_events()
        past.when(marking("30", clock="15:12")).then()

    def test_does_not_show_in_no_open_profit(self) -> None:
        past = given(FLAT, marking("50", clock="15:00"))
        past.when(marking("0", clock="15:12")).then()


class TestMaximumTradingDays:
    RULES = {"maximum_trading_days": 2}  # noqa: RUF012

    def test_end_the_account_with_the_day_after(self) -> None:
        past = given(self.RULES, trading("1"), trading("2", day=TUESDAY))
        past.when(trading("3", day=TUESDAY)).then(fact(TradeRecorded))
        past.account.collect_events()
        closing(TUESDAY)(past.account)
        past.account.collect_events()
        past.when(filling("4", day=WEDNESDAY)).then(
            fact(FillRecorded),
            fact(
                RuleViolated, rule="maximum_trading_days", effect="fail", observed="3", limit="2",
                unit="days",
            ),
            fact(AccountFailed, rule="maximum_trading_days"),
        )  # fmt: skip


class TestOpenLoss:
    @pytest.mark.parametrize(
        ("profit", "loss", "within"),
        [
            ("0", "-750", True), ("0", "-750.01", False), ("-900", "-750", True),
            ("4000", "-1200", True), ("4000", "-1200.01", False), ("5200", "-1560.01", False),
            ("5300", "-2650", True), ("5300", "-2650.0001", False),
        ],
    )  # fmt: skip
    def test_goes_by_the_profit_of_the_last_close(
        self,
        profit: str,
        loss: str,
        within: bool,  # noqa: FBT001
    ) -> None:
        past = given(APEX, earning(profit), closing(MONDAY))
        broken = fact(RuleViolated, rule="open_loss", effect="flag", unit="USD")
        near = fact(LimitApproached, rule="open_loss", percent=90, used="1.0000")
        outcome = past.when(marking(loss, day=TUESDAY))
        outcome.then(fact(EquityMarked, reason="crossing"), near if within else broken)

    def test_is_told_once_a_day(self) -> None:
        past = given(APEX, marking("-800"))
        past.when(marking("-900")).then(fact(EquityMarked))

    def test_says_how_it_came_to_be(self) -> None:
        given(APEX).when(marking("-750.01")).then(
            fact(EquityMarked),
            fact(
                RuleViolated, observed="-750.01", limit="-750.00",
                threshold={
                    "profit_at_start": "0.00", "base": "2500.00", "fraction": "0.3",
                    "allowance": "750.00",
                },
            ),
        )  # fmt: skip

    @pytest.mark.parametrize(("effect", "status"), [("fail", "failed"), ("lock_day", "locked")])
    def test_may_do_more_than_flag(self, effect: str, status: str) -> None:
        rules: dict[str, Any] = {"open_loss": {"fraction": "0.30", "effect": effect}}
        assert given(rules, marking("-0.01")).account.state.status == status

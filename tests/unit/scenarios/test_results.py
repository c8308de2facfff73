"""The result of a step: every figure of the format, and what it means."""

from typing import Any

import pytest

from tests.unit.scenarios.samples import (
    EQUITY,
    ES_FILL,
    ES_TRADE,
    ORDER,
    PAYOUT,
    results_of,
)

KEYS = {
    "step", "status", "balance", "equity", "floor", "daily_loss_left", "net_profit", "best_day",
    "trading_days", "winning_days", "trading_day", "consistency", "target", "violations", "order",
    "payout", "ignored",
}  # fmt: skip
FAIL = {"max_loss": {"mode": "static", "amount": "1000.00"}}
LOCK = {"daily_loss": {"amount": "1000.00", "effect": "lock_day"}}


def day(date: str, net: str, **more: Any) -> dict[str, Any]:
    return {"day": {"date": date, "net_pnl": net, **more}}


def equity(pnl: str, at: str = "2026-03-02T10:00:00-06:00") -> dict[str, Any]:
    return {"equity": {"open_pnl": pnl, "at": at}}


def order(at: str, symbol: str = "ESH6", quantity: int = 1) -> dict[str, Any]:
    return {"order": {"symbol": symbol, "side": "buy", "quantity": quantity, "at": at}}


def test_a_result_has_every_key_of_the_format() -> None:
    (result,) = results_of({"trade": ES_TRADE})
    assert set(result) == KEYS


def test_a_pack_without_rules_leaves_their_figures_null() -> None:
    (result,) = results_of(equity("5.00"))
    nulls = ("floor", "daily_loss_left", "consistency", "target", "order", "payout")
    assert [result[key] for key in nulls] == [None] * len(nulls)


def test_a_trade_is_booked_net_of_fees() -> None:
    (result,) = results_of({"trade": ES_TRADE})
    assert (result["balance"], result["net_profit"], result["trading_days"]) == (
        "50047.50", "47.50", 1,
    )  # fmt: skip


def test_a_mark_between_the_extremes_is_shown_all_the_same() -> None:
    *_, result = results_of(equity("500.00"), equity("100.00"))
    assert result["equity"] == "50100.00"


def test_the_trading_day_is_the_one_of_the_steps_own_time() -> None:
    sunday, monday = results_of(
        equity("1.00", "2026-03-01T17:05:00-06:00"), equity("2.00", "2026-03-02T17:00:00-06:00")
    )
    assert (sunday["trading_day"], monday["trading_day"]) == ("2026-03-02", "2026-03-03")


def test_an_account_may_be_opened_by_a_step_of_the_weekend() -> None:
    before, after = results_of(
        equity("1.00", "2026-03-08T16:59:59-05:00"), equity("2.00", "2026-03-08T17:00:00-05:00")
    )
    assert (before["trading_day"], after["trading_day"]) == ("2026-03-09", "2026-03-09")


def test_the_extremes_of_a_day_come_low_first() -> None:
    rules = {"max_loss": {"mode": "intraday_trailing", "amount": "1000.00"}}
    kept, failed = results_of(
        day("2026-03-02", "0.00", low="49000.01", high="50999.00"),
        day("2026-03-03", "0.00", low="49999.00"),
        **rules,
    )
    assert (kept["status"], kept["floor"]) == ("active", "49999.00")
    assert failed["violations"] == [
        {"rule": "max_loss", "effect": "fail", "observed": "49999.00", "limit": "49999.00"}
    ]


def test_a_day_that_fails_on_its_low_realises_nothing_more() -> None:
    (result,) = results_of(day("2026-03-02", "700.00", low="49000.00"), **FAIL)
    assert (result["status"], result["balance"]) == ("failed", "50000.00")


def test_violations_speak_of_the_step_alone() -> None:
    first, second = results_of(equity("-1000.00"), equity("-1100.00"), **LOCK)
    assert ([each["rule"] for each in first["violations"]], second["violations"]) == (
        ["daily_loss"], [],
    )  # fmt: skip


def test_a_failed_account_takes_no_further_steps() -> None:
    failed, ignored, asked, paid = results_of(
        equity("-1000.00"), {"trade": ES_TRADE}, {"order": ORDER}, {"payout": PAYOUT}, **FAIL
    )
    assert failed["ignored"] is False
    assert [step["ignored"] for step in (ignored, asked, paid)] == [True] * 3
    assert ignored["balance"] == "50000.00"
    assert asked["order"] == {"accepted": False, "reasons": ["not_active"]}
    assert "not_active" in paid["payout"]["reasons"]
    assert (paid["payout"]["allowed"], paid["payout"]["maximum"]) == (False, "0.00")


class TestTheNextSession:
    MONDAY = "2026-03-02T10:01:00-06:00"
    TUESDAY = "2026-03-03T10:00:00-06:00"

    def test_begins_without_the_lock_of_the_day_before(self) -> None:
        _, locked, free = results_of(
            equity("-1000.00"), order(self.MONDAY), order(self.TUESDAY), **LOCK
        )
        assert (locked["status"], locked["order"]["reasons"]) == ("locked", ["locked"])
        assert (free["status"], free["order"]["reasons"]) == ("active", [])

    def test_counts_the_day_before_in_a_payout(self) -> None:
        rules = {
            "phase": "funded",
            "payout": {"winning_days": {"threshold": "40.00", "required": 1}},
        }
        payout = {"payout": {"amount": "10.00", "at": self.TUESDAY}}
        *_, result = results_of({"trade": ES_TRADE}, payout, **rules)
        assert result["payout"]["allowed"] is True
        assert (result["winning_days"], result["best_day"]) == (1, "47.50")

    def test_begins_with_the_open_profit_that_was_told_last(self) -> None:
        rules = {"daily_loss": {"amount": "9.00", "effect": "fail", "from": "day_start_equity"}}
        steps = [
            {"fill": {**ES_FILL, "fees": "0.00"}},
            equity("8.00", "2026-03-02T10:01:00-06:00"),
            equity("3.00", "2026-03-02T10:02:00-06:00"),
        ]
        *_, closed, later = results_of(
            *steps, {"close": {"date": "2026-03-02"}}, equity("-1.00", self.TUESDAY), **rules
        )
        assert (closed["equity"], closed["daily_loss_left"]) == ("50003.00", "9.00")
        assert later["daily_loss_left"] == "5.00"
        *_, by_itself = results_of(*steps, equity("-1.00", self.TUESDAY), **rules)
        assert by_itself["daily_loss_left"] == "5.00"


@pytest.mark.parametrize("pay", [True, False])
def test_a_paid_request_lowers_the_balance_by_its_amount(pay: bool) -> None:  # noqa: FBT001
    payout = {"amount": "20.00", "at": "2026-03-03T10:00:00-06:00", "pay": pay}
    *_, result = results_of(day("2026-03-02", "50.00"), {"payout": payout}, phase="funded")
    assert result["balance"] == ("50030.00" if pay else "50050.00")
    assert result["net_profit"] == "50.00"
    assert result["payout"]["process_on"] == "2026-03-03"


def test_a_void_takes_a_trade_out_of_the_books() -> None:
    void = {"void": {"id": "1", "at": "2026-03-02T11:00:00-06:00"}}
    *_, result = results_of({"trade": ES_TRADE}, void)
    assert (result["balance"], result["trading_days"]) == ("50000.00", 0)


def test_a_repeated_trade_changes_nothing() -> None:
    first, second = results_of({"trade": ES_TRADE}, {"trade": ES_TRADE})
    assert {**first, "step": 1} == second


def test_a_release_changes_nothing() -> None:
    news = {"title": "CPI", "at": EQUITY["at"], "impact": "low", "symbols": ["ES"]}
    (result,) = results_of({"news": news})
    assert (result["balance"], result["violations"]) == ("50000.00", [])


@pytest.mark.parametrize(
    "step",
    [
        order("2026-03-03T10:00:00-06:00"),
        {"news": {"title": "CPI", "at": "2026-03-03T07:30:00-06:00", "impact": "high"}},
    ],
)
def test_a_question_of_the_next_day_changes_nothing(step: dict[str, Any]) -> None:
    asked, _, late = results_of({"trade": ES_TRADE}, step, {"trade": {**ES_TRADE, "id": "9"}})
    assert (asked["balance"], late["balance"]) == ("50047.50", "50095.00")

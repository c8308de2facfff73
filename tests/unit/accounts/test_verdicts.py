"""What crossing a floor does: the violation, its witness, and what follows from it."""

import pytest

from domain.accounts.errors import AccountEnded
from domain.accounts.events import (
    AccountFailed,
    DayLocked,
    DayUnlocked,
    EquityMarked,
    ResultRecorded,
    RuleViolated,
    TradeRecorded,
    TradingDayClosed,
)
from domain.accounts.judging import daily_floor_of, floor_of
from domain.accounts.standing import standing_of
from domain.market.calendar import session_open
from domain.money import USD
from tests.support.builders import (
    FRIDAY,
    MONDAY,
    TUESDAY,
    Command,
    closing,
    earning,
    filling,
    marking,
    pack_of,
    trading,
)
from tests.support.scenario import fact, given

EOD = {"max_loss": {"mode": "eod_trailing", "amount": "2000.00", "lock_at": "50000.00"}}
LOCK = {"daily_loss": {"amount": "1000.00", "effect": "lock_day"}}
FAIL = {"daily_loss": {"amount": "1000.00", "effect": "fail"}}


class TestMaxLoss:
    def test_the_verdict_holds_its_witness(self) -> None:
        past = given(EOD, earning("500"), closing(MONDAY))
        account = past.when(trading("1", "-2000", day=TUESDAY)).then(
            fact(TradeRecorded),
            fact(
                RuleViolated,
                rule="max_loss",
                effect="fail",
                observed="48500.00",
                limit="48500.00",
                threshold={
                    "mode": "eod_trailing",
                    "basis": "equity",
                    "breach": "at_or_below",
                    "peak": "50500.00",
                    "allowance": "2000.00",
                    "lock_at": "50000.00",
                },
                evidence=(3, 4),
                trading_day=TUESDAY,
            ),
            fact(AccountFailed, rule="max_loss", evidence=(5,)),
        )
        assert account.state.ended_by == "max_loss"

    @pytest.mark.parametrize(("breach", "status"), [("at_or_below", "failed"), ("below", "active")])
    def test_the_operator_is_the_packs(self, breach: str, status: str) -> None:
        rules = {"max_loss": {"mode": "static", "amount": "2000.00", "breach": breach}}
        assert given(rules, trading("1", "-2000")).account.state.status == status

    @pytest.mark.parametrize(
        ("mode", "floors"),
        [
            ("static", ["48000.00", "48000.00", "48000.00"]),
            ("eod_trailing", ["48000.00", "48000.00", "48500.00"]),
            ("intraday_trailing", ["48700.00", "48700.00", "48700.00"]),
            ("realised_trailing", ["48000.00", "48500.00", "48500.00"]),
        ],
    )
    def test_each_mode_follows_its_own_peak(self, mode: str, floors: list[str]) -> None:
        account = given({"max_loss": {"mode": mode, "amount": "2000.00"}}).account
        seen = []
        for command in (marking("700"), earning("500"), closing(MONDAY)):
            command(account)
            seen.append(str(floor_of(account.state)))
        assert seen == floors

    def test_a_fraction_of_the_peak_is_rounded_so_that_the_floor_errs_low(self) -> None:
        rules = {"max_loss": {"mode": "eod_trailing", "fraction_of_peak": "0.03"}}
        account = given(rules, earning("0.0001"), closing(MONDAY)).account
        assert str(floor_of(account.state)) == "48500.00"

    def test_the_floor_never_rises_above_its_lock(self) -> None:
        account = given(EOD, earning("7500"), closing(MONDAY)).account
        assert str(floor_of(account.state)) == "50000.00"


class TestDailyLoss:
    def test_a_soft_limit_locks_the_day_and_says_until_when(self) -> None:
        account = (
            given(LOCK)
            .when(trading("1", "-1000"))
            .then(
                fact(TradeRecorded),
                fact(RuleViolated, rule="daily_loss", effect="lock_day", observed="49000.00"),
                fact(DayLocked, rule="daily_loss", until=session_open(TUESDAY), evidence=(3,)),
            )
        )
        assert account.state.status == "locked"
        assert standing_of(account.state).daily_loss_left == USD(0)

    def test_a_hard_limit_fails_the_account(self) -> None:
        given(FAIL).when(trading("1", "-1000")).then(
            fact(TradeRecorded),
            fact(RuleViolated, rule="daily_loss", effect="fail", limit="49000.00"),
            fact(AccountFailed, rule="daily_loss"),
        )

    def test_a_locked_day_is_not_locked_again(self) -> None:
        given(LOCK, marking("-1000")).when(marking("-1200")).then(fact(EquityMarked, reason="low"))

    def test_the_next_session_unlocks_with_the_whole_limit(self) -> None:
        past = given(LOCK, trading("1", "-1000"))
        account = past.when(closing(MONDAY)).then(
            fact(TradingDayClosed), fact(DayUnlocked, trading_day=MONDAY)
        )
        assert account.state.status == "active"
        assert standing_of(account.state).daily_loss_left == USD.of("1000")

    def test_a_later_trade_ends_the_locked_day_by_itself(self) -> None:
        past = given(LOCK, trading("1", "-1000"))
        past.when(trading("2", "50", day=FRIDAY)).then(
            fact(TradingDayClosed), fact(DayUnlocked), fact(TradeRecorded)
        )

    @pytest.mark.parametrize(
        ("measured_from", "floor"),
        [
            ("day_start_balance", "49500.00"),
            ("day_start_equity", "49700.00"),
            ("highest_close", "50000.00"),
        ],
    )
    def test_the_limit_is_measured_from_where_the_pack_says(
        self, measured_from: str, floor: str
    ) -> None:
        rules = {"daily_loss": {"amount": "1000.00", "effect": "fail", "from": measured_from}}
        past = (
            earning("1000"), closing(MONDAY), trading("1", "-500", day=TUESDAY),
            filling("2", day=TUESDAY), closing(TUESDAY, open_pnl="200"),
        )  # fmt: skip
        assert str(daily_floor_of(given(rules, *past).account.state)) == floor

    def test_a_fraction_is_taken_of_the_start_of_the_day(self) -> None:
        rules = {"daily_loss": {"fraction_of_day_start": "0.02", "effect": "fail"}}
        assert str(daily_floor_of(given(rules).account.state)) == "49000.00"

    def test_another_rule_that_locked_the_day_does_not_hide_the_daily_loss(self) -> None:
        limits = {"per_symbol": {"MES": 1}, "effect": "lock_day"}
        past = given({**LOCK, "position_limits": limits}, filling("1", quantity=2))
        assert past.account.state.status == "locked"
        past.when(marking("-1000")).then(
            fact(EquityMarked, reason="crossing"), fact(RuleViolated, rule="daily_loss")
        )


class TestTwoFloors:
    RULES = {**FAIL, "max_loss": {"mode": "static", "amount": "1500.00"}}  # noqa: RUF012

    def test_both_are_pronounced_and_the_one_crossed_first_fails_the_account(self) -> None:
        given(self.RULES).when(trading("1", "-1600")).then(
            fact(TradeRecorded),
            fact(RuleViolated, rule="daily_loss", limit="49000.00"),
            fact(RuleViolated, rule="max_loss", limit="48500.00"),
            fact(AccountFailed, rule="daily_loss"),
        )

    def test_a_soft_and_a_hard_one_together_fail_the_account(self) -> None:
        rules = {**LOCK, "max_loss": {"mode": "static", "amount": "1500.00"}}
        given(rules).when(trading("1", "-1600")).then(
            fact(TradeRecorded),
            fact(RuleViolated, rule="daily_loss"),
            fact(RuleViolated, rule="max_loss"),
            fact(AccountFailed, rule="max_loss"),
        )

    def test_a_locked_account_still_fails_by_the_other_floor(self) -> None:
        rules = {**LOCK, "max_loss": {"mode": "static", "amount": "1500.00"}}
        given(rules, marking("-1000")).when(marking("-1500")).then(
            fact(EquityMarked, reason="crossing"),
            fact(RuleViolated, rule="max_loss"),
            fact(AccountFailed),
        )


class TestAFailedAccount:
    @pytest.mark.parametrize(
        "command",
        [
            trading("2"), filling("3"), marking("-9000"), earning("5"), closing(TUESDAY),
            trading("4", day=FRIDAY),
        ],
    )  # fmt: skip
    def test_takes_no_more(self, command: Command) -> None:
        past = given(FAIL, trading("1", "-1000"))
        past.when(command).then_refused(AccountEnded, rule="daily_loss")

    def test_still_closes_the_books_of_its_last_day_once(self) -> None:
        past = given(FAIL, trading("1", "-1000"))
        past.when(closing(MONDAY)).then(fact(TradingDayClosed, net_units=-10_000_000))
        past.account.collect_events()
        past.when(closing(MONDAY)).then()

    def test_takes_a_repeated_report_calmly(self) -> None:
        given(FAIL, trading("1", "-1000")).when(trading("1", "-1000")).then()


def test_a_pack_without_rules_judges_nothing() -> None:
    past = given({}, earning("-60000"))
    past.when(earning("-1", TUESDAY)).then(fact(TradingDayClosed), fact(ResultRecorded))
    assert pack_of().max_loss is None

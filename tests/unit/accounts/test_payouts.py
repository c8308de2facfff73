"""Payouts: what is asked, each reason against it, and what a paid one changes."""

from datetime import date
from typing import Any

import pytest

from domain.accounts.errors import (
    AccountEnded,
    AlreadyRecordedDifferently,
    PayoutRefused,
    PayoutUnknown,
)
from domain.accounts.events import TradingDayClosed
from domain.accounts.events_payouts import PayoutPaid, PayoutRequested
from domain.accounts.judging import daily_floor_of, floor_of
from domain.accounts.payouts import answer_request, process_on
from domain.money import USD
from tests.support.builders import (
    FRIDAY,
    MONDAY,
    THURSDAY,
    TUESDAY,
    WEDNESDAY,
    Command,
    account_of,
    approving,
    closing,
    earning,
    filling,
    moment,
    paying,
    requesting,
    trading,
)
from tests.support.scenario import fact, given

EARNED = (earning("4000"), closing(MONDAY))


def funded(**payout: Any) -> dict[str, Any]:
    return {"phase": "funded", "payout": payout}


class TestRequest:
    def test_an_allowed_amount_is_reserved(self) -> None:
        shares = [{"from_payout": 1, "share": "0.90"}]
        rules = funded(fraction_of_profit="0.50", trader_share=shares, cutoff="14:00")
        account = (
            given(rules, *EARNED)
            .when(requesting("p", "1500"))
            .then(
                fact(
                    PayoutRequested,
                    payout_id="p",
                    amount_units=15_000_000,
                    maximum_units=20_000_000,
                    trader_share_units=13_500_000,
                    process_on=TUESDAY,
                    trading_day=TUESDAY,
                )
            )
        )
        assert account.state.balance == USD.of("54000")

    def test_a_payout_id_seen_before_changes_nothing(self) -> None:
        past = given(funded(), *EARNED, requesting("p", "500"))
        past.when(requesting("p", "500")).then()

    def test_a_payout_id_of_another_amount_is_refused(self) -> None:
        past = given(funded(), *EARNED, requesting("p", "500"))
        past.when(requesting("p", "600")).then_refused(AlreadyRecordedDifferently, id="p")

    def test_a_request_of_the_next_day_ends_the_open_one_and_counts_it(self) -> None:
        rules = funded(winning_days={"threshold": "150.00", "required": 1})
        past = given(rules, earning("4000"))
        past.when(requesting("p", "500")).then(
            fact(TradingDayClosed, trading_day=MONDAY), fact(PayoutRequested)
        )

    def test_a_refused_request_leaves_the_open_day_open(self) -> None:
        past = given(funded(minimum="600.00"), earning("4000"))
        past.when(requesting("p", "500")).then_refused(PayoutRefused, reasons=["below_minimum"])
        assert past.account.state.session is not None

    def test_a_failed_account_is_refused(self) -> None:
        rules = {**funded(), "daily_loss": {"amount": "1.00", "effect": "fail"}}
        given(rules, *EARNED, trading("1", "-5", day=TUESDAY)).when(requesting()).then_refused(
            AccountEnded
        )


@pytest.mark.parametrize(
    ("rules", "past", "amount", "reasons", "maximum"),
    [
        ({}, EARNED, "500", ["not_funded"], "0.00"),
        (funded(), (earning("-5"), closing(MONDAY)), "500", ["no_profit"], "0.00"),
        (funded(), (*EARNED, filling("1", day=TUESDAY)), "500", ["open_positions"], "0.00"),
        (funded(), (*EARNED, requesting("x", "9")), "500", ["payout_pending"], "0.00"),
        (funded(minimum="501.00"), EARNED, "500", ["below_minimum"], "4000.00"),
        (funded(minimum="4001.00"), EARNED, "500", ["below_minimum"], "0.00"),
        (funded(cap_per_payout="499.99"), EARNED, "500", ["above_maximum"], "499.99"),
        (funded(buffer="4000.00"), EARNED, "500", ["buffer"], "0.00"),
        (funded(buffer="3501.00"), EARNED, "500", ["above_maximum"], "499.00"),
        (
            funded(winning_days={"threshold": "4000.01", "required": 1}),
            EARNED, "500", ["winning_days"], "0.00",
        ),
        (funded(minimum_trading_days=2), EARNED, "500", ["trading_days"], "0.00"),
        (funded(consistency={"limit": "0.99"}), EARNED, "500", ["consistency"], "0.00"),
        (funded(day_profit="500.00"), EARNED, "500", ["day_profit"], "0.00"),
        (
            funded(count_per_month=1),
            (*EARNED, requesting("x", "9"), approving("x"), paying("x")),
            "500", ["month_count"], "0.00",
        ),
        (
            funded(cap_per_month="509.00"),
            (*EARNED, requesting("x", "9.01"), approving("x"), paying("x")),
            "500", ["month_cap"], "499.99",
        ),
        (
            funded(minimum_trading_days=2, consistency={"limit": "0.5"}),
            EARNED, "500", ["trading_days", "consistency"], "0.00",
        ),
    ],
)  # fmt: skip
def test_each_reason_against_a_payout_is_named(
    rules: dict[str, Any],
    past: tuple[Command, ...],
    amount: str,
    reasons: list[str],
    maximum: str,
) -> None:
    outcome = given(rules, *past).when(requesting("p", amount, clock="12:00"))
    outcome.then_refused(PayoutRefused, reasons=reasons, maximum=maximum)


@pytest.mark.parametrize("amount", ["0", "-5"])
def test_nothing_is_no_payout(amount: str) -> None:
    given(funded(), *EARNED).when(requesting("p", amount)).then_refused(
        PayoutRefused, reasons=["below_minimum"]
    )


def test_profit_of_the_day_waives_the_winning_days() -> None:
    rules = funded(day_profit="500.00", winning_days={"threshold": "150.00", "required": 5})
    past = given(rules, *EARNED, earning("500", TUESDAY))
    past.when(requesting(clock="13:00")).then(fact(PayoutRequested))


class TestPayment:
    def test_a_reserved_amount_leaves_the_account(self) -> None:
        past = given(funded(), *EARNED, requesting("p", "1500"), approving("p"))
        account = past.when(paying("p")).then(
            fact(PayoutPaid, payout_id="p", amount_units=15_000_000, trading_day=TUESDAY)
        )
        assert account.state.balance == USD.of("52500")
        assert account.state.net_profit == USD.of("4000")

    def test_paying_again_changes_nothing(self) -> None:
        past = given(funded(), *EARNED, requesting("p"), approving("p"), paying("p"))
        past.when(paying("p")).then()

    def test_an_unknown_payout_is_refused(self) -> None:
        given(funded(), *EARNED).when(paying("p")).then_refused(PayoutUnknown, payout_id="p")

    def test_it_is_no_loss_of_the_day(self) -> None:
        rules = {**funded(), "daily_loss": {"amount": "1000.00", "effect": "fail"}}
        account = given(
            rules, *EARNED, requesting("p", "3000"), approving("p"), paying("p")
        ).account
        assert (account.state.status, account.state.day_net) == ("active", USD(0))
        assert daily_floor_of(account.state) == USD.of("50000")

    def test_every_counter_starts_again(self) -> None:
        rules = funded(winning_days={"threshold": "150.00", "required": 1})
        account = given(rules, *EARNED, requesting("p"), approving("p"), paying("p")).account
        assert account.state.winning_days == 0
        assert account.state.trading_days == 1
        assert answer_request(
            account.state, amount=USD.of("500"), at=moment(WEDNESDAY)
        ).reasons == ("winning_days",)

    def test_the_first_one_moves_the_floor_for_good(self) -> None:
        loss = {"mode": "static", "amount": "2500.00", "after_first_payout": "starting_balance"}
        past = given(
            {**funded(), "max_loss": loss},
            *EARNED,
            requesting("p", "2000"),
            approving("p"),
            paying("p"),
        )
        assert floor_of(past.account.state) == USD.of("50000")
        trading("1", "-2000", day=WEDNESDAY)(past.account)
        assert past.account.state.status == "failed"

    def test_a_new_month_begins_its_own_counts(self) -> None:
        rules = funded(count_per_month=1, cap_per_month="100.00")
        past = given(rules, *EARNED, requesting("p", "100"), approving("p"), paying("p"))
        past.when(requesting("q", "100", day=date(2026, 4, 1))).then(fact(PayoutRequested))


class TestTheTradersShare:
    @staticmethod
    def of(amounts: list[str], **payout: Any) -> list[str]:
        account = account_of(**funded(**payout))
        for command in (earning("30000"), closing(MONDAY)):
            command(account)
        shares = []
        for number, amount in enumerate(amounts):
            requesting(f"p{number}", amount)(account)
            shares.append(account.state.payouts.pending[f"p{number}"].trader_share)
            approving(f"p{number}")(account)
            paying(f"p{number}")(account)
        return [str(share) for share in shares]

    def test_it_may_depend_on_the_number_of_the_payout(self) -> None:
        steps = [{"from_payout": 2, "share": "0.80"}, {"from_payout": 1, "share": "0.90"}]
        assert self.of(["1000", "1000", "1000"], trader_share=steps) == [
            "900.00", "800.00", "800.00",
        ]  # fmt: skip

    def test_it_may_depend_on_all_that_was_withdrawn(self) -> None:
        bands = [{"up_to_total": "2500.00", "share": "1"}, {"share": "0.90"}]
        assert self.of(["2000", "1000", "1000"], share_bands=bands) == [
            "2000.00", "950.00", "900.00",
        ]  # fmt: skip

    def test_parts_of_a_cent_stay_with_the_firm(self) -> None:
        steps = [{"from_payout": 1, "share": "0.90"}]
        assert self.of(["100.09"], trader_share=steps) == ["90.08"]

    def test_without_a_share_all_of_it_is_the_traders(self) -> None:
        assert self.of(["1000"]) == ["1000.00"]


@pytest.mark.parametrize(
    ("day", "clock", "expected"),
    [
        (TUESDAY, "13:59", TUESDAY),
        (TUESDAY, "14:00", TUESDAY),
        (TUESDAY, "14:00:01", WEDNESDAY),
        (FRIDAY, "14:01", date(2026, 3, 9)),
        (date(2026, 3, 7), "09:00", date(2026, 3, 9)),
        (THURSDAY, "23:30", FRIDAY),
    ],
)
def test_a_request_is_handled_on_its_business_day(day: date, clock: str, expected: date) -> None:
    state = account_of(**funded(cutoff="14:00")).state
    assert process_on(state, moment(day, clock)) == expected

"""What may be decided about a payout, and what each decision frees, keeps and says."""

from collections.abc import Callable
from typing import Any

import pytest

from domain.accounts.account import TradingAccount
from domain.accounts.errors import (
    AlreadyRecordedDifferently,
    BeforeOpening,
    PayoutRefused,
    PayoutStatusForbids,
    PayoutUnknown,
    TooManyPayouts,
)
from domain.accounts.events import AccountFailed, RuleViolated, TradingDayClosed
from domain.accounts.events_payouts import (
    PayoutApproved,
    PayoutPaid,
    PayoutRequested,
)
from domain.accounts.payout_book import PAYOUTS_MAX
from domain.accounts.payouts import answer_request
from domain.money import USD
from tests.support.builders import (
    MONDAY,
    OPENED,
    TUESDAY,
    WEDNESDAY,
    Command,
    approving,
    cancelling,
    closing,
    earning,
    moment,
    paying,
    rejecting,
    requesting,
    trading,
)
from tests.support.scenario import Past, fact, given

EARNED = (earning("4000"), closing(MONDAY))
LOSING: dict[str, Any] = {"max_loss": {"mode": "static", "amount": "2000.00"}}
FAILING = trading("t", "-6000", day=TUESDAY, entered="12:00", exited="12:05")


def funded(**payout: Any) -> dict[str, Any]:
    return {"phase": "funded", "payout": payout}


def asked(*more: Command, amount: str = "500", **rules: Any) -> Past:
    """An account with 4,000 of profit, some of it asked for as `p-1`."""
    return given({**funded(), **rules}, *EARNED, requesting("p-1", amount), *more)


class TestApproval:
    def test_records_what_covered_the_amount(self) -> None:
        (approved,) = asked().when(approving()).then(
            fact(
                PayoutApproved,
                payout_id="p-1",
                amount_units=5_000_000,
                maximum_units=40_000_000,
                trading_day=TUESDAY,
                evidence=(4,),
            )
        ).pending_events  # fmt: skip
        assert isinstance(approved, PayoutApproved)
        assert approved.rules[-1] == {
            "rule": "above_maximum", "current": "500.00", "required": "4000.00", "unit": "USD",
            "met": "true",
        }  # fmt: skip

    def test_of_an_approved_or_paid_one_changes_nothing(self) -> None:
        asked(approving()).when(approving()).then()
        asked(approving(), paying()).when(approving()).then()

    def test_of_what_is_no_longer_there_is_refused_with_its_table(self) -> None:
        lost = trading("t", "-3600", day=TUESDAY, entered="10:10", exited="10:15")
        past = asked(lost)
        past.when(approving()).then_refused(
            PayoutRefused, reasons=["above_maximum"], maximum="0.00"
        )
        assert past.account.state.payouts.pending["p-1"].status == "requested"

    def test_of_a_failed_account_is_refused(self) -> None:
        asked(FAILING, **LOSING).when(approving(clock="13:00")).then_refused(
            PayoutRefused, reasons=["not_active", "above_maximum"]
        )

    def test_of_the_next_day_ends_the_open_one_first(self) -> None:
        past = asked(earning("100", TUESDAY))
        past.when(approving(day=WEDNESDAY)).then(
            fact(TradingDayClosed, trading_day=TUESDAY),
            fact(PayoutApproved, trading_day=WEDNESDAY),
        )

    def test_sees_the_floor_that_the_open_day_raises_at_its_close(self) -> None:
        rules: dict[str, Any] = {"max_loss": {"mode": "eod_trailing", "amount": "2000.00"}}
        risen = (earning("3000", TUESDAY), closing(TUESDAY))
        fallen = trading("t", "-1500", day=WEDNESDAY, entered="10:10", exited="10:15")
        past = asked(*risen, fallen, amount="1000", **rules)
        past.when(approving(day=WEDNESDAY, clock="11:00")).then_refused(
            PayoutRefused, reasons=["above_maximum"], maximum="0.00"
        )


class TestPayment:
    def test_keeps_the_reference_of_whoever_paid(self) -> None:
        asked(approving()).when(paying(reference="wire 17")).then(
            fact(PayoutPaid, reference="wire 17", amount_units=5_000_000)
        )

    def test_again_under_another_reference_is_refused(self) -> None:
        past = asked(approving(), paying(reference="wire 17"))
        past.when(paying(reference="wire 17")).then()
        past.when(paying(reference="wire 18")).then_refused(AlreadyRecordedDifferently, id="p-1")

    def test_of_an_approved_one_is_owed_by_a_failed_account_too(self) -> None:
        past = asked(approving(), FAILING, **LOSING)
        account = past.when(paying(clock="13:00")).then(fact(PayoutPaid))
        assert (account.state.status, account.state.balance) == ("failed", USD.of("47500"))

    def test_of_a_failed_account_leaves_its_last_day_to_its_own_close(self) -> None:
        past = asked(approving(), FAILING, **LOSING)
        past.when(paying(day=WEDNESDAY)).then(fact(PayoutPaid))
        past.account.collect_events()
        past.when(closing(TUESDAY)).then(
            fact(TradingDayClosed, net_units=-60_000_000, closing_balance_units=475_000_000)
        )

    def test_that_takes_the_balance_to_the_floor_is_judged_at_once(self) -> None:
        loss = {"mode": "static", "amount": "2000.00", "after_first_payout": "50100"}
        lost = trading("t", "-3450", day=TUESDAY, entered="10:50", exited="10:55")
        past = asked(approving(), lost, max_loss=loss)
        past.when(paying()).then(
            fact(PayoutPaid),
            fact(RuleViolated, observed="50050.00", limit="50100.00", evidence=(1, 7)),
            fact(AccountFailed, rule="max_loss"),
        )  # fmt: skip


class TestFloor:
    """A payout may not end the account it is paid from."""

    def test_bounds_what_may_be_asked_for(self) -> None:
        rules = {**funded(), "max_loss": {"mode": "eod_trailing", "amount": "2000.00"}}
        past = given(rules, *EARNED)
        past.when(requesting("p", "2000")).then_refused(PayoutRefused, maximum="1999.99")
        account = past.when(requesting("p", "1999.99")).then(fact(PayoutRequested))
        for command in (approving("p"), paying("p")):
            command(account)
        assert (account.state.status, account.state.balance) == ("active", USD.of("52000.01"))

    @pytest.mark.parametrize(
        ("breach", "maximum"), [("below", "3900.00"), ("at_or_below", "3899.99")]
    )
    def test_is_the_one_that_stands_after_the_first_payout(self, breach: str, maximum: str) -> None:
        loss = {"mode": "static", "amount": "2000.00", "breach": breach}
        rules = {**funded(), "max_loss": {**loss, "after_first_payout": "50100.00"}}
        past = given(rules, *EARNED)
        past.when(requesting("p", "4000")).then_refused(PayoutRefused, maximum=maximum)


@pytest.mark.parametrize(
    ("before", "command", "status"),
    [
        ((), paying(), "requested"),
        ((approving(),), cancelling(), "approved"),
        ((rejecting(),), approving(), "rejected"),
        ((rejecting(),), cancelling(), "rejected"),
        ((rejecting(),), paying(), "rejected"),
        ((cancelling(),), approving(), "cancelled"),
        ((cancelling(),), rejecting(), "cancelled"),
        ((cancelling(),), paying(), "cancelled"),
        ((approving(), paying()), rejecting(), "paid"),
        ((approving(), paying()), cancelling(), "paid"),
        ((approving(), rejecting()), approving(), "rejected"),
    ],
)
def test_a_payout_goes_no_way_but_its_own(
    before: tuple[Command, ...], command: Command, status: str
) -> None:
    asked(*before).when(command).then_refused(
        PayoutStatusForbids, payout_id="p-1", payout_status=status
    )


@pytest.mark.parametrize("command", [approving, rejecting, cancelling, paying])
def test_a_payout_that_was_never_asked_for_is_unknown(command: Callable[..., Command]) -> None:
    given(funded(), *EARNED).when(command("p-9")).then_refused(PayoutUnknown, payout_id="p-9")


@pytest.mark.parametrize("again", [requesting("p-1", "500"), requesting("p-1", "500.00")])
def test_a_request_that_ended_is_not_asked_for_again_by_a_second_delivery(again: Command) -> None:
    asked(cancelling()).when(again).then()
    asked(rejecting()).when(again).then()


def test_a_refused_request_tells_every_rule_and_the_next_step() -> None:
    days = {"threshold": "150.00", "required": 2}
    outcome = given(funded(winning_days=days), *EARNED).when(requesting())
    outcome.then_refused(PayoutRefused, reasons=["winning_days"])
    assert outcome.refusal is not None
    rules = outcome.refusal.facts["rules"]
    assert isinstance(rules, list)
    assert len(rules) == 7
    assert rules[5] == {
        "rule": "winning_days", "current": "1", "required": "2", "unit": "days", "met": False,
        "next_step": "1 more winning day of at least 150.00",
    }  # fmt: skip


def test_a_request_keeps_the_table_that_allowed_it() -> None:
    (requested,) = given(funded(), *EARNED).when(requesting()).then(
        fact(PayoutRequested)
    ).pending_events  # fmt: skip
    assert isinstance(requested, PayoutRequested)
    assert requested.rules is not None
    assert {each["met"] for each in requested.rules} == {"true"}


def test_an_account_is_not_asked_for_payouts_without_end() -> None:
    account = asked(cancelling()).account
    account.state.payouts.seen.update({f"x-{n}": USD(1) for n in range(PAYOUTS_MAX - 1)})
    Past(account).when(requesting("p-2")).then_refused(TooManyPayouts)


def test_nothing_is_asked_of_an_account_before_it_was_opened() -> None:
    def early(account: TradingAccount) -> None:
        account.request_payout(
            payout_id="p", amount=USD.of("1"), at=OPENED.replace(year=OPENED.year - 1)
        )

    given(funded(), *EARNED).when(early).then_refused(BeforeOpening)


def test_no_amount_asks_for_the_most_there_is() -> None:
    account = given(funded(minimum="250.00", fraction_of_profit="0.50"), *EARNED).account
    answer = answer_request(account.state, amount=None, at=moment(TUESDAY))
    assert (answer.allowed, answer.maximum) == (True, USD.of("2000"))
    assert answer.trader_share == USD.of("2000")

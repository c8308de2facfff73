"""Payouts that come to nothing: rejected on grounds, or taken back; what each gives back."""

from typing import Any

import pytest

from domain.accounts.errors import (
    AlreadyRecordedDifferently,
    RejectionWithoutEvidence,
    RejectionWithoutReason,
)
from domain.accounts.events_payouts import (
    PayoutCancelled,
    PayoutRejected,
    PayoutRequested,
)
from domain.accounts.orders import Order, answer_order
from domain.accounts.payout_grounds import REJECTION_CODES
from domain.accounts.payouts import answer_request
from domain.money import USD, ZERO
from tests.support.builders import (
    MONDAY,
    TUESDAY,
    Command,
    approving,
    cancelling,
    closing,
    earning,
    moment,
    rejecting,
    requesting,
)
from tests.support.scenario import Past, fact, given

EARNED = (earning("4000"), closing(MONDAY))


def funded(**payout: Any) -> dict[str, Any]:
    return {"phase": "funded", "payout": payout}


def asked(*more: Command) -> Past:
    """An account with 4,000 of profit, 500 of it asked for as `p-1`."""
    return given(funded(), *EARNED, requesting("p-1", "500"), *more)


class TestRejection:
    @pytest.mark.parametrize("before", [(), (approving(),)], ids=["requested", "approved"])
    def test_frees_what_was_reserved(self, before: tuple[Command, ...]) -> None:
        account = (
            asked(*before)
            .when(rejecting("p-1", "copy_trading", "winning_days", evidence=(2, 4)))
            .then(
                fact(
                    PayoutRejected,
                    reasons=("copy_trading", "winning_days"),
                    explanation="The prices are in doubt.",
                    evidence=(2, 4),
                    amount_units=5_000_000,
                )
            )
        )
        assert account.state.payouts.reserved() == ZERO
        assert account.state.balance == USD.of("54000")

    def test_keeps_the_table_of_the_account_without_the_payout(self) -> None:
        (rejected,) = asked().when(rejecting()).then(fact(PayoutRejected)).pending_events
        assert isinstance(rejected, PayoutRejected)
        assert {each["met"] for each in rejected.rules} == {"true"}
        assert "payout_pending" in {each["rule"] for each in rejected.rules}

    def test_gives_back_the_count_and_the_money_of_the_month(self) -> None:
        past = given(
            funded(count_per_month=1, cap_per_month="500.00"), *EARNED, requesting(), rejecting()
        )
        past.when(requesting("p-2", "500", clock="12:00")).then(fact(PayoutRequested))

    def test_on_the_same_grounds_again_changes_nothing(self) -> None:
        asked(rejecting("p-1", "buffer", "copy_trading")).when(
            rejecting("p-1", "copy_trading", "buffer")
        ).then()

    def test_on_other_grounds_later_is_refused(self) -> None:
        past = asked(rejecting("p-1", "copy_trading"))
        past.when(rejecting("p-1", "buffer")).then_refused(AlreadyRecordedDifferently, id="p-1")

    @pytest.mark.parametrize(
        ("reasons", "unknown"),
        [(("because",), ["because"]), (("copy_trading", "Buffer"), ["Buffer"]),
         (("buffer", "buffer"), [])],
    )  # fmt: skip
    def test_without_a_known_code_is_refused_by_the_account(
        self, reasons: tuple[str, ...], unknown: list[str]
    ) -> None:
        past = asked()
        past.when(rejecting("p-1", *reasons)).then_refused(
            RejectionWithoutReason, unknown=unknown, known=sorted(REJECTION_CODES)
        )

    @pytest.mark.parametrize("explanation", ["", "  ", "x" * 501])
    def test_without_a_sentence_is_refused(self, explanation: str) -> None:
        asked().when(rejecting(explanation=explanation)).then_refused(RejectionWithoutReason)

    @pytest.mark.parametrize(
        ("evidence", "absent"),
        [((), []), ((0,), [0]), ((-1, 2), [-1]), ((5, 1), [5]), (tuple(range(1, 60)), None)],
    )
    def test_without_events_that_are_there_is_refused(
        self, evidence: tuple[int, ...], absent: list[int] | None
    ) -> None:
        outcome = asked().when(rejecting(evidence=evidence))
        outcome.then_refused(
            RejectionWithoutEvidence, newest=4, **({} if absent is None else {"absent": absent})
        )


class TestCancellation:
    def test_frees_what_was_reserved_and_gives_the_month_back(self) -> None:
        past = given(funded(count_per_month=1), *EARNED, requesting())
        account = past.when(cancelling()).then(fact(PayoutCancelled, amount_units=5_000_000))
        assert account.state.payouts.reserved() == ZERO
        assert answer_request(account.state, amount=USD.of("1"), at=moment(TUESDAY)).allowed

    def test_again_changes_nothing(self) -> None:
        asked(cancelling()).when(cancelling()).then()

    def test_of_a_request_of_last_month_leaves_this_month_alone(self) -> None:
        april: dict[str, Any] = {"day": TUESDAY.replace(month=4, day=1)}
        past = given(
            funded(count_per_month=1), *EARNED, requesting(), cancelling(**april),
            requesting("p-2", "1", **april), cancelling("p-2", **april),
        )  # fmt: skip
        assert {month: each.count for month, each in past.account.state.payouts.months.items()} == {
            "2026-03": 0, "2026-04": 0
        }  # fmt: skip

    def test_thaws_an_account_that_was_frozen(self) -> None:
        frozen = given(funded(freeze_while_pending=True), *EARNED, requesting(), approving())
        state = frozen.account.state
        asked, at = Order(symbol="MESH6", signed_quantity=1), moment(TUESDAY, "12:00")
        assert answer_order(state, asked, at=at).reasons == ("payout_pending",)
        rejecting()(frozen.account)
        assert answer_order(state, asked, at=at).accepted

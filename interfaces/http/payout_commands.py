"""What can be done to a payout: asked for, taken back, approved, rejected, paid."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated, Any
from uuid import UUID, uuid5

from fastapi import APIRouter, Path

from application.accounts import payout_handlers as handlers
from application.accounts.payout_commands import (
    ApprovePayout,
    CancelPayout,
    PayPayout,
    RejectPayout,
    RequestPayout,
)
from domain.accounts.payout_grounds import Grounds
from interfaces.http.commanding import UNSTATED, Counter, ReceiptOut, TheCounter
from interfaces.http.fields import AccountId, Wire
from interfaces.http.guard import guarded_router
from interfaces.http.idempotency import COMMANDS
from interfaces.http.payout_bodies import (
    PaymentIn,
    PayoutId,
    PayoutIn,
    PayoutReceiptOut,
    RejectionIn,
)
from interfaces.http.problem_models import refusals

router: APIRouter = guarded_router(tag="payouts")

PayoutPath = Annotated[PayoutId, Path()]
_DECIDING = (
    "not-found", "stale-version", "write-conflict", "before-opening", "calendar-not-loaded",
    "payout-unknown", "payout-status-forbids", *COMMANDS,
)  # fmt: skip


class DecisionIn(Wire):
    """Nothing more is said: the path says what, the token who. The body may be left out."""


_NOTHING = DecisionIn()


@router.post(
    "/accounts/{account_id}/payouts",
    status_code=201,
    summary="Ask for a payout",
    responses=refusals(
        "not-found", "stale-version", "write-conflict", "before-opening", "calendar-not-loaded",
        "account-ended", "payout-refused", "already-recorded-differently", "too-many-payouts",
        *COMMANDS,
    ),
)  # fmt: skip
def request_payout(
    account_id: AccountId, payout: PayoutIn, counter: TheCounter
) -> PayoutReceiptOut:
    """Reserve profit, if every rule allows it; otherwise the answer has every rule and what is
    missing. A trader asks for its own accounts.
    """
    command = RequestPayout(
        account_id=account_id,
        payout_id=payout.payout_id or _given_id(counter, account_id),
        amount=payout.amount.usd(),
        at=counter.desk.clock(),
        traders=_traders(counter),
        expected_version=counter.expected_version,
    )
    # Which traders a token names, and when it came, make no retry another command.
    stated = replace(command, at=UNSTATED, traders=None)
    receipt = counter.hand_in(handlers.request_payout, command, stated=stated)
    where = f"/v1/accounts/acc_{account_id}/payouts/{command.payout_id}"
    counter.response.headers["Location"] = where
    return _receipt(receipt, command.payout_id)


@router.post(
    "/accounts/{account_id}/payouts/{payout_id}/approvals",
    status_code=202,
    summary="Approve a payout",
    responses=refusals("version-required", "payout-refused", *_DECIDING),
)
def approve_payout(
    account_id: AccountId, payout_id: PayoutPath, counter: TheCounter, _: DecisionIn = _NOTHING
) -> PayoutReceiptOut:
    """Agree to a requested payout whose amount is still there. `If-Match` says what you saw."""
    command = ApprovePayout(
        account_id=account_id,
        payout_id=payout_id,
        at=counter.desk.clock(),
        expected_version=counter.insist_on_version(),
    )
    receipt = counter.hand_in(handlers.approve_payout, command, stated=_undated(command))
    return _receipt(receipt, payout_id)


@router.post(
    "/accounts/{account_id}/payouts/{payout_id}/rejections",
    status_code=202,
    summary="Reject a payout",
    responses=refusals(
        "rejection-without-reason", "rejection-without-evidence", "already-recorded-differently",
        *_DECIDING,
    ),
)  # fmt: skip
def reject_payout(
    account_id: AccountId, payout_id: PayoutPath, rejection: RejectionIn, counter: TheCounter
) -> PayoutReceiptOut:
    """Refuse a payout that is not paid yet, on grounds; what it reserved is free again."""
    command = RejectPayout(
        account_id=account_id,
        payout_id=payout_id,
        grounds=Grounds(
            reasons=tuple(rejection.reasons),
            explanation=rejection.explanation,
            evidence=tuple(rejection.evidence),
        ),
        at=counter.desk.clock(),
        expected_version=counter.expected_version,
    )
    receipt = counter.hand_in(
        handlers.reject_payout, command, stated=_undated(command), reason=rejection.explanation
    )
    return _receipt(receipt, payout_id)


@router.post(
    "/accounts/{account_id}/payouts/{payout_id}/cancellations",
    status_code=202,
    summary="Take a payout back",
    responses=refusals(*_DECIDING),
)
def cancel_payout(
    account_id: AccountId, payout_id: PayoutPath, counter: TheCounter, _: DecisionIn = _NOTHING
) -> PayoutReceiptOut:
    """Take a request back that was not decided yet; what it reserved is free again."""
    command = CancelPayout(
        account_id=account_id,
        payout_id=payout_id,
        at=counter.desk.clock(),
        traders=_traders(counter),
        expected_version=counter.expected_version,
    )
    stated = replace(command, at=UNSTATED, traders=None)
    receipt = counter.hand_in(handlers.cancel_payout, command, stated=stated)
    return _receipt(receipt, payout_id)


@router.post(
    "/accounts/{account_id}/payouts/{payout_id}/payments",
    status_code=202,
    summary="Record the payment of a payout",
    responses=refusals("already-recorded-differently", *_DECIDING),
)
def pay_payout(
    account_id: AccountId, payout_id: PayoutPath, payment: PaymentIn, counter: TheCounter
) -> PayoutReceiptOut:
    """Say that an approved payout was paid: its amount leaves the account."""
    command = PayPayout(
        account_id=account_id,
        payout_id=payout_id,
        reference=payment.reference,
        at=counter.desk.clock(),
        expected_version=counter.expected_version,
    )
    receipt = counter.hand_in(handlers.pay_payout, command, stated=_undated(command))
    return _receipt(receipt, payout_id)


def _given_id(counter: Counter, account_id: UUID) -> str:
    """The same for each retry: a retry is answered with the id of the first attempt."""
    return str(uuid5(account_id, f"{counter.caller.subject} {counter.key}"))


def _traders(counter: Counter) -> tuple[UUID, ...] | None:
    """Whose accounts the caller may touch; None for all of them."""
    caller = counter.caller
    return tuple(sorted(caller.traders)) if caller.role == "trader" else None


def _undated(command: Any) -> Any:
    """The command without the time that we gave it."""
    return replace(command, at=UNSTATED)


def _receipt(receipt: ReceiptOut, payout_id: str) -> PayoutReceiptOut:
    return PayoutReceiptOut(
        account_id=receipt.account_id,
        payout_id=payout_id,
        version=receipt.version,
        recorded=receipt.recorded,
    )

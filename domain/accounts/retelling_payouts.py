"""Telling an account again what was decided on its payouts."""

from __future__ import annotations

from typing import TYPE_CHECKING, assert_never

from domain.accounts.events_payouts import (
    PayoutApproved,
    PayoutCancelled,
    PayoutEvent,
    PayoutPaid,
    PayoutRejected,
    PayoutRequested,
)
from domain.accounts.payout_grounds import Grounds
from domain.money import USD

if TYPE_CHECKING:
    from domain.accounts.account import TradingAccount


def retell_payout(account: TradingAccount, event: PayoutEvent) -> None:
    """Ask or decide again what the event says was asked or decided. Refuses as the account does."""
    id, at = event.payout_id, event.effective_at
    match event:
        case PayoutRequested():
            account.request_payout(payout_id=id, amount=USD(event.amount_units), at=at)
        case PayoutApproved():
            account.approve_payout(payout_id=id, at=at)
        case PayoutRejected():
            grounds = Grounds(
                reasons=event.reasons, explanation=event.explanation, evidence=event.evidence
            )
            account.reject_payout(payout_id=id, grounds=grounds, at=at)
        case PayoutCancelled():
            account.cancel_payout(payout_id=id, at=at)
        case PayoutPaid():
            account.pay_payout(payout_id=id, reference=event.reference or "", at=at)
        case _:
            assert_never(event)

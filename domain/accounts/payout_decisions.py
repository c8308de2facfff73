"""Deciding on a payout that was asked for: approved, rejected, taken back, paid.

`requested` leads to `approved`, `rejected` or `cancelled`; `approved` to `paid` or `rejected`. The
last three are final. A failed account is still paid what was approved, and nothing else.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from domain.accounts.errors import AlreadyRecordedDifferently, PayoutStatusForbids, PayoutUnknown
from domain.accounts.events_payouts import (
    PayoutApproved,
    PayoutCancelled,
    PayoutPaid,
    PayoutRejected,
)
from domain.accounts.payout_book import PendingPayout
from domain.accounts.payout_days import refused, turn_for_payout
from domain.accounts.payout_grounds import Grounds
from domain.accounts.payouts import answer_request, facts_of
from domain.accounts.state import AccountState
from domain.accounts.trial import at_moment
from domain.accounts.verdicts import Recording, judge
from domain.money import ZERO
from domain.rules.payouts import answer_approval


def approve_payout(account: Recording, *, payout_id: str, at: datetime) -> None:
    """Agree to a requested payout if its amount is there. Approved before, nothing changes."""
    if _status(account.state, payout_id) in ("approved", "paid"):
        return
    pending = _pending(account.state, payout_id, doing="approved")
    state = at_moment(account.state, at)
    facts = facts_of(state, at=at, without=payout_id)
    answer = answer_approval(state.pack.payout, facts, pending.amount)
    if not answer.allowed:
        raise refused(answer, amount=pending.amount, what="not approved")
    day = turn_for_payout(account, at)
    account.record(
        PayoutApproved,
        at=at,
        payout_id=payout_id,
        amount_units=pending.amount.units,
        maximum_units=answer.maximum.units,
        rules=tuple(each.texts() for each in answer.table),
        trading_day=day,
        evidence=tuple(sorted({pending.version, account.version})),
        pack_hash=account.state.pack_hash,
    )


def reject_payout(account: Recording, *, payout_id: str, grounds: Grounds, at: datetime) -> None:
    """Refuse a payout that is not paid yet, on grounds. The same again changes nothing."""
    grounds.insist(version=account.version)
    known = account.state.payouts.ended.get(payout_id)
    if known and known.status == "rejected":
        if known.said != grounds.said:
            raise AlreadyRecordedDifferently(
                f"The payout {payout_id} was rejected on other grounds, and these stand.",
                id=payout_id,
            )
        return
    pending = _pending(account.state, payout_id, doing="rejected", among=("requested", "approved"))
    answer = answer_request(account.state, amount=pending.amount, at=at, without=payout_id)
    day = turn_for_payout(account, at)
    account.record(
        PayoutRejected,
        at=at,
        payout_id=payout_id,
        amount_units=pending.amount.units,
        reasons=grounds.reasons,
        explanation=grounds.explanation,
        rules=tuple(each.texts() for each in answer.table),
        trading_day=day,
        evidence=grounds.evidence,
        pack_hash=account.state.pack_hash,
    )


def cancel_payout(account: Recording, *, payout_id: str, at: datetime) -> None:
    """Take a request back that was not decided yet. Taken back before, nothing changes."""
    if _status(account.state, payout_id) == "cancelled":
        return
    pending = _pending(account.state, payout_id, doing="cancelled")
    day = turn_for_payout(account, at)
    account.record(
        PayoutCancelled,
        at=at,
        payout_id=payout_id,
        amount_units=pending.amount.units,
        trading_day=day,
    )


def pay_payout(account: Recording, *, payout_id: str, reference: str, at: datetime) -> None:
    """Take an approved amount out of the account, and judge what is left. Paid before under this
    reference, nothing changes.
    """
    known = account.state.payouts.ended.get(payout_id)
    if known and known.status == "paid":
        if known.said not in (None, reference):
            raise AlreadyRecordedDifferently(
                f"The payout {payout_id} was paid already, under the reference {known.said}. If"
                " money left twice, tell whoever paid.",
                id=payout_id,
            )
        return
    pending = _pending(account.state, payout_id, doing="paid", among=("approved",))
    assert ZERO <= pending.trader_share <= pending.amount, "a share is a part of the amount"
    day = turn_for_payout(account, at)
    account.record(
        PayoutPaid,
        at=at,
        payout_id=payout_id,
        amount_units=pending.amount.units,
        trader_share_units=pending.trader_share.units,
        reference=reference,
        trading_day=day,
    )
    # What was lost since the approval may leave too little above the floor.
    judge(account, day=day, at=at, cause=account.version, only="max_loss")


def _status(state: AccountState, payout_id: str) -> str:
    """Where a payout is. Refuses with PayoutUnknown."""
    book = state.payouts
    if payout_id in book.pending:
        return book.pending[payout_id].status
    if payout_id in book.ended:
        return book.ended[payout_id].status
    raise PayoutUnknown(
        f"The account has no payout {payout_id}; check the id.", payout_id=payout_id
    )


def _pending(
    state: AccountState, payout_id: str, *, doing: str, among: Sequence[str] = ("requested",)
) -> PendingPayout:
    """The payout, if it is `among` these statuses. Refuses with PayoutStatusForbids otherwise."""
    status = _status(state, payout_id)
    if status not in among:
        raise PayoutStatusForbids(
            f"The payout {payout_id} is {status}; only one that is {' or '.join(among)} can be"
            f" {doing}.",
            payout_id=payout_id,
            payout_status=status,
        )
    return state.payouts.pending[payout_id]

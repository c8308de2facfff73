"""Which events are verdicts, and of what kind. What is not listed here has no certificate."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from domain.accounts.events import (
    AccountFailed,
    AccountPassed,
    DayLocked,
    RuleViolated,
)
from domain.accounts.events_payouts import (
    PayoutApproved,
    PayoutCancelled,
    PayoutPaid,
    PayoutRejected,
    PayoutRequested,
)
from domain.kernel import Event

VERDICTS: Final[Mapping[type[Event], str]] = {
    RuleViolated: "breach",
    AccountFailed: "breach",
    DayLocked: "lock",
    AccountPassed: "pass",
    PayoutRequested: "payout_requested",
    PayoutApproved: "payout_approved",
    PayoutRejected: "payout_rejected",
    PayoutCancelled: "payout_cancelled",
    PayoutPaid: "payout_paid",
}
"""The kind of each verdict. A kind, once given, is permanent: certificates hold it."""

ENDINGS: Final[tuple[type[Event], ...]] = (AccountFailed, AccountPassed)
"""The verdicts after which an account is over."""

KINDS: Final[Mapping[str, str]] = {each.TOPIC: kind for each, kind in VERDICTS.items()}
"""The same by the permanent name of the event."""


def ends_account(event_type: str) -> bool:
    """Whether a verdict of this type is an account's last."""
    return event_type in {each.TOPIC for each in ENDINGS}

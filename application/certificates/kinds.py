"""Which events are verdicts, and of what kind. What is not listed here has no certificate."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from domain.accounts.events import (
    AccountFailed,
    AccountPassed,
    DayLocked,
    RuleViolated,
)
from domain.accounts.events_corrections import RevisionDecided
from domain.accounts.events_payouts import (
    PayoutApproved,
    PayoutCancelled,
    PayoutPaid,
    PayoutRejected,
    PayoutRequested,
)
from domain.kernel import Event

REVISION: Final = "revision"

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
    RevisionDecided: REVISION,
}
"""The kind of each verdict. A kind, once given, is permanent: certificates hold it."""

ENDINGS: Final[tuple[type[Event], ...]] = (AccountFailed, AccountPassed, RevisionDecided)
"""The verdicts after which an account may be over."""

KINDS: Final[Mapping[str, str]] = {each.TOPIC: kind for each, kind in VERDICTS.items()}
"""The same by the permanent name of the event."""

_OVER: Final = ("failed", "passed")


def ends_account(event_type: str, *, brings: str | None = None) -> bool:
    """Whether the account was over with a verdict of this type.

    For a decision on a revision, `brings` is the status that it gave the account; None for none.
    """
    if event_type == RevisionDecided.TOPIC:
        return brings in _OVER
    return event_type in {each.TOPIC for each in ENDINGS}


def status_brought(decided: Mapping[str, Any], revised: Mapping[str, Any]) -> str | None:
    """What a decision made of the account, by its facts and those of its revision; None when it
    left it as it was.
    """
    status: str | None = revised["status_if_applied"]
    return status if decided["decision"] == "applied" else None

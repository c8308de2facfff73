"""What can happen to the payouts of an account, in the order of their lives.

`rules` is the table of a decision: for each rule that was looked at its reason code (`rule`), what
it saw (`current`), what it asked for (`required`), in `unit`, and whether that was `met` (`true` or
`false`). Who decided stands in the event's envelope.
"""

from __future__ import annotations

from datetime import date
from typing import Any, TypeAlias

from typing_extensions import override

from domain.kernel import Event


class PayoutRequested(Event):
    """A trader asked for profit, and the pack allows it; the amount is reserved.

    `rules` is None where it was recorded before tables were kept.
    """

    TOPIC = "account.payout_requested"
    class_version = 2
    payout_id: str
    amount_units: int
    maximum_units: int
    trader_share_units: int
    process_on: date
    rules: tuple[dict[str, str], ...] | None
    trading_day: date
    evidence: tuple[int, ...]
    pack_hash: str

    @property
    @override
    def natural_key(self) -> str:
        return f"payout:{self.payout_id}"

    @staticmethod
    def upcast_v1_v2(state: dict[str, Any]) -> dict[str, Any]:
        """Before version 2 nobody kept what each rule had seen."""
        return {**state, "rules": None}


class PayoutApproved(Event):
    """The firm agreed to a requested payout whose amount was still there; it is owed from now on.

    `maximum_units` is what covered the amount at that moment.
    """

    TOPIC = "account.payout_approved"
    payout_id: str
    amount_units: int
    maximum_units: int
    rules: tuple[dict[str, str], ...]
    trading_day: date
    evidence: tuple[int, ...]
    pack_hash: str

    @property
    @override
    def natural_key(self) -> str:
        return f"payout_approved:{self.payout_id}"


class PayoutRejected(Event):
    """The firm refused a payout, for coded reasons that events prove; what it reserved is free.

    `explanation` is for the trader. `rules` is how the account stood without this payout.
    """

    TOPIC = "account.payout_rejected"
    payout_id: str
    amount_units: int
    reasons: tuple[str, ...]
    explanation: str
    rules: tuple[dict[str, str], ...]
    trading_day: date
    evidence: tuple[int, ...]
    pack_hash: str

    @property
    @override
    def natural_key(self) -> str:
        return f"payout_rejected:{self.payout_id}"


class PayoutCancelled(Event):
    """A trader took a request back before it was decided; what it reserved is free again."""

    TOPIC = "account.payout_cancelled"
    payout_id: str
    amount_units: int
    trading_day: date

    @property
    @override
    def natural_key(self) -> str:
        return f"payout_cancelled:{self.payout_id}"


class PayoutPaid(Event):
    """An approved payout left the account.

    `reference` is the name that whoever paid has for the payment; None where it was not kept.
    """

    TOPIC = "account.payout_paid"
    class_version = 2
    payout_id: str
    amount_units: int
    trader_share_units: int
    reference: str | None
    trading_day: date

    @property
    @override
    def natural_key(self) -> str:
        return f"payout_paid:{self.payout_id}"

    @staticmethod
    def upcast_v1_v2(state: dict[str, Any]) -> dict[str, Any]:
        """Before version 2 nobody kept the reference of a payment."""
        return {**state, "reference": None}


PayoutEvent: TypeAlias = (
    PayoutRequested | PayoutApproved | PayoutRejected | PayoutCancelled | PayoutPaid
)

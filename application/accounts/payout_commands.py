"""What can be asked about the payouts of an account. Commands ask; they may be refused.

`expected_version` is the version the caller decided on; None when any will do. `traders` are those
whose accounts the caller may touch; None for the firm itself.
"""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from domain.accounts.payout_grounds import Grounds
from domain.money import USD


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestPayout:
    """Ask for profit; allowed, it is reserved."""

    account_id: UUID
    payout_id: str
    amount: USD
    at: datetime
    traders: tuple[UUID, ...] | None = None
    expected_version: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ApprovePayout:
    """Agree to a requested payout; who agrees is the actor of the command."""

    account_id: UUID
    payout_id: str
    at: datetime
    expected_version: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RejectPayout:
    """Refuse a payout that is not paid yet, on grounds."""

    account_id: UUID
    payout_id: str
    grounds: Grounds
    at: datetime
    expected_version: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CancelPayout:
    """Take a request back before it is decided."""

    account_id: UUID
    payout_id: str
    at: datetime
    traders: tuple[UUID, ...] | None = None
    expected_version: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PayPayout:
    """Let an approved payout leave the account. The money itself was sent by whoever asks this;
    `reference` is their name for the payment.
    """

    account_id: UUID
    payout_id: str
    reference: str
    at: datetime
    expected_version: int | None = None

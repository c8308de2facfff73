"""The bodies of commands on payouts, and what they answer."""

from __future__ import annotations

from typing import Annotated, Final, TypeAlias

from pydantic import AfterValidator, Field

from domain.accounts.payout_grounds import EVIDENCE_MAX, EXPLANATION_LENGTH_MAX, REJECTION_CODES
from interfaces.http.commanding import ReceiptOut
from interfaces.http.fields import LINE, Money, Wire

_TAKEN: Final = "eligibility"
_VERSION_MAX: Final = 2**31 - 1
_CODES_MAX: Final = 50


def _not_a_path(id: str) -> str:
    """A path beside the payouts has this name."""
    if id == _TAKEN:
        raise ValueError(f"no payout can be called {_TAKEN}")
    return id


PayoutId: TypeAlias = Annotated[
    str,
    Field(
        max_length=64,
        pattern=r"^[A-Za-z0-9][A-Za-z0-9._:-]*$",
        description="Unique in the account for ever",
        examples=["0199f3c2-7f00-7000-8000-0000000000b1"],
    ),
    AfterValidator(_not_a_path),
]


class PayoutIn(Wire):
    """A payout to ask for."""

    amount: Money
    payout_id: PayoutId | None = Field(
        default=None, description="An identifier of your own choice; left out, one is given"
    )


class RejectionIn(Wire):
    """Why a payout is rejected; codes and evidence are looked at by the account itself."""

    reasons: list[Annotated[str, Field(max_length=64, pattern=LINE)]] = Field(
        max_length=_CODES_MAX,
        description=f"At least one of {', '.join(sorted(REJECTION_CODES))}",
        examples=[["data_in_doubt"]],
    )
    explanation: str = Field(
        max_length=EXPLANATION_LENGTH_MAX,
        pattern=LINE,
        description="A sentence for the trader",
        examples=["The fills of 13 October are off the market; the platform is looking into them."],
    )
    evidence: list[Annotated[int, Field(ge=-_VERSION_MAX, le=_VERSION_MAX)]] = Field(
        max_length=EVIDENCE_MAX,
        description="At least one event of the account, by its version",
        examples=[[12, 14]],
    )


class PaymentIn(Wire):
    """A payment that was made."""

    reference: str = Field(
        min_length=1,
        max_length=100,
        pattern=LINE,
        description="The name that whoever paid has for it",
        examples=["wire 2025-10-15/17"],
    )


class PayoutReceiptOut(ReceiptOut):
    """What a command on a payout did."""

    payout_id: PayoutId

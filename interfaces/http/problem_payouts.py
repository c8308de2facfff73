"""Refusals about payouts."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from interfaces.http.problem_kinds import Kind

PAYOUTS: Final[Mapping[str, Kind]] = {
    "payout-refused": Kind(
        409,
        "The payout is not allowed",
        "`rules` holds every rule that was looked at, each unmet one with its next step; `reasons`"
        " names those, `maximum` is the most that can be drawn.",
    ),
    "payout-status-forbids": Kind(
        409,
        "The payout's status does not allow this",
        "Read the payout. Only a requested one can be approved or cancelled, only an approved one"
        " paid, and one that has ended stays as it is.",
    ),
    "payout-unknown": Kind(404, "No such payout", "Check the payout's identifier."),
    "rejection-without-evidence": Kind(
        422,
        "A rejection without evidence",
        "Name at least one event of the account by its version; `newest` is the last there is.",
    ),
    "rejection-without-reason": Kind(
        422,
        "A rejection without a reason",
        "Name at least one of the codes in `known`, and tell the trader why in a sentence.",
    ),
    "too-many-payouts": Kind(
        409, "Too many payouts", "Look for a loop that asks for payouts, and end it."
    ),
}

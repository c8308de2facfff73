"""Moving an account to another rule pack."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter
from pydantic import Field, StringConstraints

from application.accounts.moving import (
    MoveAccount,
    MoveAccountToProgram,
    move_account_to_program,
)
from application.accounts.moving import move_account as move
from domain.accounts.consents import STATEMENT_LENGTH_MAX, Consent
from interfaces.http.commanding import ReceiptOut, TheCounter, at_unstated
from interfaces.http.fields import LINE, AccountId, Moment, TraderId, Wire
from interfaces.http.guard import guarded_router
from interfaces.http.idempotency import COMMANDS
from interfaces.http.problem_models import refusals
from interfaces.http.rules_in import RulesIn

router: APIRouter = guarded_router(tag="commands")


class ConsentIn(Wire):
    """What the trader agreed to, and when."""

    given_by: TraderId
    given_at: Moment = Field(description="Before the move")
    statement: Annotated[
        str, StringConstraints(min_length=1, max_length=STATEMENT_LENGTH_MAX, pattern=LINE)
    ] = Field(examples=["I agree to be judged by the new rules from my next session on."])
    statement_hash: str = Field(
        pattern=r"^[0-9a-f]{64}$",
        description="SHA-256 of the canonical consent: it names the account and both packs",
        examples=["9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"],
    )

    def consent(self) -> Consent:
        """As the account looks at it."""
        return Consent(
            given_by=self.given_by,
            given_at=self.given_at,
            statement=self.statement,
            statement_hash=self.statement_hash,
        )


class PackChangeIn(RulesIn):
    """The pack to move to: by the firm's `program` and `phase`, or a rule `pack`."""

    consent: ConsentIn
    reason: str = Field(
        min_length=1, max_length=500, pattern=LINE, examples=["The trader asked for the new rules"]
    )


@router.post(
    "/accounts/{account_id}/pack-changes",
    status_code=202,
    summary="Move an account to another pack",
    responses=refusals(
        "not-found", "stale-version", "write-conflict", "account-ended", "before-opening",
        "trading-day-closed", "calendar-not-loaded", "consent-not-given", "move-would-breach",
        "open-profit-unknown", "pack-already-held", "pack-change-pending", "pack-not-alike",
        "program-unknown", "unreadable-document",
        "already-recorded-differently", *COMMANDS,
    ),
)  # fmt: skip
def move_account(account_id: AccountId, change: PackChangeIn, counter: TheCounter) -> ReceiptOut:
    """Let another pack judge the account from its next session on, as its trader agreed.

    Sending a consent that was used before is harmless.
    """
    at, version = counter.desk.clock(), counter.expected_version
    consent = change.consent.consent()
    if change.program:
        program, phase = change.named_program()
        selling = MoveAccountToProgram(
            account_id=account_id, program=program, phase=phase, consent=consent,
            reason=change.reason, at=at, expected_version=version,
        )  # fmt: skip
        return counter.hand_in(
            move_account_to_program, selling, stated=at_unstated(selling), reason=change.reason
        )
    moving = MoveAccount(
        account_id=account_id, pack=change.own_pack(), consent=consent, reason=change.reason,
        at=at, expected_version=version,
    )  # fmt: skip
    return counter.hand_in(move, moving, stated=at_unstated(moving), reason=change.reason)

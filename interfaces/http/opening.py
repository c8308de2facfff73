"""Opening an account."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Annotated, Any, Literal, Self
from uuid import UUID

from pydantic import AfterValidator, Field, model_validator
from uuid_utils.compat import uuid7

from application.accounts import handlers
from application.accounts.commands import OpenAccount
from application.plans.catalogue import program
from domain.documents import Place
from domain.rules.pack import RulePack
from domain.rules.reading import read_pack
from interfaces.http.commanding import UNSTATED, ReceiptOut, TheCounter, pointing_at
from interfaces.http.fields import LINE, AccountId, Moment, TraderId, Wire
from interfaces.http.guard import guarded_router
from interfaces.http.idempotency import COMMANDS
from interfaces.http.problem_models import refusals

router = guarded_router(tag="commands")

NOBODY_YET = UUID(int=0)


def _storable(document: dict[str, Any]) -> dict[str, Any]:
    """JSON can write characters that no text of a database can hold."""
    text = json.dumps(document, ensure_ascii=False)
    if "\\u0000" in text or not text.isprintable():
        raise ValueError("texts without control characters are expected here")
    return document


class AccountIn(Wire):
    """An account to open: either by the firm's `program` and `phase`, or by a rule `pack`."""

    trader_id: TraderId
    plan: str = Field(min_length=1, max_length=100, pattern=LINE, examples=["Standard 25K"])
    program: str | None = Field(default=None, max_length=100, examples=["standard-25k"])
    phase: Literal["evaluation", "funded", "funded_daily"] | None = Field(
        default=None, examples=["evaluation"]
    )
    pack: Annotated[dict[str, Any], AfterValidator(_storable)] | None = Field(
        default=None,
        description="A rule pack as JSON, instead of program and phase",
        examples=[None],
    )
    account_id: AccountId | None = Field(
        default=None, description="An identifier of your own choice; left out, one is given"
    )
    opened_at: Moment | None = Field(default=None, description="Left out, it is now")

    @model_validator(mode="after")
    def _one_way(self) -> Self:
        named = self.program is not None and self.phase is not None
        half_named = self.program is not None or self.phase is not None
        if named == (self.pack is not None) or (half_named and self.pack is not None):
            raise ValueError("either program and phase, or pack, is expected")
        return self


@router.post(
    "/accounts",
    status_code=201,
    summary="Open an account",
    responses=refusals("account-id-taken", "program-unknown", "unreadable-document", *COMMANDS),
)
def open_account(account: AccountIn, counter: TheCounter) -> ReceiptOut:
    """Give a trader an account under the rules of a program, or under a pack of its own."""
    command = OpenAccount(
        account_id=account.account_id or uuid7(),
        trader_id=account.trader_id,
        plan=account.plan,
        pack=_pack_of(account),
        at=account.opened_at or counter.desk.clock(),
    )
    # What we fill in differs at each attempt, and must not make a retry another command.
    stated = replace(
        command,
        account_id=account.account_id or NOBODY_YET,
        at=account.opened_at or UNSTATED,
    )
    receipt = counter.hand_in(handlers.open_account, command, stated=stated)
    counter.response.headers["Location"] = f"/v1/accounts/acc_{receipt.account_id}"
    return receipt


def _pack_of(account: AccountIn) -> RulePack:
    if account.pack is None:
        assert account.program is not None
        assert account.phase is not None
        with pointing_at("/program"):
            return program(account.program).pack(account.phase)
    with pointing_at("/pack"):
        return read_pack(Place(account.pack))

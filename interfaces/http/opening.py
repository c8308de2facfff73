"""Opening an account."""

from __future__ import annotations

from dataclasses import replace
from uuid import UUID

from pydantic import Field
from uuid_utils.compat import uuid7

from application.accounts import handlers
from application.accounts.commands import OpenAccount
from application.accounts.moving import OpenProgramAccount, open_program_account
from interfaces.http.commanding import UNSTATED, Counter, ReceiptOut, TheCounter
from interfaces.http.fields import LINE, AccountId, Moment, TraderId
from interfaces.http.guard import guarded_router
from interfaces.http.idempotency import COMMANDS
from interfaces.http.problem_models import refusals
from interfaces.http.rules_in import RulesIn

router = guarded_router(tag="commands")

NOBODY_YET = UUID(int=0)


class AccountIn(RulesIn):
    """An account to open: either by the firm's `program` and `phase`, or by a rule `pack`."""

    trader_id: TraderId
    plan: str = Field(min_length=1, max_length=100, pattern=LINE, examples=["Standard 25K"])
    account_id: AccountId | None = Field(
        default=None, description="An identifier of your own choice; left out, one is given"
    )
    opened_at: Moment | None = Field(default=None, description="Left out, it is now")


@router.post(
    "/accounts",
    status_code=201,
    summary="Open an account",
    responses=refusals("account-id-taken", "program-unknown", "unreadable-document", *COMMANDS),
)
def open_account(account: AccountIn, counter: TheCounter) -> ReceiptOut:
    """Give a trader an account under the rules of a program, or under a pack of its own."""
    receipt = _by_program(account, counter) if account.program else _by_pack(account, counter)
    counter.response.headers["Location"] = f"/v1/accounts/acc_{receipt.account_id}"
    return receipt


def _by_program(account: AccountIn, counter: Counter) -> ReceiptOut:
    program, phase = account.named_program()
    command = OpenProgramAccount(
        account_id=account.account_id or uuid7(),
        trader_id=account.trader_id,
        plan=account.plan,
        program=program,
        phase=phase,
        at=account.opened_at or counter.desk.clock(),
    )
    # What we fill in differs at each attempt, and must not make a retry another command.
    stated = replace(
        command,
        account_id=account.account_id or NOBODY_YET,
        at=account.opened_at or UNSTATED,
    )
    return counter.hand_in(open_program_account, command, stated=stated)


def _by_pack(account: AccountIn, counter: Counter) -> ReceiptOut:
    command = OpenAccount(
        account_id=account.account_id or uuid7(),
        trader_id=account.trader_id,
        plan=account.plan,
        pack=account.own_pack(),
        at=account.opened_at or counter.desk.clock(),
    )
    stated = replace(
        command,
        account_id=account.account_id or NOBODY_YET,
        at=account.opened_at or UNSTATED,
    )
    return counter.hand_in(handlers.open_account, command, stated=stated)

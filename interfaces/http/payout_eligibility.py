"""What may be withdrawn now, and what is missing for more: asked before a payout is."""

from __future__ import annotations

from typing import Annotated

from fastapi import Query
from pydantic import Field

from application.accounts.payout_eligibility import Eligibility, eligibility_of
from application.accounts.queries import TwoClocks, account_as_known
from application.errors import StreamNotFound
from domain.money import USD
from interfaces.http.fields import AccountId, Day, Moment, Money, Wire, money_of
from interfaces.http.guard import guarded_router
from interfaces.http.ownership import insist_on_seeing
from interfaces.http.payout_models import RuleOut, rule_of
from interfaces.http.positions import READS, sealed
from interfaces.http.problem_models import refusals
from interfaces.http.reading import TheReader

router = guarded_router(tag="payouts")


class RuleStepOut(RuleOut):
    """One rule that was looked at, and what to do about it."""

    next_step: str | None = Field(
        description="In words; null for a rule that is met",
        examples=["1 more winning day of at least 150.00"],
    )


class EligibilityOut(Wire):
    """What a request made now would be answered. Nothing is reserved by asking."""

    allowed: bool = Field(examples=[False])
    maximum: Money = Field(
        description="The most that could be asked for; zero while anything but the amount stands"
        " against it"
    )
    trader_share: Money = Field(description="Of the amount; zero while it is not allowed")
    process_on: Day = Field(description="The business day that would handle it")
    reasons: list[str] = Field(
        description="The rules that are not met", examples=[["winning_days"]]
    )
    rules: list[RuleStepOut] = Field(description="Every rule that was looked at")


@router.get(
    "/accounts/{account_id}/payouts/eligibility",
    summary="Ask what may be paid out",
    responses=refusals("not-found", "calendar-not-loaded", *READS),
)
def get_payout_eligibility(
    account_id: AccountId,
    reader: TheReader,
    amount: Annotated[
        str | None,
        Query(
            pattern=r"^[0-9]{1,13}(\.[0-9]{1,4})?$",
            description="In dollars; left out, the most that could be asked for",
            examples=["500.00"],
        ),
    ] = None,
    as_of: Annotated[
        Moment | None, Query(description="Asked at that moment; left out, now")
    ] = None,
    known_at: Annotated[Moment | None, Query(description="By what was recorded by then")] = None,
) -> EligibilityOut:
    """Every rule of payouts with what it sees and asks for, and the next step where it is not met.

    The answer comes out of the log itself and is never old. With `as_of` or `known_at` it is what
    would have been answered then, by what was known then.
    """
    log, response = reader.desk.runtime.log, reader.response
    response.headers["Ledger-Position"] = sealed(reader.desk, log.head())
    try:
        clocks = TwoClocks(as_of=as_of, known_at=known_at)
        account = account_as_known(log, account_id, clocks)
    except StreamNotFound:
        # The same words as for an account that is not the caller's.
        insist_on_seeing(reader.caller, None, account_id)
        raise
    insist_on_seeing(reader.caller, account.state.trader_id, account_id)
    response.headers["ETag"] = f'"{account.version}"'
    wanted = None if amount is None else USD.of(amount)
    return _shown(eligibility_of(account.state, amount=wanted, at=as_of or reader.desk.clock()))


def _shown(found: Eligibility) -> EligibilityOut:
    answer = found.answer
    return EligibilityOut(
        allowed=answer.allowed,
        maximum=money_of(answer.maximum.units),
        trader_share=money_of(answer.trader_share.units),
        process_on=found.process_on,
        reasons=list(answer.reasons),
        rules=[
            RuleStepOut(**rule_of(each).model_dump(), next_step=each["next_step"])
            for each in found.rules
        ],
    )

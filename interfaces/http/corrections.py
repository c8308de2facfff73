"""The past turned out to be another one: corrections, and the outcomes they would change."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated, Literal, TypeAlias

from fastapi import Path
from pydantic import Field

from application.accounts import handlers
from application.accounts.commands import CorrectExecution, DecideRevision
from domain.accounts.executions import Fill, Trade
from interfaces.http.account_commands import (
    EXECUTIONS,
    TELLING,
    fill_told,
    trade_told,
)
from interfaces.http.command_models import FillIn, TradeIn
from interfaces.http.commanding import UNSTATED, ReceiptOut, TheCounter, pointing_at
from interfaces.http.fields import LINE, AccountId, Wire
from interfaces.http.guard import guarded_router
from interfaces.http.idempotency import COMMANDS
from interfaces.http.problem_models import refusals
from interfaces.http.violations import VERSION_MAX

router = guarded_router(tag="corrections")

Reason: TypeAlias = Annotated[
    str,
    Field(min_length=1, max_length=500, pattern=LINE, examples=["The platform sent a wrong price"]),
]
RevisionNumber: TypeAlias = Annotated[
    int, Path(ge=1, le=VERSION_MAX, description="Its number", examples=[57])
]


class TradeCorrectionIn(Wire):
    """A trade as it really was; its `trade_id` names the one it replaces."""

    trade: TradeIn
    reason: Reason


class FillCorrectionIn(Wire):
    """A fill as it really was; its `fill_id` names the one it replaces."""

    fill: FillIn
    reason: Reason


class RevisionDecisionIn(Wire):
    """What a person decided on a revised outcome."""

    decision: Literal["applied", "dismissed"] = Field(examples=["applied"])
    reason: Reason


_CORRECTING = ("nothing-to-replace", "history-too-long")


@router.post(
    "/accounts/{account_id}/trade-corrections",
    status_code=202,
    summary="Correct a trade",
    responses=refusals(*TELLING, *EXECUTIONS, *_CORRECTING, "exit-before-entry", *COMMANDS),
)
def correct_trade(
    account_id: AccountId, correction: TradeCorrectionIn, counter: TheCounter
) -> ReceiptOut:
    """Put other facts in place of a trade of any day, and judge the account again from there."""
    with pointing_at("/trade"):
        corrected = trade_told(correction.trade)
    return _correct(account_id, corrected, correction.reason, counter)


@router.post(
    "/accounts/{account_id}/fill-corrections",
    status_code=202,
    summary="Correct a fill",
    responses=refusals(*TELLING, *EXECUTIONS, *_CORRECTING, *COMMANDS),
)
def correct_fill(
    account_id: AccountId, correction: FillCorrectionIn, counter: TheCounter
) -> ReceiptOut:
    """Put other facts in place of a fill of any day, and judge the account again from there."""
    with pointing_at("/fill"):
        corrected = fill_told(correction.fill)
    return _correct(account_id, corrected, correction.reason, counter)


@router.post(
    "/accounts/{account_id}/revisions/{revision}/decisions",
    status_code=202,
    summary="Decide on a revised outcome",
    responses=refusals(
        "not-found", "stale-version", "write-conflict", "version-required", "revision-unknown",
        "revision-decided-already", *COMMANDS,
    ),
)  # fmt: skip
def decide_revision(
    account_id: AccountId,
    revision: RevisionNumber,
    decided: RevisionDecisionIn,
    counter: TheCounter,
) -> ReceiptOut:
    """Apply or dismiss what a corrected history would change. `If-Match` is required: the decision
    rests on what was seen.
    """
    command = DecideRevision(
        account_id=account_id,
        version=revision,
        decision=decided.decision,
        reason=decided.reason,
        at=counter.desk.clock(),
        expected_version=counter.insist_on_version(),
    )
    stated = replace(command, at=UNSTATED)
    return counter.hand_in(handlers.decide_revision, command, stated=stated, reason=decided.reason)


def _correct(
    account_id: AccountId, corrected: Trade | Fill, reason: str, counter: TheCounter
) -> ReceiptOut:
    command = CorrectExecution(
        account_id=account_id,
        corrected=corrected,
        reason=reason,
        expected_version=counter.expected_version,
    )
    return counter.hand_in(handlers.correct_execution, command, reason=reason)

"""Verdicts: which rule an account broke, what was seen, and why that was too much."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Final, Literal

from fastapi import Path, Query
from pydantic import Field

from application.errors import StreamNotFound
from domain.rules.explanations import explain
from interfaces.http.fields import AccountId, Moment
from interfaces.http.guard import guarded_router
from interfaces.http.ownership import insist_on_account
from interfaces.http.page_models import PageIn, PageOut
from interfaces.http.pagination import ThePages
from interfaces.http.positions import READS
from interfaces.http.problem_models import refusals
from interfaces.http.reading import Row, TheReader
from interfaces.http.witnesses import WitnessOut, page_of_account, witness_fields, witness_of
from interfaces.paging import Condition, given

VERSION_MAX: Final = 2**31 - 1
router = guarded_router(tag="violations")

_LIST: Final = """
SELECT violation, rule, effect, severity, observed, limit_text, unit, subject, trading_day,
    threshold, evidence, pack_hash, effective_at, recorded_at, ledger_seq
FROM read.rule_violations
"""


class ViolationsIn(PageIn):
    """Two clocks. A verdict stays as it was pronounced, whatever was corrected since."""

    as_of: Moment | None = Field(default=None, description="Only those in effect by then")
    known_at: Moment | None = Field(default=None, description="Only those recorded by then")


class ViolationOut(WitnessOut):
    """A verdict with its witness: all that is needed to check it."""

    violation: int = Field(description="Its number: the account's version", examples=[57])
    rule: str = Field(examples=["max_loss"])
    effect: Literal["fail", "lock_day", "flag"] = Field(examples=["fail"])
    severity: Literal["WARNING", "MAJOR", "CRITICAL"] = Field(examples=["CRITICAL"])


@router.get(
    "/accounts/{account_id}/violations",
    summary="List violations",
    responses=refusals("not-found", "cursor-refused", *READS),
)
def list_violations(
    account_id: AccountId,
    reader: TheReader,
    pages: ThePages,
    asked: Annotated[ViolationsIn, Query()],
) -> PageOut[ViolationOut]:
    """Every verdict against an account with its explanation, newest first."""
    return page_of_account(
        account_id,
        asked,
        reader=reader,
        pages=pages,
        model="rule_violations",
        select=_LIST,
        make=_violation_of,
        narrow=_by_the_clocks,
    )


def _by_the_clocks(asked: ViolationsIn) -> Sequence[Condition]:
    return (
        ("effective_at <= %s", given(asked.as_of)),
        ("recorded_at <= %s", given(asked.known_at)),
    )


@router.get(
    "/accounts/{account_id}/violations/{violation}",
    summary="Read a violation",
    responses=refusals("not-found", *READS),
)
def get_violation(
    account_id: AccountId,
    violation: Annotated[int, Path(ge=1, le=VERSION_MAX, description="Its number", examples=[57])],
    reader: TheReader,
) -> ViolationOut:
    """One verdict with its explanation and its witness."""
    with reader.snapshot("accounts", "rule_violations") as snapshot:
        insist_on_account(reader, snapshot, account_id)
        rows = snapshot.page(
            _LIST,
            ("account_id = %s", (account_id,)),
            ("violation = %s", (violation,)),
            order="violation",
            limit=1,
        )
    if not rows:
        raise StreamNotFound(
            f"The account has no violation {violation}; list its violations for their numbers."
        )
    return _violation_of(rows[0])


def _violation_of(row: Row) -> ViolationOut:
    return ViolationOut(
        violation=row["violation"],
        rule=row["rule"],
        effect=row["effect"],
        severity=row["severity"],
        explanation=explain(witness_of(row, effect=row["effect"])),
        **witness_fields(row),
    )

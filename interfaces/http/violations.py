"""Verdicts: which rule an account broke, what was seen, and why that was too much."""

from __future__ import annotations

from typing import Annotated, Final, Literal

from fastapi import Path, Query
from pydantic import Field

from application.errors import StreamNotFound
from domain.rules.explanations import Witness, explain
from interfaces.http.clocks import PronouncedIn
from interfaces.http.fields import AccountId, Day, Moment, Wire
from interfaces.http.guard import guarded_router
from interfaces.http.ownership import insist_on_account
from interfaces.http.page_models import PageOut
from interfaces.http.pagination import ThePages
from interfaces.http.positions import READS
from interfaces.http.problem_models import refusals
from interfaces.http.reading import Row, TheReader, given

VERSION_MAX: Final = 2**31 - 1
router = guarded_router(tag="violations")

_LIST: Final = """
SELECT violation, rule, effect, severity, observed, limit_text, unit, subject, trading_day,
    threshold, evidence, pack_hash, effective_at, recorded_at, ledger_seq
FROM read.rule_violations
"""


class ViolationOut(Wire):
    """A verdict with its witness: all that is needed to check it."""

    violation: int = Field(description="Its number: the account's version", examples=[57])
    rule: str = Field(examples=["max_loss"])
    effect: Literal["fail", "lock_day", "flag"] = Field(examples=["fail"])
    severity: Literal["WARNING", "MAJOR", "CRITICAL"] = Field(examples=["CRITICAL"])
    explanation: str = Field(
        examples=[
            "NQ was traded (3 contracts), and the plan does not allow it; this ends the account."
        ]
    )
    observed: str = Field(description="What was seen, in `unit`", examples=["23499.50"])
    limit: str = Field(description="What it was compared with, in `unit`", examples=["23500.00"])
    unit: Literal["USD", "contracts", "units", "seconds", "days", "minutes"] = Field(
        examples=["USD"]
    )
    subject: str | None = Field(description="The product it is about", examples=[None])
    trading_day: Day
    threshold: dict[str, str] = Field(
        description="How the limit came to be",
        examples=[{"mode": "eod_trailing", "peak": "25000.00", "allowance": "1500.00"}],
    )
    evidence: list[int] = Field(
        description="The account's versions that it rests on", examples=[[1, 56]]
    )
    pack_hash: str = Field(
        examples=["9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"]
    )
    effective_at: Moment
    recorded_at: Moment


@router.get(
    "/accounts/{account_id}/violations",
    summary="List violations",
    responses=refusals("not-found", "cursor-refused", *READS),
)
def list_violations(
    account_id: AccountId,
    reader: TheReader,
    pages: ThePages,
    asked: Annotated[PronouncedIn, Query()],
) -> PageOut[ViolationOut]:
    """Every verdict against an account with its explanation, newest first."""
    page = pages.turn_to(asked)
    with reader.snapshot("accounts", "rule_violations", at_least=page.position) as snapshot:
        insist_on_account(reader, snapshot, account_id)
        rows = snapshot.page(
            _LIST,
            ("account_id = %s", (account_id,)),
            ("effective_at <= %s", given(page.asked.as_of)),
            ("recorded_at <= %s", given(page.asked.known_at)),
            ("ledger_seq < %s", page.after),
            order="ledger_seq DESC",
            limit=page.rows_wanted,
        )
    return page.of(rows, _violation_of, key=lambda row: (row["ledger_seq"],), snapshot=snapshot)


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
    witness = Witness(
        rule=row["rule"],
        effect=row["effect"],
        observed=row["observed"],
        limit=row["limit_text"],
        unit=row["unit"],
        subject=row["subject"],
        threshold=row["threshold"],
    )
    return ViolationOut(
        violation=row["violation"],
        rule=row["rule"],
        effect=row["effect"],
        severity=row["severity"],
        explanation=explain(witness),
        observed=row["observed"],
        limit=row["limit_text"],
        unit=row["unit"],
        subject=row["subject"],
        trading_day=row["trading_day"],
        threshold=row["threshold"],
        evidence=list(row["evidence"]),
        pack_hash=row["pack_hash"],
        effective_at=row["effective_at"],
        recorded_at=row["recorded_at"],
    )

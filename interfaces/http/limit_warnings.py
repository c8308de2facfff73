"""Warnings: which limit an account came near, and how near."""

from __future__ import annotations

from typing import Annotated, Final, Literal

from fastapi import Query
from pydantic import Field

from domain.rules.explanations import Witness, explain_warning
from interfaces.http.clocks import PronouncedIn
from interfaces.http.fields import AccountId, Day, Moment, Wire
from interfaces.http.guard import guarded_router
from interfaces.http.ownership import insist_on_account
from interfaces.http.page_models import PageOut
from interfaces.http.pagination import ThePages
from interfaces.http.positions import READS
from interfaces.http.problem_models import refusals
from interfaces.http.reading import Row, TheReader, given

router = guarded_router(tag="warnings")

_LIST: Final = """
SELECT warning, rule, percent, observed, limit_text, unit, used, trading_day, threshold, evidence,
    pack_hash, effective_at, recorded_at, ledger_seq
FROM read.limit_warnings
"""


class WarningOut(Wire):
    """A warning with its witness. Nothing follows from it."""

    warning: int = Field(description="Its number: the account's version", examples=[41])
    rule: str = Field(examples=["max_loss"])
    percent: Literal[80, 90] = Field(description="The level that was crossed", examples=[80])
    used: str = Field(description="The share used, cut to four places", examples=["0.8250"])
    explanation: str = Field(
        examples=[
            "80 % of the daily loss limit is used: the equity of $49,150.00 is $150.00 above ..."
        ]
    )
    observed: str = Field(description="What was seen, in `unit`", examples=["48350.00"])
    limit: str = Field(description="What it was compared with, in `unit`", examples=["48000.00"])
    unit: Literal["USD", "days"] = Field(examples=["USD"])
    trading_day: Day
    threshold: dict[str, str] = Field(
        description="How the limit came to be",
        examples=[{"mode": "static", "peak": "50000.00", "allowance": "2000.00"}],
    )
    evidence: list[int] = Field(
        description="The account's versions that it rests on", examples=[[1, 40]]
    )
    pack_hash: str = Field(
        examples=["9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"]
    )
    effective_at: Moment
    recorded_at: Moment


@router.get(
    "/accounts/{account_id}/warnings",
    summary="List warnings",
    responses=refusals("not-found", "cursor-refused", *READS),
)
def list_warnings(
    account_id: AccountId,
    reader: TheReader,
    pages: ThePages,
    asked: Annotated[PronouncedIn, Query()],
) -> PageOut[WarningOut]:
    """Every warning that an account was given before a limit, newest first."""
    page = pages.turn_to(asked)
    with reader.snapshot("accounts", "limit_warnings", at_least=page.position) as snapshot:
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
    return page.of(rows, _warning_of, key=lambda row: (row["ledger_seq"],), snapshot=snapshot)


def _warning_of(row: Row) -> WarningOut:
    witness = Witness(
        rule=row["rule"],
        effect="flag",
        observed=row["observed"],
        limit=row["limit_text"],
        unit=row["unit"],
        threshold=row["threshold"],
    )
    return WarningOut(
        warning=row["warning"],
        rule=row["rule"],
        percent=row["percent"],
        used=row["used"],
        explanation=explain_warning(witness, percent=row["percent"]),
        observed=row["observed"],
        limit=row["limit_text"],
        unit=row["unit"],
        trading_day=row["trading_day"],
        threshold=row["threshold"],
        evidence=row["evidence"],
        pack_hash=row["pack_hash"],
        effective_at=row["effective_at"],
        recorded_at=row["recorded_at"],
    )

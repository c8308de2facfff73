"""Warnings: which limit an account came near, and how near."""

from __future__ import annotations

from typing import Annotated, Final, Literal

from fastapi import Query
from pydantic import Field

from domain.rules.explanations import explain_warning
from interfaces.http.clocks import PronouncedIn
from interfaces.http.fields import AccountId
from interfaces.http.guard import guarded_router
from interfaces.http.page_models import PageOut
from interfaces.http.pagination import ThePages
from interfaces.http.positions import READS
from interfaces.http.problem_models import refusals
from interfaces.http.reading import Row, TheReader
from interfaces.http.witnesses import WitnessOut, page_of_account, witness_fields, witness_of

router = guarded_router(tag="warnings")

_LIST: Final = """
SELECT warning, rule, percent, observed, limit_text, unit, threshold ->> 'subject' AS subject, used,
    trading_day, threshold, evidence, pack_hash, effective_at, recorded_at, ledger_seq
FROM read.limit_warnings
"""


class WarningOut(WitnessOut):
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
    return page_of_account(
        account_id,
        asked,
        reader=reader,
        pages=pages,
        model="limit_warnings",
        select=_LIST,
        make=_warning_of,
    )


def _warning_of(row: Row) -> WarningOut:
    witness = witness_of(row, effect="flag")
    return WarningOut(
        warning=row["warning"],
        rule=row["rule"],
        percent=row["percent"],
        used=row["used"],
        explanation=explain_warning(witness, percent=row["percent"]),
        **witness_fields(row),
    )

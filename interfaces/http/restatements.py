"""What corrections restated, and which outcomes await a person."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Final, Literal, TypeAlias
from uuid import UUID

from fastapi import Query
from pydantic import Field

from application.accounts.restatements import restated_figures
from application.log import Log
from interfaces.http.clocks import ClockedIn, look_back, rows_wanted
from interfaces.http.fields import AccountId, Day, Moment, TraderId, Wire
from interfaces.http.guard import guarded_router
from interfaces.http.ownership import insist_on_account
from interfaces.http.page_models import PageIn, PageOut
from interfaces.http.pagination import Page, ThePages
from interfaces.http.positions import READS
from interfaces.http.problem_models import refusals
from interfaces.http.reading import Reader, Row, TheReader
from interfaces.paging import given
from projections.past_decisions import revisions_of

router = guarded_router(tag="corrections")

EXPORTS_MAX: Final = 20
RevisionStatus: TypeAlias = Literal["pending", "applied", "dismissed", "overtaken"]
_RESTATEMENTS: Final = """
SELECT correction, subject, kind, execution, execution_id, reason, before, after, belongs_at,
    recorded_at, ledger_seq
FROM read.restatements
"""
_REVISIONS: Final = """
SELECT account_id, trader_id, revision, outcome, change, rule, effect, trading_day, observed,
    limit_text, unit, verdict, status_if_applied, in_doubt, status, decision_reason, decided_at,
    recorded_at, ledger_seq
FROM read.verdict_revisions
"""


class CarriedOut(Wire):
    """An export that was given out with some of the figures as they were before."""

    manifest_sha256: str = Field(
        description="The SHA-256 of its manifest",
        examples=["9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"],
    )
    made_at: Moment
    figures: list[str] = Field(description="Which of them", examples=[["net", "closing_balance"]])


class RestatementOut(Wire):
    """Figures that were shown, and what holds since a correction."""

    correction: int = Field(description="The account's version that corrected it", examples=[57])
    subject: str = Field(
        description="`account`, or the trading day whose figures changed", examples=["2026-03-02"]
    )
    kind: Literal["late", "void", "replacement"] = Field(examples=["late"])
    execution: Literal["trade", "fill", "result"] = Field(examples=["trade"])
    execution_id: str = Field(examples=["1455264980"])
    reason: str = Field(examples=["It was reported after its trading day was closed."])
    before: dict[str, Any] | None = Field(
        description="What was shown; null for a day that was not", examples=[{"net_units": 0}]
    )
    after: dict[str, Any] | None = Field(
        description="What holds; null for a day that is none any more",
        examples=[{"net_units": -6000000}],
    )
    belongs_at: Moment = Field(description="When the report belongs")
    recorded_at: Moment = Field(description="When it became known")
    exports_count: int = Field(
        description="How many recorded exports were given out with what was shown", examples=[1]
    )
    exports: list[CarriedOut] = Field(description=f"The newest of them, at most {EXPORTS_MAX}")


class RevisionOut(Wire):
    """An outcome that a corrected history would change."""

    account_id: AccountId
    trader_id: TraderId
    revision: int = Field(description="Its number: the account's version", examples=[57])
    outcome: Literal["breach", "pass", "payout"] = Field(examples=["breach"])
    change: Literal["appears", "disappears"] = Field(examples=["appears"])
    rule: str = Field(examples=["max_loss"])
    effect: str | None = Field(examples=["fail"])
    trading_day: Day
    observed: str | None = Field(examples=["48400.00"])
    limit: str | None = Field(examples=["48400.00"])
    unit: str | None = Field(examples=["USD"])
    verdict: int | None = Field(description="The verdict that would disappear", examples=[None])
    status_if_applied: str | None = Field(examples=["failed"])
    in_doubt: bool = Field(description="Marks of open profit had to be left out", examples=[False])
    status: RevisionStatus = Field(examples=["pending"])
    decision_reason: str | None = Field(examples=[None])
    decided_at: Moment | None
    recorded_at: Moment


class RevisionsIn(PageIn):
    """Filters of the list of revisions."""

    status: RevisionStatus | None = Field(
        default=None, description="Only these", examples=["pending"]
    )


class AccountRevisionsIn(ClockedIn):
    """Filters of the revisions of an account."""

    status: RevisionStatus | None = Field(
        default=None, description="Only these", examples=["pending"]
    )


@router.get(
    "/accounts/{account_id}/restatements",
    summary="List restated figures",
    responses=refusals("not-found", "cursor-refused", *READS),
)
def list_restatements(
    account_id: AccountId, reader: TheReader, pages: ThePages, asked: Annotated[PageIn, Query()]
) -> PageOut[RestatementOut]:
    """Every figure that a correction changed, newest first; amounts in 1/10,000 dollar.

    Each names the exports of events that were made with it, while they were recorded.
    """
    page = pages.turn_to(asked)
    with reader.snapshot("accounts", "restatements", at_least=page.position) as snapshot:
        insist_on_account(reader, snapshot, account_id)
        rows = snapshot.page(
            _RESTATEMENTS,
            ("account_id = %s", (account_id,)),
            ("(ledger_seq, subject) < (%s::bigint, %s::text)", page.after),
            order="ledger_seq DESC, subject DESC",
            limit=page.rows_wanted,
        )
    carried = _carried(reader.desk.runtime.log, account_id) if rows else {}
    return page.of(
        rows,
        lambda row: _restatement_of(row, carried.get((row["correction"], row["subject"]), [])),
        key=lambda row: (row["ledger_seq"], row["subject"]),
        snapshot=snapshot,
    )


@router.get(
    "/accounts/{account_id}/revisions",
    summary="List revised outcomes of an account",
    responses=refusals("not-found", "cursor-refused", *READS),
)
def list_account_revisions(
    account_id: AccountId,
    reader: TheReader,
    pages: ThePages,
    asked: Annotated[AccountRevisionsIn, Query()],
) -> PageOut[RevisionOut]:
    """The outcomes that corrections would change, and what was decided, newest first.

    With `as_of` or `known_at` they are as they stood then, by what was known then.
    """
    page = pages.turn_to(asked)
    if page.asked.looks_back:
        return _then(reader, page, account_id)
    with reader.snapshot("accounts", "verdict_revisions", at_least=page.position) as snapshot:
        insist_on_account(reader, snapshot, account_id)
        rows = snapshot.page(
            _REVISIONS,
            ("account_id = %s", (account_id,)),
            ("status = %s", given(page.asked.status)),
            ("ledger_seq < %s", page.after),
            order="ledger_seq DESC",
            limit=page.rows_wanted,
        )
    return page.of(rows, _revision_of, key=_key, snapshot=snapshot)


@router.get(
    "/revisions", summary="List revised outcomes", responses=refusals("cursor-refused", *READS)
)
def list_revisions(
    reader: TheReader, pages: ThePages, asked: Annotated[RevisionsIn, Query()]
) -> PageOut[RevisionOut]:
    """The revised outcomes of all accounts, newest first: what awaits a person."""
    page = pages.turn_to(asked)
    with reader.snapshot("verdict_revisions", at_least=page.position) as snapshot:
        rows = snapshot.page(
            _REVISIONS,
            ("status = %s", given(page.asked.status)),
            ("ledger_seq < %s", page.after),
            order="ledger_seq DESC",
            limit=page.rows_wanted,
        )
    return page.of(rows, _revision_of, key=_key, snapshot=snapshot)


def _then(reader: Reader, page: Page[AccountRevisionsIn], account_id: UUID) -> PageOut[RevisionOut]:
    found = look_back(reader, account_id, page.asked.clocks)
    rows = rows_wanted(
        revisions_of(found.past),
        page,
        key=_key,
        after=page.after,
        given={"status": page.asked.status},
    )
    return page.of(rows, _revision_of, key=_key, snapshot=found)


def _key(row: Row) -> tuple[int]:
    return (row["ledger_seq"],)


def _carried(log: Log, account_id: UUID) -> Mapping[tuple[int, str], list[CarriedOut]]:
    """By correction and subject: the exports that hold what was shown, newest first."""
    found: dict[tuple[int, str], dict[str, CarriedOut]] = {}
    for each in restated_figures(log, account_id=account_id):
        here = found.setdefault((each.correction, each.subject), {})
        for export in each.exports:
            sha256, made_at = export.manifest_sha256, export.made_at
            carried = here.setdefault(
                sha256, CarriedOut(manifest_sha256=sha256, made_at=made_at, figures=[])
            )
            carried.figures.append(each.figure)
    return {
        key: sorted(here.values(), key=lambda carried: carried.made_at, reverse=True)
        for key, here in found.items()
    }


def _restatement_of(row: Row, carried: list[CarriedOut]) -> RestatementOut:
    exported: dict[str, Any] = {
        "exports_count": len(carried), "exports": carried[:EXPORTS_MAX]
    }  # fmt: skip
    shown = {name: row[name] for name in RestatementOut.model_fields if name not in exported}
    return RestatementOut(**shown, **exported)


def _revision_of(row: Row) -> RevisionOut:
    named = {**row, "limit": row["limit_text"]}
    return RevisionOut(**{name: named[name] for name in RevisionOut.model_fields})

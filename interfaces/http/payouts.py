"""Payouts: the list, those of one account, and one with everything that was decided about it."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import Path, Query
from pydantic import Field

from application.accounts.queries import NOW, TwoClocks
from domain.accounts.errors import PayoutUnknown
from interfaces.http.clocks import AsOf, ClockedIn, KnownAt, look_back, rows_wanted
from interfaces.http.fields import AccountId, TraderId
from interfaces.http.guard import guarded_router
from interfaces.http.ownership import insist_on_account
from interfaces.http.page_models import PageIn, PageOut
from interfaces.http.pagination import Page, ThePages
from interfaces.http.payout_bodies import PayoutId
from interfaces.http.payout_models import (
    PayoutOut,
    PayoutStatus,
    PayoutSummaryOut,
    payout_of,
    payout_summary_of,
)
from interfaces.http.positions import READS
from interfaces.http.problem_models import refusals
from interfaces.http.reading import Reader, Row, TheReader
from interfaces.paging import given
from interfaces.payout_rows import PAYOUT, PAYOUTS
from projections.past_decisions import payouts_of

router = guarded_router(tag="payouts")


class AccountPayoutsIn(ClockedIn):
    """Filters of the payouts of an account."""

    status: PayoutStatus | None = Field(
        default=None, description="Only these", examples=["requested"]
    )


class PayoutsIn(PageIn):
    """Filters of the list of payouts."""

    status: PayoutStatus | None = Field(
        default=None, description="Only these", examples=["requested"]
    )
    trader: TraderId | None = Field(default=None, description="Only this trader's")
    account: AccountId | None = Field(default=None, description="Only this account's")


@router.get("/payouts", summary="List payouts", responses=refusals("cursor-refused", *READS))
def list_payouts(
    reader: TheReader, pages: ThePages, asked: Annotated[PayoutsIn, Query()]
) -> PageOut[PayoutSummaryOut]:
    """Payouts by when they were asked for, newest first. A trader sees its own."""
    page = pages.turn_to(asked)
    return _page(reader, page, account=page.asked.account, trader=page.asked.trader)


@router.get(
    "/accounts/{account_id}/payouts",
    summary="List the payouts of an account",
    responses=refusals("not-found", "cursor-refused", *READS),
)
def list_account_payouts(
    account_id: AccountId,
    reader: TheReader,
    pages: ThePages,
    asked: Annotated[AccountPayoutsIn, Query()],
) -> PageOut[PayoutSummaryOut]:
    """Payouts of one account by when they were asked for, newest first.

    With `as_of` or `known_at` they are as they stood then, by what was known then.
    """
    page = pages.turn_to(asked)
    if page.asked.looks_back:
        return _then(reader, page, account_id)
    return _page(reader, page, account=account_id, trader=None, insist=True)


@router.get(
    "/accounts/{account_id}/payouts/{payout_id}",
    summary="Read a payout",
    responses=refusals("not-found", "payout-unknown", *READS),
)
def get_payout(
    account_id: AccountId,
    payout_id: Annotated[PayoutId, Path()],
    reader: TheReader,
    as_of: AsOf = None,
    known_at: KnownAt = None,
) -> PayoutOut:
    """One payout with every decision and its table of rules. The ETag is the account's version.

    With `as_of` or `known_at` it is as it stood then, by what was known then.
    """
    clocks = TwoClocks(as_of=as_of, known_at=known_at)
    row = (
        _one_now(reader, account_id, payout_id)
        if clocks == NOW
        else _one_then(reader, account_id, payout_id, clocks)
    )
    if row is None:
        raise PayoutUnknown(
            f"The account has no payout {payout_id}; list its payouts for their identifiers.",
            payout_id=payout_id,
        )
    reader.response.headers["ETag"] = f'"{row["account_version"]}"'
    return payout_of(row, names=reader.caller.role != "trader")


def _one_now(reader: Reader, account_id: UUID, payout_id: str) -> Row | None:
    with reader.snapshot("accounts", "payouts") as snapshot:
        insist_on_account(reader, snapshot, account_id)
        return snapshot.one(PAYOUT, account_id, payout_id)


def _one_then(reader: Reader, account_id: UUID, payout_id: str, clocks: TwoClocks) -> Row | None:
    past = look_back(reader, account_id, clocks).past
    found = (row for row in payouts_of(past) if row["payout_id"] == payout_id)
    return next(({**row, "account_version": past.fold.version} for row in found), None)


def _then(
    reader: Reader, page: Page[AccountPayoutsIn], account_id: UUID
) -> PageOut[PayoutSummaryOut]:
    found = look_back(reader, account_id, page.asked.clocks)
    rows = rows_wanted(
        payouts_of(found.past),
        page,
        key=_key,
        after=page.after,
        given={"status": page.asked.status},
    )
    return page.of(rows, payout_summary_of, key=_key, snapshot=found)


def _key(row: Row) -> tuple[int]:
    return (row["requested_seq"],)


def _page(
    reader: Reader,
    page: Page[PayoutsIn] | Page[AccountPayoutsIn],
    *,
    account: UUID | None,
    trader: UUID | None,
    insist: bool = False,
) -> PageOut[PayoutSummaryOut]:
    caller = reader.caller
    own = list(caller.traders) if caller.role == "trader" else None
    with reader.snapshot("accounts", "payouts", at_least=page.position) as snapshot:
        if insist and account is not None:
            insist_on_account(reader, snapshot, account)
        rows = snapshot.page(
            PAYOUTS,
            ("trader_id = ANY(%s)", given(own)),
            ("trader_id = %s", given(trader)),
            ("account_id = %s", given(account)),
            ("status = %s", given(page.asked.status)),
            ("requested_seq < %s", page.after),
            order="requested_seq DESC",
            limit=page.rows_wanted,
        )
    return page.of(rows, payout_summary_of, key=_key, snapshot=snapshot)

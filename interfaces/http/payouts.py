"""Payouts: the list, those of one account, and one with everything that was decided about it."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import Path, Query
from pydantic import Field

from domain.accounts.errors import PayoutUnknown
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
from interfaces.http.reading import Reader, TheReader
from interfaces.paging import given
from interfaces.payout_rows import PAYOUT, PAYOUTS

router = guarded_router(tag="payouts")


class AccountPayoutsIn(PageIn):
    """Filters of the payouts of an account."""

    status: PayoutStatus | None = Field(
        default=None, description="Only these", examples=["requested"]
    )


class PayoutsIn(AccountPayoutsIn):
    """Filters of the list of payouts."""

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
    """Payouts of one account by when they were asked for, newest first."""
    page = pages.turn_to(asked)
    return _page(reader, page, account=account_id, trader=None, insist=True)


@router.get(
    "/accounts/{account_id}/payouts/{payout_id}",
    summary="Read a payout",
    responses=refusals("not-found", "payout-unknown", *READS),
)
def get_payout(
    account_id: AccountId, payout_id: Annotated[PayoutId, Path()], reader: TheReader
) -> PayoutOut:
    """One payout with every decision and its table of rules. The ETag is the account's version."""
    with reader.snapshot("accounts", "payouts") as snapshot:
        insist_on_account(reader, snapshot, account_id)
        row = snapshot.one(PAYOUT, account_id, payout_id)
    if row is None:
        raise PayoutUnknown(
            f"The account has no payout {payout_id}; list its payouts for their identifiers.",
            payout_id=payout_id,
        )
    reader.response.headers["ETag"] = f'"{row["account_version"]}"'
    return payout_of(row, names=reader.caller.role != "trader")


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
    return page.of(
        rows, payout_summary_of, key=lambda row: (row["requested_seq"],), snapshot=snapshot
    )

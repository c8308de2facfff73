"""Accounts: the list, and one account now or at any moment before."""

from __future__ import annotations

from typing import Annotated, Final
from uuid import UUID

from fastapi import Query
from pydantic import Field

from application.accounts.queries import NOW, TwoClocks, account_as_known
from application.errors import StreamNotFound
from interfaces.account_rows import ACCOUNTS, NEWEST_FIRST, accounts_that
from interfaces.http.account_models import (
    AccountOut,
    AccountSummaryOut,
    Status,
    account_of,
    summary_of,
)
from interfaces.http.clocks import AsOf, KnownAt
from interfaces.http.fields import LINE, AccountId, TraderId
from interfaces.http.guard import guarded_router
from interfaces.http.ownership import insist_on_seeing, insist_on_whole
from interfaces.http.page_models import PageIn, PageOut
from interfaces.http.pagination import ThePages
from interfaces.http.positions import READS, sealed
from interfaces.http.problem_models import refusals
from interfaces.http.reading import Reader, Row, TheReader
from interfaces.http.replay import row_of
from interfaces.paging import given

SEQ_MAX: Final = 2**63 - 1

router = guarded_router(tag="accounts")

# The figures, the version and the status are the rule state's: they change together.
_ONE: Final = """
SELECT a.account_id, a.trader_id, a.plan, a.phase, a.ended_by, a.opened_at, a.last_effective_at,
    a.starting_balance_units, a.net_profit_units, a.pack_hash, a.pack, r.*,
    m.unknown_since AS marks_unknown_since, m.last_mark_at AS marks_last_at,
    coalesce(l.expires_at > clock_timestamp(), false) AS marks_watched
FROM read.accounts AS a JOIN read.rule_state AS r USING (account_id)
LEFT JOIN work.mark_states AS m USING (account_id)
LEFT JOIN work.mark_leases AS l ON l.partition = m.partition
WHERE a.account_id = %s
"""


class AccountsIn(PageIn):
    """Filters of the list of accounts."""

    trader: TraderId | None = Field(default=None, description="Only this trader's")
    status: Status | None = Field(default=None, description="Only these", examples=["active"])
    plan: str | None = Field(
        default=None, max_length=100, pattern=LINE, description="Only this plan's"
    )


@router.get("/accounts", summary="List accounts", responses=refusals("cursor-refused", *READS))
def list_accounts(
    reader: TheReader, pages: ThePages, asked: Annotated[AccountsIn, Query()]
) -> PageOut[AccountSummaryOut]:
    """Accounts by when they were opened, newest first. A trader sees its own."""
    page = pages.turn_to(asked)
    wanted, caller = page.asked, reader.caller
    own = list(caller.traders) if caller.role == "trader" else None
    with reader.snapshot("accounts", at_least=page.position) as snapshot:
        rows = snapshot.page(
            ACCOUNTS,
            ("trader_id = ANY(%s)", given(own)),
            *accounts_that(
                trader=wanted.trader, status=wanted.status, plan=wanted.plan, after=page.after
            ),
            order=NEWEST_FIRST,
            limit=page.rows_wanted,
        )
    return page.of(
        rows,
        summary_of,
        key=lambda row: (row["opened_at"].isoformat(), row["account_id"]),
        snapshot=snapshot,
    )


@router.get(
    "/accounts/{account_id}", summary="Read an account", responses=refusals("not-found", *READS)
)
def get_account(
    account_id: AccountId,
    reader: TheReader,
    as_of: AsOf = None,
    known_at: KnownAt = None,
    at_seq: Annotated[
        int | None,
        Query(ge=1, le=SEQ_MAX, description="As the log stood at this position", examples=[1042]),
    ] = None,
) -> AccountOut:
    """Where an account stands: its money, the distance to every limit, its days.

    With `as_of`, `known_at` or `at_seq` the answer is replayed out of the log itself: what was true
    then, by what was known then.
    """
    asked = TwoClocks(as_of=as_of, known_at=known_at, at_seq=at_seq)
    row = _current(reader, account_id) if asked == NOW else _replayed(reader, account_id, asked)
    insist_on_seeing(reader.caller, row["trader_id"], account_id)
    reader.response.headers["ETag"] = f'"{row["version"]}"'
    return account_of(row)


def _current(reader: Reader, account_id: UUID) -> Row:
    with reader.snapshot("accounts", "rule_state") as snapshot:
        row = snapshot.one(_ONE, account_id)
    insist_on_whole(reader, snapshot, row["trader_id"] if row else None, account_id)
    assert row is not None, "an account that is seen is there"
    return row


def _replayed(reader: Reader, account_id: UUID, asked: TwoClocks) -> Row:
    log = reader.desk.runtime.log
    reader.response.headers["Ledger-Position"] = sealed(reader.desk, log.head())
    try:
        account = account_as_known(log, account_id, asked)
    except StreamNotFound:
        # The same words as for an account that is not the caller's.
        insist_on_seeing(reader.caller, None, account_id)
        raise
    return row_of(account)

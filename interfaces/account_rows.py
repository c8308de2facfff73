"""How accounts are listed out of their read model, for the API and for the command line."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final
from uuid import UUID

from interfaces.paging import Condition, given

ACCOUNTS: Final = """
SELECT account_id, trader_id, plan, phase, status, ended_by, balance_units, net_profit_units,
    trading_days, opened_at, version
FROM read.accounts
"""
NEWEST_FIRST: Final = "opened_at DESC, account_id DESC"
STATUSES: Final = ("active", "locked", "failed", "passed")


def accounts_that(
    *,
    trader: UUID | None,
    status: str | None,
    plan: str | None,
    after: Sequence[object] | None,
) -> Sequence[Condition]:
    """The filters of the list; `after` are the opening and the id of the last account seen."""
    return [
        ("trader_id = %s", given(trader)),
        ("status = %s", given(status)),
        ("plan = %s", given(plan)),
        ("(opened_at, account_id) < (%s::timestamptz, %s::uuid)", after),
    ]

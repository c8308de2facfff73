"""`dynasty accounts list`: which accounts there are, newest first."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Annotated, Any
from uuid import UUID

import typer
from rich.console import Console
from rich.table import Table

from application.errors import StreamNotFound
from domain.money import USD
from interfaces.account_rows import ACCOUNTS, NEWEST_FIRST, STATUSES, accounts_that
from interfaces.bootstrap.runtime import Runtime
from interfaces.cli.ids import account_id, trader_id
from interfaces.cli.payout_views import document_of
from interfaces.cli.reading import rows_of
from interfaces.cli.running import configured
from interfaces.cli.tables import add_ids, narrow_table
from interfaces.paging import paged

_out = Console(highlight=False, markup=False)
_err = Console(stderr=True, highlight=False, markup=False)
_MODELS = ("accounts",)


def list_accounts(
    status: Annotated[str | None, typer.Option(help=f"Only these: {', '.join(STATUSES)}.")] = None,
    plan: Annotated[str | None, typer.Option(help="Only this plan's, as it was sold.")] = None,
    trader: Annotated[
        UUID | None, typer.Option(help="Only this trader's.", parser=trader_id, metavar="TRADER")
    ] = None,
    limit: Annotated[int, typer.Option(min=1, max=1000, help="At most so many.")] = 50,
    after: Annotated[
        UUID | None,
        typer.Option(
            parser=account_id, metavar="ACCOUNT", help="Those that follow this account in the list."
        ),
    ] = None,
    *,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print a line of JSON for each account.")
    ] = False,
) -> None:
    """List accounts, newest first."""
    if status is not None and status not in STATUSES:
        raise typer.BadParameter(f"--status is one of {', '.join(STATUSES)}")
    with configured() as runtime:
        seen = _place_of(runtime, after) if after else None
        wanted = accounts_that(trader=trader, status=status, plan=plan, after=seen)
        query, values = paged(ACCOUNTS, *wanted, order=NEWEST_FIRST, limit=limit + 1)
        found = rows_of(runtime, _MODELS, query, values)
    rows = found[:limit]
    if as_json:
        for row in rows:
            print(json.dumps(document_of(row), ensure_ascii=False))
    else:
        _out.print(_table(rows) if rows else "There is no such account.")
    if len(found) > limit:
        _err.print(f"More follow: --after {rows[-1]['account_id']}", soft_wrap=True)


def _place_of(runtime: Runtime, account_id: UUID) -> Sequence[object]:
    query, values = paged(ACCOUNTS, ("account_id = %s", (account_id,)), order=NEWEST_FIRST, limit=1)
    for row in rows_of(runtime, _MODELS, query, values):
        return row["opened_at"], account_id
    raise StreamNotFound(f"There is no account {account_id} to go on from; check the identifier.")


def _table(rows: Sequence[Mapping[str, Any]]) -> Table:
    table = narrow_table()
    add_ids(
        table,
        "account\ntrader",
        [str(row[name]) for row in rows for name in ("account_id", "trader_id")],
    )
    table.add_column("plan\nphase", overflow="fold")
    table.add_column("status\nopened on")
    table.add_column("balance\nnet profit", justify="right", no_wrap=True)
    for row in rows:
        table.add_row(
            f"{row['account_id']}\n{row['trader_id']}",
            f"{row['plan']}\n{row['phase']}",
            f"{row['status']}\n{row['opened_at']:%Y-%m-%d}",
            f"{USD(row['balance_units'])}\n{USD(row['net_profit_units'])}",
        )
    return table

"""What was booked on an account: trades, fills, and results that came without their trades."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Annotated, Final, Literal
from uuid import UUID

from fastapi import Query
from pydantic import Field

from domain.market.contracts import price_text
from interfaces.http.clocks import ClockedIn, Read, look_back, rows_wanted
from interfaces.http.fields import (
    AccountId,
    Day,
    Moment,
    Money,
    Price,
    Wire,
    money_of,
    money_or_none,
)
from interfaces.http.guard import guarded_router
from interfaces.http.ownership import insist_on_account
from interfaces.http.page_models import PageOut
from interfaces.http.pagination import Page, ThePages
from interfaces.http.positions import READS
from interfaces.http.problem_models import refusals
from interfaces.http.reading import Reader, Row, TheReader
from interfaces.paging import given
from projections.past_trades import trades_of

router = guarded_router(tag="trades")

_LIST: Final = """
SELECT kind, trade_id, symbol, side, quantity, entry_price, exit_price, price, gross_units,
    fees_units, net_units, balance_units, reported_units, entered_at, exited_at, trading_day,
    source, voided_at, void_reason, stream_version, ledger_seq
FROM read.trades
"""


class TradesIn(ClockedIn):
    """Filters of the list of trades."""

    trading_day: Day | None = Field(default=None, description="Only of this day")
    kind: Literal["trade", "fill", "result"] | None = Field(
        default=None, description="Only these", examples=["trade"]
    )


class TradeOut(Wire):
    """One thing that was booked. A fill has `price`; a trade has `entry_price` and `exit_price`;
    a result has neither.
    """

    id: str = Field(description="The source's own identifier", examples=["1455264980"])
    kind: Literal["trade", "fill", "result"] = Field(examples=["trade"])
    symbol: str | None = Field(description="A result has none", examples=["ESZ5"])
    side: Literal["long", "short", "buy", "sell"] | None = Field(examples=["long"])
    quantity: int = Field(description="A result has zero", examples=[2])
    entry_price: Price | None
    exit_price: Price | None
    price: Price | None
    gross: Money = Field(description="From the contract, before fees")
    fees: Money
    net: Money
    balance: Money = Field(description="Of the account, right after it")
    reported: Money | None = Field(description="What the source itself claims, before fees")
    entered_at: Moment
    exited_at: Moment = Field(description="When it was booked: the exit, or the execution")
    trading_day: Day
    source: str = Field(examples=["api"])
    voided_at: Moment | None = Field(description="When it was taken back")
    void_reason: str | None = Field(examples=[None])
    version: int = Field(description="The account's version that it made", examples=[12])


@router.get(
    "/accounts/{account_id}/trades",
    summary="List trades",
    responses=refusals("not-found", "cursor-refused", *READS),
)
def list_trades(
    account_id: AccountId, reader: TheReader, pages: ThePages, asked: Annotated[TradesIn, Query()]
) -> PageOut[TradeOut]:
    """Everything booked on an account by when it was closed, newest first.

    With `as_of` or `known_at` it is what was booked by then, as it was known then.
    """
    page = pages.turn_to(asked)
    rows, held = (_then if page.asked.looks_back else _now)(reader, account_id, page)
    return page.of(
        rows,
        _trade_of,
        key=lambda row: (row["exited_at"].isoformat(), row["ledger_seq"]),
        snapshot=held,
    )


def _now(reader: Reader, account_id: UUID, page: Page[TradesIn]) -> Read:
    with reader.snapshot("accounts", "trades", at_least=page.position) as snapshot:
        insist_on_account(reader, snapshot, account_id)
        rows = snapshot.page(
            _LIST,
            ("account_id = %s", (account_id,)),
            ("trading_day = %s", given(page.asked.trading_day)),
            ("kind = %s", given(page.asked.kind)),
            ("(exited_at, ledger_seq) < (%s::timestamptz, %s)", page.after),
            order="exited_at DESC, ledger_seq DESC",
            limit=page.rows_wanted,
        )
    return rows, snapshot


def _then(reader: Reader, account_id: UUID, page: Page[TradesIn]) -> Read:
    found = look_back(reader, account_id, page.asked.clocks)
    rows = rows_wanted(
        trades_of(found.past),
        page,
        key=lambda row: (row["exited_at"], row["ledger_seq"]),
        after=page.after and [datetime.fromisoformat(page.after[0]), page.after[1]],
        given={"trading_day": page.asked.trading_day, "kind": page.asked.kind},
    )
    return rows, found


def _trade_of(row: Row) -> TradeOut:
    return TradeOut(
        id=row["trade_id"],
        kind=row["kind"],
        symbol=row["symbol"] or None,
        side=row["side"],
        quantity=row["quantity"],
        entry_price=_price(row["entry_price"]),
        exit_price=_price(row["exit_price"]),
        price=_price(row["price"]),
        gross=money_of(row["gross_units"]),
        fees=money_of(row["fees_units"]),
        net=money_of(row["net_units"]),
        balance=money_of(row["balance_units"]),
        reported=money_or_none(row["reported_units"]),
        entered_at=row["entered_at"],
        exited_at=row["exited_at"],
        trading_day=row["trading_day"],
        source=row["source"],
        voided_at=row["voided_at"],
        void_reason=row["void_reason"],
        version=row["stream_version"],
    )


def _price(price: Decimal | None) -> str | None:
    return None if price is None else price_text(price)

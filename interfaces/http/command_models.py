"""The bodies of commands."""

from __future__ import annotations

from typing import Annotated, Literal, TypeAlias

from pydantic import Field

from domain.accounts.executions import QUANTITY_MAX
from interfaces.http.fields import LINE, Day, Moment, Money, Price, Wire

ExecutionId: TypeAlias = Annotated[
    str,
    Field(
        min_length=1,
        max_length=64,
        pattern=LINE,
        description="The source's own identifier, unique in the account for ever",
        examples=["1455264980"],
    ),
]
Symbol: TypeAlias = Annotated[
    str, Field(min_length=1, max_length=40, pattern=LINE, examples=["ESH6"])
]
Quantity: TypeAlias = Annotated[int, Field(ge=1, le=QUANTITY_MAX, examples=[2])]


class TradeIn(Wire):
    """A closed round trip, as the platform reported it."""

    trade_id: ExecutionId
    symbol: Symbol
    side: Literal["long", "short"] = Field(examples=["long"])
    quantity: Quantity
    entry_price: Price
    exit_price: Price
    fees: Money = Field(description="What the trade cost, zero or more")
    entered_at: Moment
    exited_at: Moment = Field(description="When its profit is booked")
    reported: Money | None = Field(
        default=None, description="The profit the source claims, before fees; kept beside ours"
    )


class FillIn(Wire):
    """One execution, as the platform reported it."""

    fill_id: ExecutionId
    symbol: Symbol
    action: Literal["buy", "sell"] = Field(examples=["buy"])
    quantity: Quantity
    price: Price
    fees: Money = Field(description="What the execution cost, zero or more")
    executed_at: Moment


class EquityMarkIn(Wire):
    """The open profit of a moment."""

    open_pnl: Money = Field(description="Of everything open; below zero is a loss")
    marked_at: Moment


class TimeIn(Wire):
    """A time that has come."""

    passed_at: Moment | None = Field(default=None, description="Left out, it is now")


class CloseIn(Wire):
    """A trading day to close."""

    trading_day: Day
    open_pnl: Money | None = Field(
        default=None, description="What stays open over the close; left out, what was told last"
    )


class VoidIn(Wire):
    """A trade or fill that the platform took back."""

    execution_id: ExecutionId
    reason: str = Field(
        min_length=1, max_length=500, pattern=LINE, examples=["Platform busted the trade"]
    )
    voided_at: Moment | None = Field(default=None, description="Left out, it is now")

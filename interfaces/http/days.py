"""The trading days of an account, and the figures each one closed with."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date
from typing import Annotated, Final, Literal, LiteralString
from uuid import UUID

from fastapi import Query
from pydantic import Field

from interfaces.http.clocks import ClockedIn, Read, look_back, rows_wanted
from interfaces.http.fields import (
    AccountId,
    Day,
    Moment,
    Money,
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
from projections.past import Past
from projections.past_days import snapshots_of, trading_days_of

router = guarded_router(tag="days")

_DAYS: Final = """
SELECT trading_day, status, opening_balance_units, net_units, closing_balance_units, executions,
    traded, winning, violations
FROM read.trading_days
"""
_SNAPSHOTS: Final = """
SELECT trading_day, balance_units, equity_units, open_pnl_units, net_units, high_equity_units,
    low_equity_units, floor_units, next_floor_units, closest_units, drawdown_units, recorded_at
FROM read.daily_snapshots
"""


class DayOut(Wire):
    """One trading day of an account."""

    trading_day: Day
    status: Literal["open", "closed"] = Field(examples=["closed"])
    opening_balance: Money
    net: Money = Field(description="Realised, net of fees")
    closing_balance: Money | None = Field(description="Null while the day is open")
    executions: int = Field(examples=[3])
    traded: bool = Field(description="Whether the day counts as traded", examples=[True])
    winning: bool = Field(description="By the plan's threshold", examples=[False])
    violations: int = Field(examples=[0])


class SnapshotOut(Wire):
    """What a trading day closed with, or was restated to by a correction."""

    trading_day: Day
    balance: Money
    equity: Money
    open_pnl: Money
    net: Money
    high_equity: Money
    low_equity: Money
    floor: Money | None = Field(description="The maximum loss floor in force that day")
    next_floor: Money | None = Field(description="The one in force from the next day")
    closest: Money | None = Field(description="How near the day's low came to the floor")
    drawdown: Money = Field(description="The peak so far less the balance")
    recorded_at: Moment


@router.get(
    "/accounts/{account_id}/days",
    summary="List trading days",
    responses=refusals("not-found", "cursor-refused", *READS),
)
def list_days(
    account_id: AccountId, reader: TheReader, pages: ThePages, asked: Annotated[ClockedIn, Query()]
) -> PageOut[DayOut]:
    """The trading days of an account, newest first; the day in progress stands at the top.

    With `as_of` or `known_at` they are those of then, as they were known then.
    """
    page = pages.turn_to(asked)
    if page.asked.looks_back:
        rows, held = _then(reader, account_id, page, rows_of=trading_days_of)
    else:
        rows, held = _now(reader, account_id, page, select=_DAYS, model="trading_days")
    return page.of(rows, _day_of, key=_key, snapshot=held)


@router.get(
    "/accounts/{account_id}/snapshots",
    summary="List daily snapshots",
    responses=refusals("not-found", "cursor-refused", *READS),
)
def list_snapshots(
    account_id: AccountId, reader: TheReader, pages: ThePages, asked: Annotated[ClockedIn, Query()]
) -> PageOut[SnapshotOut]:
    """What each closed day ended with, newest first.

    With `as_of` or `known_at` they are those of the days closed by then, as they were known then.
    """
    page = pages.turn_to(asked)
    if page.asked.looks_back:
        rows, held = _then(reader, account_id, page, rows_of=snapshots_of)
    else:
        rows, held = _now(reader, account_id, page, select=_SNAPSHOTS, model="daily_snapshots")
    return page.of(rows, _snapshot_of, key=_key, snapshot=held)


def _now(
    reader: Reader, account_id: UUID, page: Page[ClockedIn], *, select: LiteralString, model: str
) -> Read:
    with reader.snapshot("accounts", model, at_least=page.position) as snapshot:
        insist_on_account(reader, snapshot, account_id)
        rows = snapshot.page(
            select,
            ("account_id = %s", (account_id,)),
            ("trading_day < %s::date", page.after),
            order="trading_day DESC",
            limit=page.rows_wanted,
        )
    return rows, snapshot


def _then(
    reader: Reader,
    account_id: UUID,
    page: Page[ClockedIn],
    *,
    rows_of: Callable[[Past], Sequence[Row]],
) -> Read:
    found = look_back(reader, account_id, page.asked.clocks)
    after = page.after and [date.fromisoformat(page.after[0])]
    return rows_wanted(rows_of(found.past), page, key=_key, after=after), found


def _key(row: Row) -> tuple[object]:
    return (row["trading_day"],)


def _day_of(row: Row) -> DayOut:
    return DayOut(
        trading_day=row["trading_day"],
        status=row["status"],
        opening_balance=money_of(row["opening_balance_units"]),
        net=money_of(row["net_units"]),
        closing_balance=money_or_none(row["closing_balance_units"]),
        executions=row["executions"],
        traded=row["traded"],
        winning=row["winning"],
        violations=row["violations"],
    )


def _snapshot_of(row: Row) -> SnapshotOut:
    return SnapshotOut(
        trading_day=row["trading_day"],
        balance=money_of(row["balance_units"]),
        equity=money_of(row["equity_units"]),
        open_pnl=money_of(row["open_pnl_units"]),
        net=money_of(row["net_units"]),
        high_equity=money_of(row["high_equity_units"]),
        low_equity=money_of(row["low_equity_units"]),
        floor=money_or_none(row["floor_units"]),
        next_floor=money_or_none(row["next_floor_units"]),
        closest=money_or_none(row["closest_units"]),
        drawdown=money_of(row["drawdown_units"]),
        recorded_at=row["recorded_at"],
    )

"""An account as the API shows it."""

from __future__ import annotations

from typing import Any, Literal, TypeAlias

from pydantic import Field

from interfaces.http.account_outlook import LimitUseOut, NextStepOut, SizeOut
from interfaces.http.account_parts import (
    ConsistencyOut,
    LimitOut,
    MarksOut,
    PositionOut,
    TargetOut,
    marks_of,
)
from interfaces.http.fields import (
    AccountId,
    Day,
    Moment,
    Money,
    TraderId,
    Wire,
    money_of,
    money_or_none,
)
from interfaces.http.reading import Row

Status: TypeAlias = Literal["active", "locked", "failed", "passed"]


class AccountSummaryOut(Wire):
    """An account in a list."""

    id: AccountId
    trader_id: TraderId
    plan: str = Field(examples=["Standard 25K"])
    phase: Literal["evaluation", "funded"] = Field(examples=["evaluation"])
    status: Status = Field(examples=["active"])
    ended_by: str | None = Field(description="The rule that ended it", examples=[None])
    balance: Money
    net_profit: Money = Field(description="Over the start, with what was paid out")
    trading_days: int = Field(examples=[11])
    opened_at: Moment
    version: int = Field(examples=[57])


class AccountOut(Wire):
    """Everything about one account at one moment. A rule the plan does not have is null."""

    id: AccountId
    trader_id: TraderId
    plan: str = Field(examples=["Standard 25K"])
    phase: Literal["evaluation", "funded"] = Field(examples=["evaluation"])
    status: Status = Field(examples=["active"])
    ended_by: str | None = Field(description="The rule that ended it", examples=[None])
    opened_at: Moment
    last_effective_at: Moment = Field(description="When its newest event took effect")
    version: int = Field(description="The same as the ETag", examples=[57])
    starting_balance: Money
    balance: Money
    equity: Money = Field(description="Balance and the open profit last told")
    net_profit: Money = Field(description="Over the start, with what was paid out")
    max_loss: LimitOut | None
    daily_loss: LimitOut | None
    target: TargetOut | None
    consistency: ConsistencyOut | None
    best_day: Money
    trading_days: int = Field(examples=[11])
    trading_days_left: int = Field(description="Of those the plan asks for", examples=[0])
    winning_days: int = Field(examples=[4])
    trading_day: Day | None = Field(description="The day in progress")
    day_net: Money = Field(description="Realised in the day in progress, net of fees")
    locked_until: Moment | None = Field(description="While trading is locked")
    positions: list[PositionOut]
    limits: list[LimitUseOut]
    binding_rule: str | None = Field(
        description="The limit that is met first: in the unit of which the largest share is used,"
        " the one of which least is left",
        examples=["daily_loss"],
    )
    largest_sizes: list[SizeOut] = Field(
        description="What may be open at once, for each product that is open or that the plan lists"
    )
    next_steps: list[NextStepOut] = Field(description="Empty once the account has ended")
    marks: MarksOut | None = Field(
        description="Whether the open profit is known now; null in a replay"
    )
    pack_hash: str = Field(
        description="SHA-256 of the rule pack in its canonical form",
        examples=["9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"],
    )
    pack: dict[str, Any] = Field(
        description="The rules it is judged by: those it was sold with, until it is moved",
        examples=[{"starting_balance": "25000.00"}],
    )


def summary_of(row: Row) -> AccountSummaryOut:
    """A row of `read.accounts` in a list."""
    return AccountSummaryOut(
        id=row["account_id"],
        trader_id=row["trader_id"],
        plan=row["plan"],
        phase=row["phase"],
        status=row["status"],
        ended_by=row["ended_by"],
        balance=money_of(row["balance_units"]),
        net_profit=money_of(row["net_profit_units"]),
        trading_days=row["trading_days"],
        opened_at=row["opened_at"],
        version=row["version"],
    )


def account_of(row: Row) -> AccountOut:
    """Of `read.accounts` and `read.rule_state`, or of a replay that has the same columns."""
    return AccountOut(
        id=row["account_id"],
        trader_id=row["trader_id"],
        plan=row["plan"],
        phase=row["phase"],
        status=row["status"],
        ended_by=row["ended_by"],
        opened_at=row["opened_at"],
        last_effective_at=row["last_effective_at"],
        version=row["version"],
        starting_balance=money_of(row["starting_balance_units"]),
        balance=money_of(row["balance_units"]),
        equity=money_of(row["equity_units"]),
        net_profit=money_of(row["net_profit_units"]),
        max_loss=_limit(row["floor_units"], row["floor_left_units"]),
        daily_loss=_limit(row["daily_floor_units"], row["daily_loss_left_units"]),
        target=_target(row),
        consistency=_consistency(row),
        best_day=money_of(row["best_day_units"]),
        trading_days=row["trading_days"],
        trading_days_left=row["trading_days_left"],
        winning_days=row["winning_days"],
        trading_day=row["trading_day"],
        day_net=money_of(row["day_net_units"]),
        locked_until=row["locked_until"],
        positions=[PositionOut(**each) for each in row["positions"]],
        limits=[LimitUseOut(**each) for each in row["limits"]],
        binding_rule=row["binding_rule"],
        largest_sizes=[SizeOut(**each) for each in row["largest_sizes"]],
        next_steps=[NextStepOut(**each) for each in row["next_steps"]],
        marks=marks_of(row),
        pack_hash=row["pack_hash"],
        pack=row["pack"],
    )


def _limit(floor: int | None, left: int | None) -> LimitOut | None:
    at, remaining = money_or_none(floor), money_or_none(left)
    return None if at is None or remaining is None else LimitOut(floor=at, left=remaining)


def _target(row: Row) -> TargetOut | None:
    required = money_or_none(row["target_units"])
    if required is None:
        return None
    return TargetOut(required=required, reached=row["target_reached"])


def _consistency(row: Row) -> ConsistencyOut | None:
    if row["consistency_met"] is None:
        return None
    return ConsistencyOut(ratio=row["consistency_ratio"], met=row["consistency_met"])

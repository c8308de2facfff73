"""A rule pack: the rules an account was sold with, as values.

Every rule but the starting balance is optional; None means that the rule does not apply.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import time
from decimal import Decimal
from typing import Literal, TypeAlias

from domain.money import USD

Phase: TypeAlias = Literal["evaluation", "funded"]
MaxLossMode: TypeAlias = Literal["static", "eod_trailing", "intraday_trailing", "realised_trailing"]
Breach: TypeAlias = Literal["at_or_below", "below"]
Basis: TypeAlias = Literal["equity", "balance"]
Effect: TypeAlias = Literal["fail", "lock_day", "flag"]
Permission: TypeAlias = Literal["allowed", "forbidden"]


@dataclass(frozen=True, slots=True, kw_only=True)
class MaxLoss:
    """How far an account may fall below its start or its peak. One of `amount` and
    `fraction_of_peak` is set.
    """

    mode: MaxLossMode
    amount: USD | None = None
    fraction_of_peak: Decimal | None = None
    lock_at: USD | None = None
    breach: Breach = "at_or_below"
    basis: Basis = "equity"
    after_first_payout: USD | Literal["starting_balance"] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DailyLoss:
    """How much a trading day may lose. One of `amount` and `fraction_of_day_start` is set."""

    effect: Literal["lock_day", "fail"]
    amount: USD | None = None
    fraction_of_day_start: Decimal | None = None
    measured_from: Literal["day_start_balance", "day_start_equity", "highest_close"] = field(
        default="day_start_balance", metadata={"key": "from"}
    )
    basis: Basis = "equity"
    breach: Breach = "at_or_below"


@dataclass(frozen=True, slots=True, kw_only=True)
class Consistency:
    """How large the best day may be beside the whole."""

    limit: Decimal
    of: Literal["total_profit", "profit_target"]
    effect: Literal["delay", "raise_target"]


@dataclass(frozen=True, slots=True, kw_only=True)
class PositionLimits:
    """How many contracts may be open at once, by root and in units."""

    per_symbol: Mapping[str, int] | None = None
    others: Permission = "allowed"
    total_units: int | None = None
    units: Mapping[str, int] = field(default_factory=dict)
    mini_units: int = 10
    micro_units: int = 1
    mixed_sizes: Permission = "allowed"
    effect: Effect = "flag"


@dataclass(frozen=True, slots=True, kw_only=True)
class ScalingStep:
    """The units allowed once the profit at the last close is above a mark."""

    profit_above: USD
    total_units: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionRule:
    """When positions must be closed. `flat_by` is Chicago time."""

    flat_by: time | None = None
    overnight: Permission = "allowed"
    weekend: Permission = "allowed"
    effect: Effect = "fail"


@dataclass(frozen=True, slots=True, kw_only=True)
class NewsRule:
    """The minutes around a release in which nothing may be opened or held."""

    minutes_before: int
    minutes_after: int
    effect: Effect = "flag"


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenLoss:
    """How much of the profit at the last close may be lost again while it is open.

    Where that profit is less than `base_at_least`, that is the base. Above `raised_above` the
    fraction is `raised_fraction`.
    """

    fraction: Decimal
    base_at_least: USD | None = None
    raised_above: USD | None = None
    raised_fraction: Decimal | None = None
    effect: Effect = "flag"


@dataclass(frozen=True, slots=True, kw_only=True)
class WinningDays:
    """Days of at least `threshold` net profit, `required` of them since the last payout."""

    threshold: USD
    required: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ShareFrom:
    """The trader's share from the n-th payout on, the first being 1."""

    from_payout: int
    share: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class ShareBand:
    """The trader's share up to a total ever withdrawn; None is without end."""

    up_to_total: USD | None
    share: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class PayoutRule:
    """What a trader may withdraw, when, and how it is shared."""

    minimum: USD | None = None
    fraction_of_profit: Decimal | None = None
    cap_per_payout: USD | None = None
    cap_per_month: USD | None = None
    count_per_month: int | None = None
    winning_days: WinningDays | None = None
    minimum_trading_days: int | None = None
    buffer: USD | None = None
    consistency: Decimal | None = field(default=None, metadata={"within": "limit"})
    day_profit: USD | None = None
    trader_share: tuple[ShareFrom, ...] = ()
    share_bands: tuple[ShareBand, ...] = ()
    cutoff: time | None = None
    freeze_while_pending: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class RulePack:
    """All rules of one account."""

    starting_balance: USD
    name: str = "unnamed"
    phase: Phase = "evaluation"
    max_loss: MaxLoss | None = None
    daily_loss: DailyLoss | None = None
    profit_target: USD | None = None
    consistency: Consistency | None = None
    minimum_trading_days: int | None = None
    maximum_trading_days: int | None = None
    position_limits: PositionLimits | None = None
    scaling: tuple[ScalingStep, ...] = ()
    session: SessionRule | None = None
    news: NewsRule | None = None
    hedging: Permission = "allowed"
    minimum_hold_seconds: int | None = None
    inactivity_days: int | None = None
    open_loss: OpenLoss | None = None
    stop_to_target_max: Decimal | None = None
    payout: PayoutRule | None = None

"""The payouts of an account: what is reserved, how past ones ended, what counts since the last."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from typing import Final, Literal

from domain.money import USD, ZERO

PAYOUTS_MAX: Final = 1_000
"""Payouts that an account may ever be asked for, one a day for years; more is a loop."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PendingPayout:
    """A payout that reserves its amount, and the trader's part of it.

    `version` is that of its request, `month` the calendar month whose counts it stands in.
    """

    amount: USD
    trader_share: USD
    month: str = ""
    version: int = 1
    approved: bool = False

    @property
    def status(self) -> Literal["requested", "approved"]:
        """How far it is."""
        return "approved" if self.approved else "requested"


@dataclass(frozen=True, slots=True, kw_only=True)
class EndedPayout:
    """How a payout ended, and what was said then: by it a second delivery is told from another.

    `said` is None where it was not kept.
    """

    status: Literal["rejected", "cancelled", "paid"]
    said: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class MonthOfPayouts:
    """The requests of one calendar month of trading days, but the rejected and the cancelled."""

    count: int = 0
    total: USD = ZERO


@dataclass(slots=True, kw_only=True)
class PayoutBook:
    """What was withdrawn, and what counts since the last payout.

    `seen` are the amounts of all requests by their id, `ended` how the past ones ended, `months`
    are by year and month. All three are kept for ever; PAYOUTS_MAX is their limit.
    """

    paid_out: USD = ZERO
    paid_count: int = 0
    pending: dict[str, PendingPayout] = field(default_factory=dict)
    seen: dict[str, USD] = field(default_factory=dict)
    ended: dict[str, EndedPayout] = field(default_factory=dict)
    months: dict[str, MonthOfPayouts] = field(default_factory=dict)
    profit_since: USD = ZERO
    best_day_since: USD | None = None
    trading_days_since: int = 0

    def reserved(self, *, without: str | None = None) -> USD:
        """What all pending payouts hold, or all but one."""
        amounts = (each.amount for id, each in self.pending.items() if id != without)
        return sum(amounts, ZERO)

    def month(self, name: str, *, without: str | None = None) -> MonthOfPayouts:
        """The counts of a month such as `2026-03`, or those without one pending payout."""
        counted = self.months.get(name, MonthOfPayouts())
        left_out = self.pending.get(without) if without is not None else None
        if left_out is None or left_out.month != name:
            return counted
        return MonthOfPayouts(count=counted.count - 1, total=counted.total - left_out.amount)


def month_of(day: date) -> str:
    """The calendar month of a trading day: `2026-03`."""
    return day.isoformat()[:7]

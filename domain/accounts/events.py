"""What can happen to a trading account, oldest first.

Amounts are integers of 1/10,000 dollar (`…_units`), prices decimal texts in JSON, days CME trading
days. `evidence` lists stream versions of the events that a verdict rests on.
"""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Literal, TypeAlias

from typing_extensions import override

from domain.accounts.events_corrections import HistoryCorrected, RevisionDecided, VerdictRevised
from domain.accounts.events_packs import PackChanged
from domain.accounts.events_payouts import PayoutEvent
from domain.accounts.events_warnings import LimitApproached
from domain.kernel import UUID, CreationEvent, Event
from domain.market.releases import Impact

Side: TypeAlias = Literal["long", "short"]
Action: TypeAlias = Literal["buy", "sell"]


class AccountOpened(CreationEvent):
    """A trader was given an account to trade under a rule pack, pinned by its hash.

    `pack` is the pack's canonical JSON text, so that the log alone can re-run every verdict.
    """

    TOPIC = "account.opened"
    trader_id: UUID
    plan: str
    phase: Literal["evaluation", "funded"]
    pack: str
    pack_hash: str
    starting_balance_units: int


class TradeRecorded(Event):
    """The platform reported a closed round trip; its profit is booked when it was closed.

    `gross_units` is computed from the contract, `reported_units` is what the source itself claimed.
    """

    TOPIC = "account.trade_recorded"
    trade_id: str
    symbol: str
    root: str
    side: Side
    quantity: int
    entry_price: Decimal
    exit_price: Decimal
    gross_units: int
    fees_units: int
    entered_at: datetime
    exited_at: datetime
    trading_day: date
    source: str
    reported_units: int | None
    fingerprint: str

    @property
    @override
    def natural_key(self) -> str:
        return f"trade:{self.trade_id}"


class FillRecorded(Event):
    """The platform reported one execution.

    `realised_units` is the profit on what it closed, first in first out, before fees.
    """

    TOPIC = "account.fill_recorded"
    fill_id: str
    symbol: str
    root: str
    action: Action
    quantity: int
    price: Decimal
    realised_units: int
    closed_quantity: int
    fees_units: int
    executed_at: datetime
    trading_day: date
    source: str
    fingerprint: str

    @property
    @override
    def natural_key(self) -> str:
        return f"fill:{self.fill_id}"


class ResultRecorded(Event):
    """A source reported the net result of a trading day without its trades."""

    TOPIC = "account.result_recorded"
    result_id: str
    net_units: int
    trading_day: date
    source: str
    fingerprint: str

    @property
    @override
    def natural_key(self) -> str:
        return f"result:{self.result_id}"


class EquityMarked(Event):
    """Open profit reached a new extreme of the session, or crossed a floor or a level of warning.

    Marks in between are not facts of the ledger: these are enough to re-run every loss rule.
    """

    TOPIC = "account.equity_marked"
    open_pnl_units: int
    equity_units: int
    reason: Literal["high", "low", "crossing", "close"]
    trading_day: date


class TradingDayClosed(Event):
    """A trading day ended; its figures are final."""

    TOPIC = "account.trading_day_closed"
    trading_day: date
    opening_balance_units: int
    net_units: int
    closing_balance_units: int
    open_pnl_units: int
    high_equity_units: int
    low_equity_units: int
    floor_units: int | None
    next_floor_units: int | None
    executions: int
    traded: bool


class RuleViolated(Event):
    """A rule of the pack was broken. The verdict holds its own witness.

    `observed` and `limit` are decimal texts in `unit`; `threshold` says how the limit came to be.
    """

    TOPIC = "account.rule_violated"
    rule: str
    effect: Literal["fail", "lock_day", "flag"]
    observed: str
    limit: str
    unit: Literal["USD", "contracts", "units", "seconds", "days", "minutes"]
    trading_day: date
    subject: str | None
    threshold: dict[str, str]
    evidence: tuple[int, ...]
    pack_hash: str


class DayLocked(Event):
    """Trading is over until the next session; the account lives."""

    TOPIC = "account.day_locked"
    trading_day: date
    rule: str
    until: datetime
    evidence: tuple[int, ...]


class DayUnlocked(Event):
    """A new session began and the lock of the day before fell."""

    TOPIC = "account.day_unlocked"
    trading_day: date


class AccountFailed(Event):
    """The account is over: a rule whose effect is to fail was broken."""

    TOPIC = "account.failed"
    rule: str
    trading_day: date
    balance_units: int
    equity_units: int
    evidence: tuple[int, ...]
    pack_hash: str


class AccountPassed(Event):
    """Target, days and consistency all held at a close."""

    TOPIC = "account.passed"
    trading_day: date
    net_profit_units: int
    required_units: int
    trading_days: int
    required_days: int
    best_day_units: int
    consistency_ratio: str | None
    evidence: tuple[int, ...]
    pack_hash: str


class TradeVoided(Event):
    """The platform took back a trade; its money is taken out of the day it was booked in."""

    TOPIC = "account.trade_voided"
    trade_id: str
    net_units: int
    trading_day: date
    reason: str

    @property
    @override
    def natural_key(self) -> str:
        return f"void:trade:{self.trade_id}"


class FillVoided(Event):
    """The platform took back an execution; the day's positions are matched anew without it.

    `net_units` is what the balance loses by it: the difference of all realised profit and fees.
    """

    TOPIC = "account.fill_voided"
    fill_id: str
    net_units: int
    trading_day: date
    reason: str

    @property
    @override
    def natural_key(self) -> str:
        return f"void:fill:{self.fill_id}"


class ReleaseNoted(Event):
    """The account was told of a scheduled news release; one of high impact closes its window.

    `roots` are the products it moves; None is all.
    """

    TOPIC = "account.release_noted"
    release_id: str
    title: str
    released_at: datetime
    impact: Impact
    roots: tuple[str, ...] | None

    @property
    @override
    def natural_key(self) -> str:
        return f"release:{self.release_id}"


AccountEvent: TypeAlias = (
    AccountOpened
    | TradeRecorded
    | FillRecorded
    | ResultRecorded
    | EquityMarked
    | TradingDayClosed
    | RuleViolated
    | DayLocked
    | DayUnlocked
    | AccountFailed
    | AccountPassed
    | TradeVoided
    | FillVoided
    | PayoutEvent
    | LimitApproached
    | PackChanged
    | ReleaseNoted
    | HistoryCorrected
    | VerdictRevised
    | RevisionDecided
)

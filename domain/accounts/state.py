"""What a trading account is at one moment: the fold of its events, and nothing else."""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from datetime import date, datetime
from decimal import Decimal
from typing import Final, Literal, TypeAlias
from uuid import UUID

from domain.accounts.payout_book import PayoutBook
from domain.accounts.positions import Lot
from domain.market.releases import Release
from domain.money import USD, ZERO
from domain.rules.pack import RulePack
from domain.values import made_often

Status: TypeAlias = Literal["active", "locked", "failed", "passed"]

KNOWN_MAX = 2_000
"""Identifiers of trades and fills that are remembered; the log's natural keys guard all others."""

RECENT_TRADES_MAX = 200
"""Closed trades that are remembered for how many contracts were open at once."""

TRADED_DAYS_MAX = 2_000
"""Traded days that are remembered, so that an execution taken back can be uncounted."""

RELEASES_MAX = 500
"""Releases that are remembered; those that are over by two trading days are let go."""

EXECUTIONS_PER_DAY_MAX = 10_000
"""More in one trading day is a runaway feed, not a trader."""


@made_often(kw_only=True)
class Execution:
    """A trade, a fill or a day's result booked in the session, so that it can be taken back."""

    id: str
    kind: Literal["trade", "fill", "result"]
    symbol: str
    root: str
    quantity: int
    price: Decimal
    net: USD
    fees: USD
    opened_at: datetime
    at: datetime


@dataclass(slots=True, kw_only=True)
class Session:
    """The trading day in progress. `violated` are the rules that were broken in it so far."""

    day: date
    opening_lots: tuple[Lot, ...]
    high_equity: USD
    low_equity: USD
    executions: list[Execution] = field(default_factory=list)
    traded: bool = False
    violated: set[str] = field(default_factory=set)


@dataclass(frozen=True, slots=True, kw_only=True)
class NotedRelease:
    """A release the account knows of, and the roots by which it was broken."""

    release: Release
    broken: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class NextPack:
    """A rule pack that comes into force when the session in progress closes."""

    pack: RulePack
    pack_hash: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Revision:
    """An outcome that a corrected history would change; `decision` is None while it awaits one."""

    version: int
    key: str
    change: Literal["appears", "disappears"]
    rule: str
    effect: str | None
    trading_day: date
    status_if_applied: Status | None
    decision: str | None = None


@dataclass(slots=True, kw_only=True)
class AccountState:
    """All that the rules need to know of an account.

    `day_start_balance` and `day_start_equity` stand at the last close, less what was paid out
    since. `mark` is the open profit last told; None while flat, or never told since. `mark_is_old`
    says that something was executed after it while positions stayed open: no verdict rests on it
    then. `warned` is the highest percentage of a limit that its trader was told of, by rule, while
    no less is used. `traded_days` counts the executions of each traded day. `releases` are
    scheduled news; those that were over before `releases_from` are forgotten. `revisions` are by
    the key of their outcome. `excused` are rules by which the account would have failed in a
    corrected past: that is for a person to say, until a moment is recorded that does not break
    them.
    """

    trader_id: UUID
    plan: str
    pack: RulePack
    pack_hash: str
    opened_at: datetime
    balance: USD
    day_start_balance: USD
    day_start_equity: USD
    highest_close: USD
    peak: USD
    peak_version: int = 1
    fixed_floor: USD | None = None
    status: Status = "active"
    ended_by: str | None = None
    ended_at: datetime | None = None
    mark: USD | None = None
    mark_is_old: bool = False
    lots: tuple[Lot, ...] = ()
    session: Session | None = None
    last_closed: date | None = None
    last_net: USD = ZERO
    trading_days: int = 0
    winning_days: int = 0
    best_day: USD | None = None
    traded_days: dict[date, int] = field(default_factory=dict)
    recent_trades: list[Execution] = field(default_factory=list)
    known: dict[str, str] = field(default_factory=dict)
    releases: dict[str, NotedRelease] = field(default_factory=dict)
    releases_from: datetime | None = None
    payouts: PayoutBook = field(default_factory=PayoutBook)
    warned: dict[str, int] = field(default_factory=dict)
    next_pack: NextPack | None = None
    revisions: dict[str, Revision] = field(default_factory=dict)
    excused: set[str] = field(default_factory=set)

    def marked(self, open_pnl: USD) -> AccountState:
        """This state, had that open profit just been told; it shares all else with this one."""
        seen = AccountState.__new__(AccountState)
        for name in _FIELDS:
            setattr(seen, name, getattr(self, name))
        seen.mark, seen.mark_is_old = open_pnl, False
        return seen

    @property
    def equity(self) -> USD:
        """Balance plus the open profit last told."""
        return self.balance if self.mark is None else self.balance + self.mark

    @property
    def net_profit(self) -> USD:
        """Balance over the start, with all that was paid out."""
        return self.balance - self.pack.starting_balance + self.payouts.paid_out

    @property
    def day_net(self) -> USD:
        """What the trading day in progress has realised, net of fees."""
        return self.balance - self.day_start_balance


_FIELDS: Final = tuple(each.name for each in fields(AccountState))

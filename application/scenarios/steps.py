"""The kinds of step in a scenario, as values."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import TypeAlias

from domain.accounts.executions import Fill, Trade
from domain.accounts.orders import Order
from domain.documents import Place
from domain.market.calendar import session_open, trading_day_of
from domain.market.releases import Impact
from domain.money import USD


@dataclass(frozen=True, slots=True, kw_only=True)
class TradeStep:
    """A closed round trip."""

    trade: Trade

    @property
    def day(self) -> date:
        """The trading day it is booked in."""
        return trading_day_of(self.trade.exited_at)


@dataclass(frozen=True, slots=True, kw_only=True)
class FillStep:
    """One execution."""

    fill: Fill

    @property
    def day(self) -> date:
        """The trading day it is booked in."""
        return trading_day_of(self.fill.executed_at)


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderStep:
    """A pre-trade question."""

    order: Order
    at: datetime

    @property
    def day(self) -> date:
        """The trading day it is asked in."""
        return trading_day_of(self.at)


@dataclass(frozen=True, slots=True, kw_only=True)
class EquityStep:
    """A mark."""

    open_pnl: USD
    at: datetime

    @property
    def day(self) -> date:
        """The trading day of the mark."""
        return trading_day_of(self.at)


@dataclass(frozen=True, slots=True, kw_only=True)
class DayStep:
    """A whole trading day: extremes of equity, then the net result, then the close."""

    day: date
    net_pnl: USD
    low: USD | None
    high: USD | None


@dataclass(frozen=True, slots=True, kw_only=True)
class CloseStep:
    """The end of a trading day."""

    day: date
    open_pnl: USD | None


@dataclass(frozen=True, slots=True, kw_only=True)
class NewsStep:
    """A scheduled release; no roots means all."""

    title: str
    at: datetime
    impact: Impact
    roots: tuple[str, ...] | None

    @property
    def day(self) -> date:
        """The trading day of the release."""
        return trading_day_of(self.at)


@dataclass(frozen=True, slots=True, kw_only=True)
class PayoutStep:
    """A request; with `pay` it is paid at once when allowed."""

    amount: USD
    at: datetime
    pay: bool

    @property
    def day(self) -> date:
        """The trading day of the request."""
        return trading_day_of(self.at)


@dataclass(frozen=True, slots=True, kw_only=True)
class VoidStep:
    """The platform takes back a trade or fill."""

    id: str
    at: datetime

    @property
    def day(self) -> date:
        """The trading day of the message."""
        return trading_day_of(self.at)


Action: TypeAlias = (
    TradeStep
    | FillStep
    | OrderStep
    | EquityStep
    | DayStep
    | CloseStep
    | NewsStep
    | PayoutStep
    | VoidStep
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """What happens, where it stands in the file, and what must be true after it."""

    kind: str
    action: Action
    place: Place
    expect: Place | None


def opened_at(steps: tuple[Step, ...]) -> datetime | None:
    """The account is opened when the session of its first step begins, or with a step of the
    weekend before it; None without steps.
    """
    return min((_first_moment(step.action) for step in steps), default=None)


def _first_moment(action: Action) -> datetime:
    begins = session_open(action.day)
    match action:
        case TradeStep():
            return min(begins, action.trade.exited_at)
        case FillStep():
            return min(begins, action.fill.executed_at)
        case DayStep() | CloseStep():
            return begins
        case _:
            return min(begins, action.at)

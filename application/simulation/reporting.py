"""What a platform reports of one account, told to the account in hand as it is sent."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import Final
from uuid import UUID

from application.accounts.commands import (
    CloseDay,
    MarkEquity,
    OpenAccount,
    RecordFill,
    RecordTrade,
    VoidExecution,
)
from application.simulation.driving import AccountCommand, drive, opened
from application.simulation.legs import Idea, Leg
from application.simulation.traders import Reporting
from domain.accounts.account import TradingAccount
from domain.accounts.executions import Fill, Trade
from domain.market.calendar import session_close
from domain.money import USD

SOURCE: Final = "simulation"
"""What simulated trades and fills name as their source."""

_AFTER_CLOSE: Final = timedelta(minutes=5)


class Platform:
    """Reports every fill of an account, or whole round trips. Identifiers count up."""

    account: TradingAccount

    def __init__(self, account_id: UUID, reporting: Reporting) -> None:
        self._account_id, self._reporting = account_id, reporting
        self._told = 0

    def open(self, command: OpenAccount) -> OpenAccount:
        """The account is there from now on."""
        self.account = opened(command)
        return command

    def enter(self, idea: Idea, leg: Leg) -> Iterator[AccountCommand]:
        """Contracts were bought or sold. A round trip is reported when it is over."""
        idea.legs.append(leg)
        if self._reporting == "fills":
            yield self._fill(idea, leg, quantity=leg.quantity, ticks=leg.ticks, at=leg.entered_at)

    def leave(self, idea: Idea, leg: Leg, *, ticks: int, at: datetime) -> AccountCommand:
        """The contracts of a leg were closed."""
        idea.legs.remove(leg)
        idea.banked += leg.worth(ticks)
        if self._reporting == "fills":
            return self._fill(idea, leg, quantity=-leg.quantity, ticks=ticks, at=at)
        return self._trade(idea, leg, ticks=ticks, at=at)

    def mark(self, open_units: int, at: datetime) -> AccountCommand:
        """The open profit of a moment."""
        return self._tell(MarkEquity(account_id=self._account_id, open_pnl=USD(open_units), at=at))

    def close(self, day: date, open_units: int | None) -> AccountCommand:
        """The trading day is over; `open_units` is what stays open."""
        return self._tell(
            CloseDay(
                account_id=self._account_id,
                day=day,
                at=session_close(day) + _AFTER_CLOSE,
                open_pnl=None if open_units is None else USD(open_units),
            )
        )

    def take_back(self, execution_id: str, at: datetime) -> AccountCommand:
        """The exchange broke a trade."""
        return self._tell(
            VoidExecution(
                account_id=self._account_id,
                execution_id=execution_id,
                at=at,
                reason="busted by the exchange (simulated)",
            )
        )

    def _fill(
        self, idea: Idea, leg: Leg, *, quantity: int, ticks: int, at: datetime
    ) -> AccountCommand:
        fill = Fill.of(
            fill_id=self._next(idea),
            symbol=leg.symbol,
            action="buy" if quantity > 0 else "sell",
            quantity=abs(quantity),
            price=leg.instrument.price(ticks),
            fees=leg.instrument.fee * abs(quantity),
            executed_at=at,
            source=SOURCE,
        )
        return self._tell(RecordFill(account_id=self._account_id, fill=fill))

    def _trade(self, idea: Idea, leg: Leg, *, ticks: int, at: datetime) -> AccountCommand:
        trade = Trade.of(
            trade_id=self._next(idea),
            symbol=leg.symbol,
            side="long" if leg.quantity > 0 else "short",
            quantity=abs(leg.quantity),
            entry_price=leg.instrument.price(leg.ticks),
            exit_price=leg.instrument.price(ticks),
            fees=leg.instrument.fee * (2 * abs(leg.quantity)),
            entered_at=leg.entered_at,
            exited_at=at,
            source=SOURCE,
        )
        return self._tell(RecordTrade(account_id=self._account_id, trade=trade))

    def _next(self, idea: Idea) -> str:
        self._told += 1
        execution_id = f"{self._reporting[0]}-{self._told}"
        idea.executions.append(execution_id)
        return execution_id

    def _tell(self, command: AccountCommand) -> AccountCommand:
        drive(self.account, command)
        return command

"""What a platform reports of one account, told to the account in hand as it is sent."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import fields
from datetime import date, datetime, timedelta
from typing import Final, cast
from uuid import UUID

from application.accounts.commands import (
    CloseDay,
    CorrectExecution,
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
from domain.accounts.events import AccountEvent
from domain.accounts.executions import Fill, Trade
from domain.market.calendar import session_close
from domain.market.contracts import contract_of
from domain.money import USD

SOURCE: Final = "simulation"
"""What simulated trades and fills name as their source."""

_AFTER_CLOSE: Final = timedelta(minutes=5)


class Platform:
    """Reports every fill of an account, or whole round trips. Identifiers count up.

    All events of the account are kept beside it, as the log would keep them: what corrects its
    past is judged from there. `told_at` is the moment of the last command that has one.
    """

    account: TradingAccount
    told_at: datetime

    def __init__(self, account_id: UUID, reporting: Reporting) -> None:
        self._account_id, self._reporting = account_id, reporting
        self._told = 0
        self._past: list[AccountEvent] = []

    def open(self, command: OpenAccount) -> OpenAccount:
        """The account is there from now on."""
        self.account, self.told_at = opened(command), command.at
        self._keep()
        return command

    def enter(self, idea: Idea, leg: Leg) -> Iterator[AccountCommand]:
        """Contracts were bought or sold. A round trip is reported when it is over."""
        idea.legs.append(leg)
        if self._reporting == "fills":
            fill = self._fill(leg, quantity=leg.quantity, ticks=leg.ticks, at=leg.entered_at)
            yield from self._booked(idea, fill)

    def leave(self, idea: Idea, leg: Leg, *, ticks: int, at: datetime) -> Iterator[AccountCommand]:
        """The contracts of a leg were closed."""
        idea.legs.remove(leg)
        idea.banked += leg.worth(ticks)
        if self._reporting == "fills":
            report: Fill | Trade = self._fill(leg, quantity=-leg.quantity, ticks=ticks, at=at)
        else:
            report = self._trade(leg, ticks=ticks, at=at)
        yield from self._booked(idea, report)

    def mark(self, open_units: int, at: datetime) -> AccountCommand:
        """The open profit of a moment."""
        return self.tell(MarkEquity(account_id=self._account_id, open_pnl=USD(open_units), at=at))

    def close(self, day: date, open_units: int | None) -> AccountCommand:
        """The trading day is over; `open_units` is what stays open."""
        return self.tell(
            CloseDay(
                account_id=self._account_id,
                day=day,
                at=session_close(day) + _AFTER_CLOSE,
                open_pnl=None if open_units is None else USD(open_units),
            )
        )

    def report(self, report: Trade | Fill) -> AccountCommand:
        """A round trip or an execution, in time or late."""
        if isinstance(report, Trade):
            return self.tell(RecordTrade(account_id=self._account_id, trade=report))
        return self.tell(RecordFill(account_id=self._account_id, fill=report))

    def take_back(self, report: Trade | Fill, at: datetime) -> AccountCommand:
        """The exchange broke a trade."""
        return self.tell(
            VoidExecution(
                account_id=self._account_id,
                execution_id=id_of(report),
                at=at,
                reason="busted by the exchange (simulated)",
            )
        )

    def correct(self, report: Trade | Fill, *, ticks: int) -> AccountCommand:
        """The platform found that the last price of a report was so many ticks off."""
        off = contract_of(report.symbol).spec.tick * ticks
        facts = {each.name: getattr(report, each.name) for each in fields(report)}
        del facts["root"]
        corrected: Trade | Fill
        if isinstance(report, Trade):
            del facts["gross"]
            corrected = Trade.of(**facts | {"exit_price": report.exit_price + off})
        else:
            corrected = Fill.of(**facts | {"price": report.price + off})
        return self.tell(
            CorrectExecution(
                account_id=self._account_id,
                corrected=corrected,
                reason="price corrected by the platform (simulated)",
            )
        )

    def tell(self, command: AccountCommand) -> AccountCommand:
        """Let the account decide on a command."""
        drive(self.account, command, lambda: self._past)
        self.told_at = max(self.told_at, getattr(command, "at", self.told_at))
        self._keep()
        return command

    def _booked(self, idea: Idea, report: Trade | Fill) -> Iterator[AccountCommand]:
        idea.reports.append(report)
        self.told_at = max(self.told_at, moment_of(report))
        if not idea.is_late:
            yield self.report(report)

    def _keep(self) -> None:
        fresh = self.account.version - len(self._past)
        if fresh:
            pending = cast("Sequence[AccountEvent]", self.account.pending_events)
            self._past += pending[len(pending) - fresh :]

    def _fill(self, leg: Leg, *, quantity: int, ticks: int, at: datetime) -> Fill:
        return Fill.of(
            fill_id=self._next(),
            symbol=leg.symbol,
            action="buy" if quantity > 0 else "sell",
            quantity=abs(quantity),
            price=leg.instrument.price(ticks),
            fees=leg.instrument.fee * abs(quantity),
            executed_at=at,
            source=SOURCE,
        )

    def _trade(self, leg: Leg, *, ticks: int, at: datetime) -> Trade:
        return Trade.of(
            trade_id=self._next(),
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

    def _next(self) -> str:
        self._told += 1
        return f"{self._reporting[0]}-{self._told}"


def id_of(report: Trade | Fill) -> str:
    """The platform's identifier of a report."""
    return report.trade_id if isinstance(report, Trade) else report.fill_id


def moment_of(report: Trade | Fill) -> datetime:
    """When what is reported was done."""
    return report.exited_at if isinstance(report, Trade) else report.executed_at

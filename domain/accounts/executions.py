"""What a platform reports: trades and fills, checked against their contract."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from domain.accounts.errors import ExitBeforeEntry, FeesNegative
from domain.accounts.events import Action, Side
from domain.documents import canonical_json
from domain.market.calendar import trading_day_of
from domain.market.calendar_errors import TimeWithoutOffset
from domain.market.contracts import contract_of, price_text
from domain.market.errors import QuantityOutOfRange
from domain.money import USD

QUANTITY_MAX = 10_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Trade:
    """A closed round trip, its times aware.

    `reported` is the profit that the source claims, before fees.
    """

    trade_id: str
    symbol: str
    root: str
    side: Side
    quantity: int
    entry_price: Decimal
    exit_price: Decimal
    gross: USD
    fees: USD
    entered_at: datetime
    exited_at: datetime
    source: str = "api"
    reported: USD | None = None

    @classmethod
    def of(
        cls, *, symbol: str, entry_price: str | Decimal, exit_price: str | Decimal, **facts: Any
    ) -> Trade:
        """Check a report. Refuses with UnknownContract, NotAPrice, PriceOffTick,
        QuantityOutOfRange, FeesNegative or ExitBeforeEntry.
        """
        contract = contract_of(symbol)
        entry, exit_ = contract.price(entry_price), contract.price(exit_price)
        _check(quantity=facts["quantity"], fees=facts["fees"], symbol=symbol)
        facts |= {key: _moment(facts[key]) for key in ("entered_at", "exited_at")}
        if facts["exited_at"] < facts["entered_at"]:
            raise ExitBeforeEntry(
                f"The trade {facts['trade_id']} was closed at {facts['exited_at'].isoformat()},"
                f" before it was opened at {facts['entered_at'].isoformat()}; check both times.",
                trade_id=facts["trade_id"],
            )
        direction = 1 if facts["side"] == "long" else -1
        gross = contract.profit(
            entry=entry, exit_price=exit_, signed_quantity=direction * facts["quantity"]
        )
        return cls(
            symbol=symbol,
            root=contract.spec.root,
            entry_price=entry,
            exit_price=exit_,
            gross=gross,
            **facts,
        )

    @property
    def signed_quantity(self) -> int:
        """Above zero for a long."""
        return self.quantity if self.side == "long" else -self.quantity

    @property
    def fingerprint(self) -> str:
        """What two reports of one trade are compared by."""
        return _fingerprint(
            self.symbol, self.side, self.quantity, price_text(self.entry_price),
            price_text(self.exit_price), str(self.fees), self.entered_at.isoformat(),
            self.exited_at.isoformat(),
        )  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Fill:
    """One execution."""

    fill_id: str
    symbol: str
    root: str
    action: Action
    quantity: int
    price: Decimal
    fees: USD
    executed_at: datetime
    source: str = "api"

    @classmethod
    def of(cls, *, symbol: str, price: str | Decimal, **facts: Any) -> Fill:
        """Check a report. Refuses with UnknownContract, NotAPrice, PriceOffTick,
        QuantityOutOfRange or FeesNegative.
        """
        contract = contract_of(symbol)
        _check(quantity=facts["quantity"], fees=facts["fees"], symbol=symbol)
        facts["executed_at"] = _moment(facts["executed_at"])
        return cls(symbol=symbol, root=contract.spec.root, price=contract.price(price), **facts)

    @property
    def signed_quantity(self) -> int:
        """Above zero for a purchase."""
        return self.quantity if self.action == "buy" else -self.quantity

    @property
    def fingerprint(self) -> str:
        """What two reports of one fill are compared by."""
        return _fingerprint(
            self.symbol, self.action, self.quantity, price_text(self.price), str(self.fees),
            self.executed_at.isoformat(),
        )  # fmt: skip


def result_fingerprint(*, day: str, net: USD) -> str:
    """What two reports of one day's result are compared by."""
    return _fingerprint(day, str(net))


def _fingerprint(*facts: str | int) -> str:
    return hashlib.sha256(canonical_json({"facts": list(facts)}).encode()).hexdigest()


def _check(*, quantity: int, fees: USD, symbol: str) -> None:
    if not 1 <= quantity <= QUANTITY_MAX:
        raise QuantityOutOfRange(
            f"{quantity} contracts of {symbol} is not a trade; give a quantity from 1 to"
            f" {QUANTITY_MAX:,}.",
            symbol=symbol,
            quantity=quantity,
        )
    if fees.units < 0:
        raise FeesNegative(
            f"Fees of {fees} would be a gift; give what the trade cost, zero or more.",
            fees=str(fees),
        )


def _moment(at: datetime) -> datetime:
    """One form for one instant, so that it is stored and compared alike; within the calendar."""
    if at.utcoffset() is None:
        raise TimeWithoutOffset(
            f"{at.isoformat()} has no offset, so it names no moment; write one such as"
            " 2026-03-02T10:00:00-06:00.",
            at=at.isoformat(),
        )
    trading_day_of(at)
    return at.astimezone(UTC)

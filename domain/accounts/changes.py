"""What may turn out about the past of an account: the changes that a correction carries out."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Literal

from domain.accounts.corrected import reported
from domain.accounts.errors import NothingToVoid
from domain.accounts.events import AccountEvent, TradeRecorded
from domain.accounts.events_corrections import Correction, HistoryCorrected
from domain.accounts.executions import Fill, Trade
from domain.documents import canonical_json
from domain.market.calendar import trading_day_of
from domain.market.contracts import price_text
from domain.money import USD


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """What turned out about the past: a report that is put in, taken out or both.

    `at` and `trading_day` say where it belongs; `put_in` are the plain facts of a report.
    """

    correction: Correction
    execution: Literal["trade", "fill", "result"]
    execution_id: str
    at: datetime
    trading_day: date
    fingerprint: str
    reason: str
    put_in: dict[str, Any] | None = None

    @property
    def taken_out(self) -> str | None:
        """The natural key of the report that no longer counts."""
        return None if self.correction == "late" else f"{self.execution}:{self.execution_id}"


LATE = "It was reported after its trading day was closed."


def put_trade(trade: Trade, *, replaces: bool = False, reason: str = LATE) -> Change:
    """A round trip that came late, or that replaces what was reported under its id."""
    return _put(
        "trade",
        trade.trade_id,
        at=trade.exited_at,
        fingerprint=trade.fingerprint,
        replaces=replaces,
        reason=reason,
        put_in={
            "trade_id": trade.trade_id,
            "symbol": trade.symbol,
            "root": trade.root,
            "side": trade.side,
            "quantity": trade.quantity,
            "entry_price": price_text(trade.entry_price),
            "exit_price": price_text(trade.exit_price),
            "gross_units": trade.gross.units,
            "fees_units": trade.fees.units,
            "entered_at": trade.entered_at.isoformat(),
            "exited_at": trade.exited_at.isoformat(),
            "source": trade.source,
            "reported_units": trade.reported.units if trade.reported else None,
        },
    )


def put_fill(fill: Fill, *, replaces: bool = False, reason: str = LATE) -> Change:
    """An execution that came late, or that replaces one. What it realises is matched anew."""
    return _put(
        "fill",
        fill.fill_id,
        at=fill.executed_at,
        fingerprint=fill.fingerprint,
        replaces=replaces,
        reason=reason,
        put_in={
            "fill_id": fill.fill_id,
            "symbol": fill.symbol,
            "root": fill.root,
            "action": fill.action,
            "quantity": fill.quantity,
            "price": price_text(fill.price),
            "realised_units": 0,
            "closed_quantity": 0,
            "fees_units": fill.fees.units,
            "executed_at": fill.executed_at.isoformat(),
            "source": fill.source,
        },
    )


def put_result(*, result_id: str, net: USD, at: datetime, source: str, fingerprint: str) -> Change:
    """The net result of a day that was closed without it."""
    put_in = {"result_id": result_id, "net_units": net.units, "source": source}
    return _put("result", result_id, at=at, fingerprint=fingerprint, put_in=put_in)


def _put(
    execution: Literal["trade", "fill", "result"],
    execution_id: str,
    *,
    at: datetime,
    fingerprint: str,
    put_in: dict[str, Any],
    replaces: bool = False,
    reason: str = LATE,
) -> Change:
    return Change(
        correction="replacement" if replaces else "late",
        execution=execution,
        execution_id=execution_id,
        at=at,
        trading_day=trading_day_of(at),
        fingerprint=fingerprint,
        reason=reason,
        put_in=put_in,
    )


def void_of(past: Sequence[AccountEvent], *, id: str, reason: str) -> Change:
    """A report that the platform took back, wherever it stands. Refuses with NothingToVoid."""
    report = reported(past, id)
    if report is None:
        raise NothingToVoid(f"No trade or fill {id} is in the account; check the id.", id=id)
    named = canonical_json({"void": report.natural_key})
    return Change(
        correction="void",
        execution="trade" if isinstance(report, TradeRecorded) else "fill",
        execution_id=id,
        at=report.effective_at,
        trading_day=trading_day_of(report.effective_at),
        fingerprint=hashlib.sha256(named.encode()).hexdigest(),
        reason=reason,
    )


def change_of(event: HistoryCorrected) -> Change:
    """The change that a recorded correction carried out."""
    return Change(
        correction=event.correction,
        execution=event.execution,
        execution_id=event.execution_id,
        at=event.effective_at,
        trading_day=event.trading_day,
        fingerprint=event.fingerprint,
        reason=event.reason,
        put_in=event.put_in,
    )

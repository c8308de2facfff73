"""The history as it really was: every report in its place, by all that is known now.

A late report stands where it belongs in time. What was taken back never happened, and marks told
while it was open say nothing: they counted its open profit.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any, TypeAlias, cast

from domain.accounts.days import day_of
from domain.accounts.errors import NothingToVoid
from domain.accounts.events import (
    AccountEvent,
    EquityMarked,
    FillRecorded,
    FillVoided,
    ResultRecorded,
    TradeRecorded,
    TradeVoided,
    TradingDayClosed,
)
from domain.accounts.events_corrections import HistoryCorrected, RevisionDecided
from domain.accounts.findings import FINDINGS
from domain.accounts.positions import Lot, match_fill, net_of
from domain.kernel import Event
from domain.market.contracts import contract_of

Booked: TypeAlias = TradeRecorded | FillRecorded | ResultRecorded


@dataclass(slots=True)
class Corrected:
    """The reports in the order in which they belong, the opening first."""

    reports: list[AccountEvent]
    marks_left_out: int = 0


def corrected(history: Sequence[AccountEvent]) -> Corrected:
    """The reports of a history with each of its corrections carried out.

    Refuses with NothingToVoid when a correction takes out what is not there.
    """
    found, put_in = Corrected([]), set[str]()
    for event in history:
        if isinstance(event, HistoryCorrected):
            _correct(found, event, put_in)
        elif isinstance(event, TradeVoided | FillVoided) and _voids(event) in put_in:
            # What was replaced and then taken back on the same day was never there.
            _take_out(found, _voids(event))
        elif not isinstance(event, (*FINDINGS, RevisionDecided)):
            found.reports.append(event)
    return found


def _correct(found: Corrected, correction: HistoryCorrected, put_in: set[str]) -> None:
    if correction.taken_out is not None:
        _take_out(found, correction.taken_out)
    if correction.put_in is not None:
        late = report_of(correction)
        _put_in(found.reports, late)
        put_in.add(late.natural_key)


def _voids(event: TradeVoided | FillVoided) -> str:
    """The natural key of what was taken back."""
    return event.natural_key.removeprefix("void:")


def reported(past: Sequence[AccountEvent], id: str) -> TradeRecorded | FillRecorded | None:
    """The report of this id that counts; one taken back does not."""
    for report in reversed(corrected(past).reports):
        match report:
            case TradeRecorded() | TradeVoided() if report.trade_id == id:
                return report if isinstance(report, TradeRecorded) else None
            case FillRecorded() | FillVoided() if report.fill_id == id:
                return report if isinstance(report, FillRecorded) else None
            case _:
                pass
    return None


def report_of(correction: HistoryCorrected) -> Booked:
    """The report that a correction put in, as if it had come in time."""
    assert correction.put_in is not None, "a void puts nothing in"
    facts: dict[str, Any] = {
        **correction.put_in,
        "originator_id": correction.originator_id,
        "originator_version": correction.originator_version,
        "timestamp": correction.timestamp,
        "trading_day": correction.trading_day,
        "fingerprint": correction.fingerprint,
    }
    for name in ("entry_price", "exit_price", "price"):
        if name in facts:
            facts[name] = Decimal(facts[name])
    for name in ("entered_at", "exited_at", "executed_at"):
        if name in facts:
            facts[name] = datetime.fromisoformat(facts[name])
    kinds: dict[str, type[Booked]] = {
        "trade": TradeRecorded, "fill": FillRecorded, "result": ResultRecorded,
    }  # fmt: skip
    return kinds[correction.execution](**facts)


def _take_out(found: Corrected, key: str) -> None:
    """Remove a report by its natural key, and silence the marks that were told of it."""
    at = next((n for n, each in enumerate(found.reports) if each.natural_key == key), None)
    if at is None:
        raise NothingToVoid(f"No {key} is in the account; check the id.", id=key)
    taken = found.reports[at]
    silent_from, silent_until = _open_between(found.reports, taken)
    del found.reports[at]
    for n, each in enumerate(found.reports):
        if not silent_from <= each.effective_at < silent_until:
            continue
        if isinstance(each, TradingDayClosed) and each.open_pnl_units:
            found.reports[n] = _changed(each, open_pnl_units=0)
            found.marks_left_out += 1
    kept = [
        each
        for each in found.reports
        if not (isinstance(each, EquityMarked) and silent_from < each.effective_at < silent_until)
    ]
    found.marks_left_out += len(found.reports) - len(kept)
    found.reports = kept


def _open_between(
    reports: Sequence[AccountEvent], taken: AccountEvent
) -> tuple[datetime, datetime]:
    """From when until when an execution was part of what was open."""
    if isinstance(taken, TradeRecorded):
        return taken.entered_at, taken.exited_at
    if not isinstance(taken, FillRecorded):
        return taken.effective_at, taken.effective_at
    series = contract_of(taken.symbol).series
    voided = {each.fill_id for each in reports if isinstance(each, FillVoided)}
    lots: tuple[Lot, ...] = ()
    seen = False
    for each in reports:
        if not isinstance(each, FillRecorded) or each.fill_id in voided:
            continue
        signed = each.quantity if each.action == "buy" else -each.quantity
        matched = match_fill(
            lots, symbol=each.symbol, signed_quantity=signed, price=each.price, at=each.executed_at
        )
        lots, seen = matched.lots, seen or each is taken
        if seen and not net_of(lots, series):
            return taken.executed_at, each.executed_at
    return taken.executed_at, datetime.max.replace(tzinfo=taken.executed_at.tzinfo)


def _put_in(reports: list[AccountEvent], late: Booked) -> None:
    day, at = late.trading_day, late.effective_at
    place = next(
        (n for n, each in enumerate(reports) if n and _comes_after(each, day=day, at=at)),
        len(reports),
    )
    reports.insert(place, late)


def _comes_after(event: AccountEvent, *, day: date, at: datetime) -> bool:
    of = day_of(event)
    if of != day:
        return of > day
    return isinstance(event, TradingDayClosed) or event.effective_at > at


def _changed(event: AccountEvent, **facts: Any) -> AccountEvent:
    return cast("AccountEvent", cast("type[Event]", type(event))(**{**vars(event), **facts}))

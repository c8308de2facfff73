"""The rows of `trades` as they were on two clocks."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final, TypeAlias

from domain.accounts.corrected import Booked, report_of
from domain.accounts.events import (
    FillRecorded,
    FillVoided,
    ResultRecorded,
    TradeRecorded,
    TradeVoided,
)
from domain.accounts.events_corrections import HistoryCorrected
from projections.kernel import Projected
from projections.past import Past
from projections.trades import COLUMNS, booked_row, named

Named: TypeAlias = tuple[str, str]
_VOID: Final = ("voided_at", "void_reason")


def trades_of(past: Past) -> Sequence[dict[str, Any]]:
    """Every execution in effect by then. One that a correction moved is where it belongs.

    What was taken back on its own day stood until then; what a correction took back never did.
    """
    found = _Executions()
    for each in past.events:
        match each.event:
            case TradeRecorded() | FillRecorded() | ResultRecorded() as booked:
                found.book(each, booked)
            case TradeVoided() | FillVoided() as voided:
                name = named(voided)
                if past.holds(voided.effective_at) or name in found.corrected:
                    found.void(name, voided.timestamp, voided.reason)
            case HistoryCorrected() as correction:
                found.correct(each, correction)
            case _:
                pass
    return [row for name, row in found.rows.items() if past.holds(found.effective[name])]


class _Executions:
    def __init__(self) -> None:
        self.rows: dict[Named, dict[str, Any]] = {}
        self.effective: dict[Named, datetime] = {}
        self.corrected: set[Named] = set()

    def book(self, each: Projected, booked: Booked) -> None:
        name = named(booked)
        self.rows[name] = dict(zip(COLUMNS, booked_row(each, booked), strict=True))
        self.effective[name] = booked.effective_at

    def void(self, name: Named, at: datetime, reason: str) -> None:
        if name in self.rows:
            self.rows[name].update(zip(_VOID, (at, reason), strict=True))

    def correct(self, each: Projected, correction: HistoryCorrected) -> None:
        name = (correction.execution, correction.execution_id)
        if correction.put_in is None:
            self.void(name, each.recorded.recorded_at, correction.reason)
        else:
            self.book(each, report_of(correction))
            self.corrected.add(name)
        for fill in correction.fills:
            if row := self.rows.get(("fill", fill["fill_id"])):
                realised = fill["realised_units"]
                row.update(gross_units=realised, net_units=realised - row["fees_units"])

"""The rows of `trading_days` and of `daily_snapshots` as they were on two clocks."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from domain.accounts.events import RuleViolated, TradingDayClosed
from domain.accounts.events_corrections import HistoryCorrected
from projections import daily_snapshots, trading_days
from projections.daily_snapshots import closing_row, restated_row
from projections.kernel import Projected, Row
from projections.past import Past
from projections.trading_days import closed_row, open_row


def trading_days_of(past: Past) -> Sequence[dict[str, Any]]:
    """The days that had closed by then, and the one in progress."""
    days: dict[date, dict[str, Any]] = {}
    for each in past.events:
        match each.event:
            case TradingDayClosed() as event:
                days[event.trading_day] = _day(past, event.trading_day, closed_row(each, event))
            case HistoryCorrected() as correction:
                _restate(days, past, each, correction)
            case _:
                pass
    closed = _closed_by_then(past, days)
    session = past.state.session
    if session is not None:
        row = open_row(past.state, session, violations=_pronounced(past, session.day))
        closed[session.day] = _day(past, session.day, row)
    return list(closed.values())


def snapshots_of(past: Past) -> Sequence[dict[str, Any]]:
    """The days that had closed by then, each as it was closed or restated last."""
    days: dict[date, dict[str, Any]] = {}
    for each in past.events:
        match each.event:
            case TradingDayClosed() as event:
                days[event.trading_day] = _snapshot(closing_row(each, event))
            case HistoryCorrected() as correction:
                for changed in correction.days:
                    days.pop(_named(changed), None)
                    if changed["after"] is not None:
                        days[_named(changed)] = _snapshot(restated_row(each, changed))
            case _:
                pass
    return list(_closed_by_then(past, days).values())


def _restate(
    days: dict[date, dict[str, Any]], past: Past, each: Projected, correction: HistoryCorrected
) -> None:
    """The violations of a day are those that were pronounced, and stay counted."""
    assert each.moment is not None, "an account's event has its account"
    for changed in correction.days:
        day, after = _named(changed), changed["after"]
        shown = days.pop(day, None)
        if after is not None:
            pronounced = each.moment.violations.get(day, 0)
            violations = shown["violations"] if shown else pronounced
            figures = {"status": "closed", "violations": violations, **after}
            names = trading_days.COLUMNS[2:]
            days[day] = _day(past, day, tuple(figures[name] for name in names))


def _closed_by_then(past: Past, days: dict[date, dict[str, Any]]) -> dict[date, dict[str, Any]]:
    """A day's figures rest on what came before its close alone, so that a cut takes whole days."""
    closed = None if past.true is None else past.true.days
    return {day: row for day, row in days.items() if closed is None or day in closed}


def _pronounced(past: Past, day: date) -> int:
    """How many violations the day in progress has, by the moment."""
    if past.true is None:
        return past.fold.violations[day]
    return sum(
        isinstance(each.event, RuleViolated)
        and each.event.trading_day == day
        and past.holds(each.event.effective_at)
        for each in past.events
    )


def _day(past: Past, day: date, row: Row) -> dict[str, Any]:
    whole = (past.fold.account_id, day, *row)
    return dict(zip(trading_days.COLUMNS, whole, strict=True))


def _snapshot(row: Row) -> dict[str, Any]:
    return dict(zip(daily_snapshots.COLUMNS, row, strict=True))


def _named(changed: dict[str, Any]) -> date:
    return date.fromisoformat(changed["trading_day"])

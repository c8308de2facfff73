"""Judging an account again from the moment at which its history turned out to be another one."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import date
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from domain.accounts.changes import Change
from domain.accounts.corrected import corrected
from domain.accounts.errors import HistoryTooLong
from domain.accounts.events import AccountEvent, FillRecorded, TradingDayClosed
from domain.accounts.events_corrections import HistoryCorrected
from domain.accounts.restating import Restated, day_figures, restated
from domain.accounts.revising import revise
from domain.accounts.snapshots import figures_of
from domain.accounts.standing import standing_of
from domain.accounts.state import AccountState

if TYPE_CHECKING:
    from domain.accounts.account import TradingAccount

History: TypeAlias = Callable[[], Sequence[AccountEvent]]
"""All events of the account so far, read only when they are needed."""

HISTORY_MAX: Final = 500_000
"""Events of one account that are judged again at once."""


def correct(account: TradingAccount, change: Change, past: Sequence[AccountEvent]) -> None:
    """Restate every figure after the change, and put each outcome that it changes to a person.

    Refuses with HistoryTooLong, or as the account would have refused the report in its time.
    """
    assert len(past) == account.version, "the whole history, and no more"
    if len(past) > HISTORY_MAX:
        raise HistoryTooLong(
            f"The account has {len(past):,} events, more than the {HISTORY_MAX:,} that are judged"
            " again at once; close it and carry its balance over to a new one.",
            events=len(past),
        )
    true = corrected([*past, _draft(account, change)])
    found = restated(true.reports, type(account))
    for refusal in found.refusals:
        raise refusal
    before, after = _shown_days(past), found.days
    account.record(
        HistoryCorrected,
        at=change.at,
        **_facts(change),
        marks_left_out=true.marks_left_out,
        days=tuple(_changed_days(before, after)),
        fills=tuple(_changed_fills(past, found)),
        before=standing_figures(account.state),
        after=standing_figures(found.account.state) | closest_of(found),
        restated=figures_of(found.account.state),
    )
    revise(account, found, past, in_doubt=true.marks_left_out > 0)


def _draft(account: TradingAccount, change: Change) -> HistoryCorrected:
    """The correction, before it is known what it restates."""
    nothing: dict[str, Any] = {
        "marks_left_out": 0, "days": (), "fills": (), "before": {}, "after": {}, "restated": "",
    }  # fmt: skip
    facts = _facts(change) | nothing
    return HistoryCorrected(
        originator_id=account.id,
        originator_version=account.version + 1,
        timestamp=change.at,
        **facts,
    )


def _facts(change: Change) -> dict[str, Any]:
    return {
        "correction": change.correction,
        "execution": change.execution,
        "execution_id": change.execution_id,
        "taken_out": change.taken_out,
        "put_in": change.put_in,
        "trading_day": change.trading_day,
        "reason": change.reason,
        "fingerprint": change.fingerprint,
    }


def _shown_days(past: Sequence[AccountEvent]) -> dict[str, dict[str, Any]]:
    """Closed days as they were shown last."""
    shown: dict[str, dict[str, Any]] = {}
    for event in past:
        if isinstance(event, TradingDayClosed):
            shown[event.trading_day.isoformat()] = day_figures(event)
        elif isinstance(event, HistoryCorrected):
            for day in event.days:
                if day["after"] is None:
                    shown.pop(day["trading_day"], None)
                else:
                    shown[day["trading_day"]] = day["after"]
    return shown


def _changed_days(
    before: dict[str, dict[str, Any]], after: dict[date, dict[str, Any]]
) -> Iterator[dict[str, Any]]:
    now = {day.isoformat(): figures for day, figures in after.items()}
    for day in sorted({*before, *now}):
        was, is_ = before.get(day), now.get(day)
        if was is None or is_ is None or any(is_[name] != was[name] for name in was):
            yield {"trading_day": day, "before": was, "after": is_}


def standing_figures(state: AccountState) -> dict[str, Any]:
    """The figures of an account as a correction shows them; amounts in units."""
    standing = standing_of(state)
    return {
        "balance_units": standing.balance.units,
        "net_profit_units": standing.net_profit.units,
        "floor_units": standing.floor.units if standing.floor is not None else None,
        "best_day_units": standing.best_day.units,
        "trading_days": standing.trading_days,
        "winning_days": standing.winning_days,
    }


def closest_of(found: Restated) -> dict[str, Any]:
    """The least money to the floor over all days, the first day on which it was so little, and
    the least of the day in progress; amounts in units.
    """
    session = found.account.state.session
    today = found.closest.get(session.day) if session else None
    day = min(found.closest, key=lambda each: (found.closest[each], each), default=None)
    return {
        "closest_units": found.closest[day].units if day else None,
        "closest_day": day.isoformat() if day else None,
        "closest_today_units": today.units if today is not None else None,
    }


def _changed_fills(past: Sequence[AccountEvent], found: Restated) -> Iterator[dict[str, Any]]:
    """Fills that close other lots now than was shown, and the one that is put in."""
    shown: dict[str, tuple[int, int]] = {}
    for event in past:
        if isinstance(event, FillRecorded):
            shown[event.fill_id] = event.realised_units, event.closed_quantity
        elif isinstance(event, HistoryCorrected):
            for fill in event.fills:
                shown[fill["fill_id"]] = fill["realised_units"], fill["closed_quantity"]
    for fill_id, (realised, closed) in found.fills.items():
        if shown.get(fill_id) != (realised, closed):
            yield {"fill_id": fill_id, "realised_units": realised, "closed_quantity": closed}

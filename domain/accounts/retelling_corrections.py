"""Telling an account again of what turned out about its past."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from domain.accounts.changes import Change, change_of, put_fill, put_result, put_trade, void_of
from domain.accounts.corrected import report_of
from domain.accounts.events import AccountEvent, FillRecorded, ResultRecorded, TradeRecorded
from domain.accounts.events_corrections import HistoryCorrected
from domain.accounts.executions import result_fingerprint
from domain.accounts.reported import fill_of, trade_of
from domain.money import USD

if TYPE_CHECKING:
    from domain.accounts.account import TradingAccount


def retell_correction(
    account: TradingAccount,
    event: HistoryCorrected,
    past: Sequence[AccountEvent],
    *,
    trusting: bool,
) -> None:
    """Correct the history again: with what the event says when `trusting`, and else with what was
    reported, its profit and its place in the past found anew.
    """
    if trusting:
        account.correct(change_of(event), past)
    elif event.put_in is None:
        account.correct(void_of(past, id=event.execution_id, reason=event.reason), past)
    else:
        account.correct(_put_in(event), past)


def _put_in(event: HistoryCorrected) -> Change:
    report, replaces = report_of(event), event.correction == "replacement"
    match report:
        case TradeRecorded():
            return put_trade(trade_of(report), replaces=replaces, reason=event.reason)
        case FillRecorded():
            return put_fill(fill_of(report), replaces=replaces, reason=event.reason)
        case ResultRecorded():
            net, day = USD(report.net_units), report.trading_day.isoformat()
            return put_result(
                result_id=report.result_id,
                net=net,
                at=report.effective_at,
                source=report.source,
                fingerprint=result_fingerprint(day=day, net=net),
            )

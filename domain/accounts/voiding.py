"""Taking back what the platform took back."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from domain.accounts.changes import put_fill, put_trade, void_of
from domain.accounts.corrected import reported
from domain.accounts.correcting import History
from domain.accounts.days import ended, turn_to
from domain.accounts.errors import NothingToReplace, NothingToVoid, TradingDayClosed
from domain.accounts.events import (
    AccountEvent,
    FillVoided,
    TradeRecorded,
    TradeVoided,
)
from domain.accounts.evolve_executions import replay_fills
from domain.accounts.executions import Fill, Trade
from domain.accounts.state import AccountState, Execution
from domain.accounts.trial import at_moment
from domain.accounts.verdicts import Recording, judge
from domain.market.calendar import trading_day_of

if TYPE_CHECKING:
    from domain.accounts.account import TradingAccount


def void_execution(
    account: TradingAccount, *, id: str, at: datetime, reason: str, history: History | None
) -> None:
    """Take a trade or fill out of the books, and judge what is left.

    In the open day it is simply taken out, unless a verdict of the day may rest on it: then, and
    for a day that is closed, the history is corrected. Without a `history` that is refused with
    TradingDayClosed. Refuses with NothingToVoid when there is no such execution.
    """
    known = account.state.known
    if f"void:trade:{id}" in known or f"void:fill:{id}" in known:
        return
    if history is not None and _needs_correcting(account.state, id, at=at):
        past = history()
        account.correct(void_of(past, id=id, reason=reason), past)
        return
    found = _execution(account, id, at=at)
    day = turn_to(account, at, adding=False)
    if found.kind == "trade":
        account.record(
            TradeVoided,
            at=at,
            trade_id=id,
            net_units=found.net.units,
            trading_day=day,
            reason=reason,
        )
    else:
        _, with_it = replay_fills(account.state, without=None)
        _, without_it = replay_fills(account.state, without=id)
        account.record(
            FillVoided,
            at=at,
            fill_id=id,
            net_units=(with_it - without_it).units,
            trading_day=day,
            reason=reason,
        )
    judge(account, day=day, at=at, cause=account.version)


def _needs_correcting(state: AccountState, id: str, *, at: datetime) -> bool:
    session = state.session
    if session is None or state.status == "failed" or trading_day_of(at) != session.day:
        return True
    booked = any(each.id == id for each in session.executions)
    return bool(session.violated) or not booked


def replace_execution(
    account: TradingAccount, new: Trade | Fill, *, reason: str, past: Sequence[AccountEvent]
) -> None:
    """Put other facts in place of a report, and judge the account again from there."""
    id = new.trade_id if isinstance(new, Trade) else new.fill_id
    report = reported(past, id)
    if report is None or isinstance(report, TradeRecorded) is not isinstance(new, Trade):
        raise NothingToReplace(
            f"No such execution {id} is in the account; check the id, or report it as a new one.",
            id=id,
        )
    if report.fingerprint == new.fingerprint:
        return
    if isinstance(new, Trade):
        change = put_trade(new, replaces=True, reason=reason)
    else:
        change = put_fill(new, replaces=True, reason=reason)
    account.correct(change, past)


def _execution(account: Recording, id: str, *, at: datetime) -> Execution:
    """Looked for before the day turns: what is refused must not end a day on its way."""
    if account.state.status == "failed":
        raise ended(account)
    session = at_moment(account.state, at).session
    for each in session.executions if session else ():
        if each.id == id and each.kind in ("trade", "fill"):
            return each
    if any(f"{kind}:{id}" in account.state.known for kind in ("trade", "fill")):
        raise TradingDayClosed(
            f"The trading day in which {id} was booked is closed and its figures are final; it can"
            " no longer be taken back.",
            id=id,
        )
    raise NothingToVoid(f"No trade or fill {id} is in the open trading day; check the id.", id=id)

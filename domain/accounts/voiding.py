"""Taking back what the platform took back."""

from __future__ import annotations

from datetime import datetime

from domain.accounts.days import ended, turn_to
from domain.accounts.errors import NothingToVoid, TradingDayClosed
from domain.accounts.events import FillVoided, TradeVoided
from domain.accounts.evolve_executions import replay_fills
from domain.accounts.state import Execution
from domain.accounts.trial import at_moment
from domain.accounts.verdicts import Recording, judge


def void_execution(account: Recording, *, id: str, at: datetime, reason: str) -> None:
    """Take a trade or fill of the open trading day out of the books, and judge what is left.

    Verdicts that were pronounced stand. Refuses with TradingDayClosed when the day it was booked in
    is over, NothingToVoid when there is no such execution.
    """
    known = account.state.known
    if f"void:trade:{id}" in known or f"void:fill:{id}" in known:
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

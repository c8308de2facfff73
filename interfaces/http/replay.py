"""An account at a moment in the past, out of the log, with the columns of the read models."""

from __future__ import annotations

import json
from datetime import datetime

from domain.accounts.account import TradingAccount
from domain.accounts.outlook import (
    limit_documents,
    outlook_of,
    size_documents,
    step_documents,
)
from domain.accounts.positions import net_of
from domain.accounts.standing import standing_of
from domain.accounts.state import AccountState
from domain.market.calendar import next_trading_day, session_open
from domain.money import USD
from domain.rules.canonical import document_of
from interfaces.http.reading import Row


def row_of(account: TradingAccount) -> Row:
    """What `read.accounts` and `read.rule_state` hold of an account in this state."""
    state, standing = account.state, standing_of(account.state)
    outlook = outlook_of(state, at=account.modified_on)
    target, consistency = standing.target, standing.consistency
    return {
        "account_id": account.id,
        "trader_id": state.trader_id,
        "plan": state.plan,
        "phase": state.pack.phase,
        "status": state.status,
        "ended_by": state.ended_by,
        "opened_at": account.opened_at,
        "last_effective_at": account.modified_on,
        "version": account.version,
        "starting_balance_units": state.pack.starting_balance.units,
        "balance_units": standing.balance.units,
        "equity_units": standing.equity.units,
        "net_profit_units": standing.net_profit.units,
        "floor_units": _units(standing.floor),
        "floor_left_units": _units(standing.floor_left),
        "daily_floor_units": _units(standing.daily_floor),
        "daily_loss_left_units": _units(standing.daily_loss_left),
        "target_units": _units(target.required if target else None),
        "target_reached": target.reached if target else None,
        "consistency_ratio": consistency.ratio if consistency else None,
        "consistency_met": consistency.met if consistency else None,
        "best_day_units": standing.best_day.units,
        "trading_days": standing.trading_days,
        "trading_days_left": standing.trading_days_left,
        "winning_days": standing.winning_days,
        "trading_day": state.session.day if state.session else None,
        "day_net_units": standing.day_net.units,
        "locked_until": _locked_until(state),
        "positions": _positions(state),
        "limits": limit_documents(outlook),
        "binding_rule": outlook.binding.rule if outlook.binding else None,
        "largest_sizes": size_documents(outlook),
        "next_steps": step_documents(outlook),
        "pack_hash": state.pack_hash,
        "pack": json.loads(json.dumps(document_of(state.pack))),
    }


def _units(amount: USD | None) -> int | None:
    return None if amount is None else amount.units


def _locked_until(state: AccountState) -> datetime | None:
    """A lock falls when the session after the locked day begins."""
    if state.status != "locked" or state.session is None:
        return None
    return session_open(next_trading_day(state.session.day))


def _positions(state: AccountState) -> list[dict[str, object]]:
    roots = {lot.series: lot.root for lot in state.lots}
    return [
        {"series": series, "root": root, "quantity": net_of(state.lots, series)}
        for series, root in sorted(roots.items())
    ]

"""The end of a trading day: its figures, the lock that falls, and the pass that may be earned."""

from __future__ import annotations

from datetime import date

from domain.accounts.events import DayUnlocked, TradingDayClosed
from domain.accounts.evolve_packs import fixed_floor_under
from domain.accounts.judging import floor_of
from domain.accounts.nights import broken_at_close
from domain.accounts.verdicts import Recording, judge, pass_if_earned, pronounce, warn
from domain.market.calendar import next_trading_day, session_close
from domain.money import USD, ZERO
from domain.rules.max_loss import max_loss_floor


def close_session(account: Recording, *, day: date, open_pnl: USD | None) -> None:
    """Close one day, effective at the end of its session. What it breaks by ending is told first.

    With no open profit told none is carried over: the last recorded mark is the extreme of the day,
    not its end. A floor that the close raised is tested at once against what stays open, and so is
    that of a pack which comes into force with it. Whether the day earned a pass is for the pack
    that was in force during it.
    """
    state, at = account.state, session_close(day)
    broken = broken_at_close(state, day, open_pnl=open_pnl)
    pronounce(account, broken, day=day, at=at, cause=account.version)
    judged_by, moves = (state.pack, state.pack_hash), state.next_pack is not None
    session = state.session
    start = state.day_start_equity
    floor, next_floor = floor_of(state), _next_floor(account)
    account.record(
        TradingDayClosed,
        at=at,
        trading_day=day,
        opening_balance_units=state.day_start_balance.units,
        net_units=state.day_net.units,
        closing_balance_units=state.balance.units,
        open_pnl_units=(open_pnl or ZERO).units,
        high_equity_units=(session.high_equity if session else start).units,
        low_equity_units=(session.low_equity if session else start).units,
        floor_units=floor.units if floor else None,
        next_floor_units=next_floor.units if next_floor else None,
        executions=len(session.executions) if session else 0,
        traded=bool(session and session.traded),
    )
    if state.status == "locked":
        account.record(DayUnlocked, at=at, trading_day=day)
    if open_pnl is not None or (moves and not state.lots):
        # Broken in the session that begins now. What that day may lose is judged by its own marks.
        judge(account, day=next_trading_day(day), at=at, cause=account.version, only="max_loss")
    pass_if_earned(account, day=day, at=at, by=judged_by)
    # A new level of scaling and a new pack leave less of what is counted, whatever the marks say.
    for rule in ("maximum_trading_days", "position_limit", "scaling"):
        warn(account, day=next_trading_day(day), at=at, cause=account.version, only=rule)


def _next_floor(account: Recording) -> USD | None:
    state = account.state
    rule = state.pack.max_loss
    trails = rule is not None and rule.mode == "eod_trailing"
    peak = max(state.peak, state.balance) if trails else state.peak
    if state.next_pack is not None:
        pack = state.next_pack.pack
        return max_loss_floor(pack, peak=peak, fixed_floor=fixed_floor_under(state, pack))
    return max_loss_floor(state.pack, peak=peak, fixed_floor=state.fixed_floor)

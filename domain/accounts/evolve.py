"""How each event changes an account's state. Assigns, never decides; the same for the aggregate,
the read models, scenarios and replays.
"""

from __future__ import annotations

from typing import assert_never

from domain.accounts.approaching import let_warnings_fall, told_under
from domain.accounts.events import (
    AccountEvent,
    AccountFailed,
    AccountOpened,
    AccountPassed,
    DayLocked,
    DayUnlocked,
    EquityMarked,
    FillRecorded,
    FillVoided,
    ReleaseNoted,
    ResultRecorded,
    RuleViolated,
    TradeRecorded,
    TradeVoided,
    TradingDayClosed,
)
from domain.accounts.events_corrections import HistoryCorrected, RevisionDecided, VerdictRevised
from domain.accounts.events_packs import PackChanged
from domain.accounts.events_payouts import (
    PayoutApproved,
    PayoutCancelled,
    PayoutPaid,
    PayoutRejected,
    PayoutRequested,
)
from domain.accounts.events_warnings import LimitApproached
from domain.accounts.evolve_corrections import await_decision, restate, settle
from domain.accounts.evolve_executions import (
    book_fill,
    book_result,
    book_trade,
    void_fill,
    void_trade,
)
from domain.accounts.evolve_packs import put_in_force, take_pack
from domain.accounts.evolve_payouts import count_day, take_payout
from domain.accounts.evolve_releases import forget_releases, note, note_broken
from domain.accounts.judging import crossings
from domain.accounts.sessions import note_equity, session_of
from domain.accounts.state import AccountState
from domain.money import USD
from domain.rules.canonical import pack_from_text


def begin(event: AccountOpened) -> AccountState:
    """The state of an account that was opened just now."""
    start = USD(event.starting_balance_units)
    return AccountState(
        trader_id=event.trader_id,
        plan=event.plan,
        pack=pack_from_text(event.pack),
        pack_hash=event.pack_hash,
        opened_at=event.timestamp,
        balance=start,
        day_start_balance=start,
        day_start_equity=start,
        highest_close=start,
        peak=start,
    )


def evolve(state: AccountState, event: AccountEvent) -> None:  # noqa: C901, PLR0912 (one case an event)
    """Take one event in, whichever it is but the first."""
    match event:
        case EquityMarked():
            session_of(state, event.trading_day)
            state.mark, state.mark_is_old = USD(event.open_pnl_units), False
            note_equity(state, event.originator_version)
        case TradeRecorded():
            book_trade(state, event)
        case FillRecorded():
            book_fill(state, event)
        case AccountOpened():
            raise AssertionError("an account is opened once")
        case ResultRecorded():
            book_result(state, event)
        case TradingDayClosed():
            _close(state, event)
        case RuleViolated():
            session_of(state, event.trading_day).violated.add(event.rule)
            note_broken(state, event)
        case DayLocked():
            state.status = "locked"
        case DayUnlocked():
            state.status = "active"
        case AccountFailed():
            state.status, state.ended_by, state.ended_at = "failed", event.rule, event.timestamp
        case AccountPassed():
            state.status = "passed"
        case TradeVoided():
            void_trade(state, event)
        case FillVoided():
            void_fill(state, event)
        case (
            PayoutRequested()
            | PayoutApproved()
            | PayoutRejected()
            | PayoutCancelled()
            | PayoutPaid()
        ):
            take_payout(state, event)
        case LimitApproached():
            state.warned = {**state.warned, told_under(event): event.percent}
        case PackChanged():
            take_pack(state, event)
        case ReleaseNoted():
            note(state, event)
        case HistoryCorrected():
            restate(state, event)
        case VerdictRevised():
            await_decision(state, event)
        case RevisionDecided():
            settle(state, event)
        case _:
            assert_never(event)
    if state.warned or state.excused:
        _let_fall(state)


def _let_fall(state: AccountState) -> None:
    """What was told, or is excused, ends with the first event after which it is so no more."""
    if state.warned:
        let_warnings_fall(state)
    if state.excused:
        state.excused &= {each.rule for each in crossings(state)}


def _close(state: AccountState, event: TradingDayClosed) -> None:
    net = state.day_net
    count_day(state, net)
    state.best_day = net if state.best_day is None else max(state.best_day, net)
    state.highest_close = max(state.highest_close, state.balance)
    rule = state.pack.max_loss
    if rule and rule.mode == "eod_trailing" and state.balance > state.peak:
        state.peak, state.peak_version = state.balance, event.originator_version
    state.mark = USD(event.open_pnl_units) if event.open_pnl_units else None
    state.mark_is_old = False
    state.day_start_balance = state.balance
    state.day_start_equity = state.equity
    state.session = None
    state.last_closed, state.last_net = event.trading_day, net
    forget_releases(state, event.trading_day)
    put_in_force(state)

"""How payouts change what an account may still withdraw, and what counts since the last one."""

from __future__ import annotations

from dataclasses import replace
from typing import assert_never

from domain.accounts.events_payouts import (
    PayoutApproved,
    PayoutCancelled,
    PayoutEvent,
    PayoutPaid,
    PayoutRejected,
    PayoutRequested,
)
from domain.accounts.payout_book import EndedPayout, MonthOfPayouts, PendingPayout, month_of
from domain.accounts.payout_grounds import Grounds
from domain.accounts.state import AccountState
from domain.money import USD, ZERO
from domain.rules.max_loss import fixed_by_payout
from domain.rules.pack import RulePack


def count_day(state: AccountState, net: USD) -> None:
    """Count a closed day's result towards the next payout."""
    if is_winning(state):
        state.winning_days += 1
    book = state.payouts
    book.profit_since += net
    best = book.best_day_since
    book.best_day_since = net if best is None else max(best, net)


def is_winning(state: AccountState) -> bool:
    """Whether the day in progress counts as a winning one, were it to close now.

    It was traded, and earned at least the pack's threshold; where the pack names none, any profit.
    """
    traded = state.session is not None and state.session.traded
    return would_win(state.pack, net=state.day_net, traded=traded)


def would_win(pack: RulePack, *, net: USD, traded: bool) -> bool:
    """Whether a day of this net result counts as a winning one."""
    rule = pack.payout.winning_days if pack.payout else None
    return traded and (net >= rule.threshold if rule else net > ZERO)


def take_payout(state: AccountState, event: PayoutEvent) -> None:
    """Take in what happened to a payout."""
    match event:
        case PayoutRequested():
            _reserve(state, event)
        case PayoutApproved():
            _approve(state, event)
        case PayoutRejected() | PayoutCancelled():
            _release(state, event)
        case PayoutPaid():
            _withdraw(state, event)
        case _:
            assert_never(event)


def _reserve(state: AccountState, event: PayoutRequested) -> None:
    """Hold the amount: no other request may draw on it. The request counts in its month."""
    book, amount = state.payouts, USD(event.amount_units)
    month = month_of(event.trading_day)
    book.pending[event.payout_id] = PendingPayout(
        amount=amount,
        trader_share=USD(event.trader_share_units),
        month=month,
        version=event.originator_version,
    )
    book.seen[event.payout_id] = amount
    counted = book.month(month)
    book.months[month] = MonthOfPayouts(count=counted.count + 1, total=counted.total + amount)


def _approve(state: AccountState, event: PayoutApproved) -> None:
    """The amount stays reserved, and is owed."""
    pending = state.payouts.pending
    pending[event.payout_id] = replace(pending[event.payout_id], approved=True)


def _release(state: AccountState, event: PayoutRejected | PayoutCancelled) -> None:
    """The amount is free again, and its month has one request less."""
    book = state.payouts
    freed = book.pending[event.payout_id]
    book.months[freed.month] = book.month(freed.month, without=event.payout_id)
    del book.pending[event.payout_id]
    book.ended[event.payout_id] = _ending(event)


def _ending(event: PayoutRejected | PayoutCancelled) -> EndedPayout:
    if isinstance(event, PayoutCancelled):
        return EndedPayout(status="cancelled")
    grounds = Grounds(reasons=event.reasons, explanation=event.explanation, evidence=event.evidence)
    return EndedPayout(status="rejected", said=grounds.said)


def _withdraw(state: AccountState, event: PayoutPaid) -> None:
    """The amount leaves the account: no loss of the day, and every counter starts again."""
    amount = USD(event.amount_units)
    book = state.payouts
    book.pending.pop(event.payout_id, None)
    book.ended[event.payout_id] = EndedPayout(status="paid", said=event.reference)
    book.paid_out += amount
    book.paid_count += 1
    book.profit_since, book.best_day_since, book.trading_days_since = ZERO, None, 0
    state.winning_days = 0
    state.balance -= amount
    state.day_start_balance -= amount
    state.day_start_equity -= amount
    state.highest_close -= amount
    if state.session:
        state.session.high_equity -= amount
        state.session.low_equity -= amount
    if state.fixed_floor is None:
        state.fixed_floor = fixed_by_payout(state.pack)

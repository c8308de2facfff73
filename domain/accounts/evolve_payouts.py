"""How payouts change what an account may still withdraw, and what counts since the last one."""

from __future__ import annotations

from domain.accounts.events import PayoutPaid, PayoutRequested
from domain.accounts.state import AccountState, PayoutBook, PendingPayout
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


def reserve(state: AccountState, event: PayoutRequested) -> None:
    """Hold the amount: no other request may draw on it. The request counts in its month."""
    book = state.payouts
    book.pending[event.payout_id] = PendingPayout(
        amount=USD(event.amount_units), trader_share=USD(event.trader_share_units)
    )
    book.seen[event.payout_id] = USD(event.amount_units)
    turn_month(book, f"{event.trading_day:%Y-%m}")
    book.month_count += 1
    book.month_total += USD(event.amount_units)


def withdraw(state: AccountState, event: PayoutPaid) -> None:
    """The amount leaves the account: no loss of the day, and every counter starts again."""
    amount = USD(event.amount_units)
    book = state.payouts
    book.pending.pop(event.payout_id, None)
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


def turn_month(book: PayoutBook, month: str) -> None:
    """Begin the counts of a calendar month of trading days."""
    if book.month != month:
        book.month, book.month_count, book.month_total = month, 0, ZERO

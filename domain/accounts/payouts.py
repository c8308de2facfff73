"""Asking for a payout: whether it is allowed, and the request that reserves profit."""

from __future__ import annotations

from datetime import date, datetime
from zoneinfo import ZoneInfo

from domain.accounts.days import ended
from domain.accounts.errors import AlreadyRecordedDifferently, TooManyPayouts
from domain.accounts.events_payouts import PayoutRequested
from domain.accounts.holdings import contracts_open
from domain.accounts.payout_book import PAYOUTS_MAX, month_of
from domain.accounts.payout_days import refused, turn_for_payout
from domain.accounts.state import AccountState
from domain.accounts.trial import at_moment
from domain.accounts.verdicts import Recording
from domain.market.calendar import is_trading_day, next_trading_day, trading_day_of
from domain.money import UNITS_PER_CENT, USD, ZERO
from domain.rules.max_loss import room_after_payout
from domain.rules.payouts import PayoutAnswer, PayoutFacts, answer_payout

_CHICAGO = ZoneInfo("America/Chicago")


def request_payout(account: Recording, *, payout_id: str, amount: USD, at: datetime) -> None:
    """Reserve the amount, or refuse with every rule. A payout id seen before changes nothing."""
    if _is_known(account.state, payout_id=payout_id, amount=amount):
        return
    if account.state.status == "failed":
        raise ended(account)
    answer = answer_request(account.state, amount=amount, at=at)
    if not answer.allowed:
        raise refused(answer, amount=amount, what="not allowed")
    if len(account.state.payouts.seen) >= PAYOUTS_MAX:
        raise TooManyPayouts(
            f"The account was asked for {PAYOUTS_MAX:,} payouts; no more are taken. Look for the"
            " loop that asks.",
            account_id=str(account.id),
        )
    day = turn_for_payout(account, at)
    assert ZERO < amount <= answer.maximum, "what is reserved was there"
    account.record(
        PayoutRequested,
        at=at,
        payout_id=payout_id,
        amount_units=amount.units,
        maximum_units=answer.maximum.units,
        trader_share_units=answer.trader_share.units,
        process_on=process_on(account.state, at),
        rules=tuple(each.texts() for each in answer.table),
        trading_day=day,
        evidence=(account.version,),
        pack_hash=account.state.pack_hash,
    )


def answer_request(
    state: AccountState, *, amount: USD | None, at: datetime, without: str | None = None
) -> PayoutAnswer:
    """Whether a request would be allowed at a moment; asking changes nothing.

    No amount stands for the most that would be. `without` is a pending payout that is thought away.
    """
    state = at_moment(state, at)
    facts = facts_of(state, at=at, without=without)
    if amount is not None:
        return answer_payout(state.pack.payout, facts, amount)
    rule = state.pack.payout
    least = rule.minimum if rule and rule.minimum else USD(UNITS_PER_CENT)
    answer = answer_payout(rule, facts, least)
    return answer_payout(rule, facts, answer.maximum) if answer.maximum > least else answer


def facts_of(state: AccountState, *, at: datetime, without: str | None = None) -> PayoutFacts:
    """What the payout rule looks at; `without` is a pending payout that is thought away."""
    book, day = state.payouts, trading_day_of(at)
    month = book.month(month_of(day), without=without)
    return PayoutFacts(
        phase=state.pack.phase,
        active=state.status in ("active", "locked"),
        profit=state.balance - state.pack.starting_balance,
        open_contracts=contracts_open(state.lots, open_pnl=state.mark),
        winning_days=state.winning_days,
        trading_days=book.trading_days_since,
        profit_since=book.profit_since,
        best_day_since=book.best_day_since or ZERO,
        day_profit=_profit_of(state, day),
        month_count=month.count,
        month_total=month.total,
        pending=book.reserved(without=without),
        paid_count=book.paid_count,
        paid_out=book.paid_out,
        floor_room=room_after_payout(
            state.pack, peak=state.peak, fixed_floor=state.fixed_floor, balance=state.balance
        ),
    )


def process_on(state: AccountState, at: datetime) -> date:
    """The business day that handles a request; at the cut-off itself it is still the same day."""
    local = at.astimezone(_CHICAGO)
    rule = state.pack.payout
    cutoff = rule.cutoff if rule else None
    late = cutoff is not None and local.time() > cutoff
    if late or not is_trading_day(local.date()):
        return next_trading_day(local.date())
    return local.date()


def _is_known(state: AccountState, *, payout_id: str, amount: USD) -> bool:
    asked = state.payouts.seen.get(payout_id)
    if asked is not None and asked != amount:
        raise AlreadyRecordedDifferently(
            f"The payout {payout_id} was asked for already, over {asked}; ask for another amount"
            " under a new id.",
            id=payout_id,
        )
    return asked is not None


def _profit_of(state: AccountState, day: date) -> USD:
    if state.session and state.session.day == day:
        return state.day_net
    return state.last_net if state.last_closed == day else ZERO

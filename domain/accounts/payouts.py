"""Payouts of an account: the request that reserves profit, and the money leaving."""

from __future__ import annotations

from datetime import date, datetime
from zoneinfo import ZoneInfo

from domain.accounts.days import end_day_before, ended
from domain.accounts.errors import AlreadyRecordedDifferently, PayoutRefused, PayoutUnknown
from domain.accounts.events import PayoutPaid, PayoutRequested
from domain.accounts.state import AccountState
from domain.accounts.trial import on_day
from domain.accounts.verdicts import Recording
from domain.market.calendar import is_trading_day, next_trading_day, trading_day_of
from domain.money import USD, ZERO
from domain.rules.payouts import PayoutAnswer, PayoutFacts, answer_payout

_CHICAGO = ZoneInfo("America/Chicago")


def request_payout(account: Recording, *, payout_id: str, amount: USD, at: datetime) -> None:
    """Reserve the amount, or refuse with every reason. A payout id seen before changes nothing."""
    if _is_known(account.state, payout_id=payout_id, amount=amount):
        return
    if account.state.status == "failed":
        raise ended(account)
    answer = answer_request(account.state, amount=amount, at=at)
    if not answer.allowed:
        raise PayoutRefused(
            f"A payout of {amount} is not allowed: {', '.join(answer.reasons)}. The most that can"
            f" be asked for now is {answer.maximum}.",
            reasons=list(answer.reasons),
            maximum=str(answer.maximum),
        )
    day = _day_of(account, at)
    account.record(
        PayoutRequested,
        at=at,
        payout_id=payout_id,
        amount_units=amount.units,
        maximum_units=answer.maximum.units,
        trader_share_units=answer.trader_share.units,
        process_on=process_on(account.state, at),
        trading_day=day,
        evidence=(account.version,),
        pack_hash=account.state.pack_hash,
    )


def pay_payout(account: Recording, *, payout_id: str, at: datetime) -> None:
    """Take a reserved amount out of the account."""
    book = account.state.payouts
    if payout_id not in book.pending:
        if payout_id in book.seen:
            return
        raise PayoutUnknown(f"No payout {payout_id} is pending; check the id.", payout_id=payout_id)
    pending = book.pending[payout_id]
    day = _day_of(account, at)
    account.record(
        PayoutPaid,
        at=at,
        payout_id=payout_id,
        amount_units=pending.amount.units,
        trader_share_units=pending.trader_share.units,
        trading_day=day,
    )


def answer_request(state: AccountState, *, amount: USD, at: datetime) -> PayoutAnswer:
    """Whether a request would be allowed at a moment; asking changes nothing."""
    state = on_day(state, trading_day_of(at))
    book = state.payouts
    same_month = book.month == f"{trading_day_of(at):%Y-%m}"
    facts = PayoutFacts(
        phase=state.pack.phase,
        active=state.status in ("active", "locked"),
        profit=state.balance - state.pack.starting_balance,
        open_contracts=sum(abs(lot.quantity) for lot in state.lots),
        winning_days=state.winning_days,
        trading_days=book.trading_days_since,
        profit_since=book.profit_since,
        best_day_since=book.best_day_since or ZERO,
        day_profit=_profit_of(state, trading_day_of(at)),
        month_count=book.month_count if same_month else 0,
        month_total=book.month_total if same_month else ZERO,
        pending=sum((each.amount for each in book.pending.values()), ZERO),
        paid_count=book.paid_count,
        paid_out=book.paid_out,
    )
    return answer_payout(state.pack.payout, facts, amount)


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


def _day_of(account: Recording, at: datetime) -> date:
    """A request may come when its own day is closed already; a day before it that is open ends."""
    if account.state.status == "failed":
        raise ended(account)
    day = trading_day_of(at)
    end_day_before(account, day)
    return day


def process_on(state: AccountState, at: datetime) -> date:
    """The business day that handles a request; at the cut-off itself it is still the same day."""
    local = at.astimezone(_CHICAGO)
    rule = state.pack.payout
    cutoff = rule.cutoff if rule else None
    late = cutoff is not None and local.time() > cutoff
    if late or not is_trading_day(local.date()):
        return next_trading_day(local.date())
    return local.date()

"""One plain sentence for each thing that can happen to an account."""

from __future__ import annotations

from functools import lru_cache
from typing import assert_never

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
    PayoutEvent,
    PayoutPaid,
    PayoutRejected,
    PayoutRequested,
)
from domain.accounts.events_warnings import LimitApproached
from domain.market.contracts import price_text
from domain.money import UNITS_PER_CENT, UNITS_PER_DOLLAR, USD
from projections.sentences_corrections import correction, decision, revision
from projections.sentences_news import sentence_of_release
from projections.sentences_packs import sentence_of_move

EFFECTS = {
    "fail": "which ends the account",
    "lock_day": "which locks the day",
    "flag": "which is flagged",
}
MARKS = {
    "high": "a new high of the session",
    "low": "a new low of the session",
    "crossing": "across a floor or a level of warning",
    "close": "at the close",
}


@lru_cache(maxsize=4_096)
def dollars(units: int) -> str:
    """Money for people: `-$1,371.00`, `$7.8125`."""
    whole, rest = divmod(abs(units), UNITS_PER_DOLLAR)
    cents, parts = divmod(rest, UNITS_PER_CENT)
    places = f"{rest:04d}".removesuffix("0") if parts else f"{cents:02d}"
    return f"{'-' if units < 0 else ''}${whole:,}.{places}"


def sentence_of(event: AccountEvent, *, balance: USD) -> str:  # noqa: C901, PLR0912 (one case an event)
    """What happened, with its amounts; `balance` is the account's right after it."""
    stands = f"the balance is {dollars(balance.units)}"
    match event:
        case AccountOpened():
            return _opening(event)
        case TradeRecorded():
            return f"{_trade(event)}; {stands}."
        case FillRecorded():
            return f"{_fill(event)}; {stands}."
        case ResultRecorded():
            return (
                f"A net result of {dollars(event.net_units)} was booked for {event.trading_day};"
                f" {stands}."
            )
        case EquityMarked():
            return (
                f"Open profit was {dollars(event.open_pnl_units)} and equity"
                f" {dollars(event.equity_units)}, {MARKS[event.reason]}."
            )
        case TradingDayClosed():
            return (
                f"The trading day {event.trading_day} closed with a net result of"
                f" {dollars(event.net_units)}; {stands}."
            )
        case RuleViolated():
            return _violation(event)
        case DayLocked():
            return (
                f"Trading is locked until {event.until:%Y-%m-%d %H:%M} UTC by the rule"
                f" {event.rule}."
            )
        case DayUnlocked():
            return f"The lock of {event.trading_day} ended."
        case AccountFailed():
            return _failure(event)
        case AccountPassed():
            return _pass(event)
        case TradeVoided() | FillVoided():
            return f"{_voided(event)}; {stands}."
        case (
            PayoutRequested()
            | PayoutApproved()
            | PayoutRejected()
            | PayoutCancelled()
            | PayoutPaid()
        ):
            return _payout(event, stands)
        case LimitApproached():
            return _warning(event)
        case PackChanged():
            return sentence_of_move(event)
        case ReleaseNoted():
            return sentence_of_release(event)
        case HistoryCorrected():
            return f"{correction(event)}; {stands}."
        case VerdictRevised():
            return revision(event)
        case RevisionDecided():
            return decision(event)
        case _:
            assert_never(event)


def _opening(event: AccountOpened) -> str:
    return (
        f"The account was opened with {dollars(event.starting_balance_units)} on the plan"
        f" {event.plan} ({event.phase})."
    )


def _trade(event: TradeRecorded) -> str:
    made = "made" if event.gross_units >= 0 else "lost"
    return (
        f"A {event.side} trade of {event.quantity} {event.symbol} from"
        f" {price_text(event.entry_price)} to {price_text(event.exit_price)} {made}"
        f" {dollars(abs(event.gross_units))}, with {dollars(event.fees_units)} in fees"
    )


def _fill(event: FillRecorded) -> str:
    done = "purchase" if event.action == "buy" else "sale"
    closed = f", closing {event.closed_quantity} for {dollars(event.realised_units)}"
    return (
        f"A {done} of {event.quantity} {event.symbol} was filled at {price_text(event.price)}"
        f"{closed if event.closed_quantity else ''}, with {dollars(event.fees_units)} in fees"
    )


def _violation(event: RuleViolated) -> str:
    subject = f" for {event.subject}" if event.subject else ""
    observed, limit = (quantity_text(text, event.unit) for text in (event.observed, event.limit))
    return (
        f"The rule {event.rule}{subject} was broken: {observed} against a limit of {limit},"
        f" {EFFECTS[event.effect]}."
    )


def _warning(event: LimitApproached) -> str:
    subject = f" for {event.threshold['subject']}" if "subject" in event.threshold else ""
    observed, limit = (quantity_text(text, event.unit) for text in (event.observed, event.limit))
    return (
        f"{event.percent} % of the limit of the rule {event.rule}{subject} is used: {observed}"
        f" against {limit}."
    )


def quantity_text(text: str, unit: str) -> str:
    """What a verdict saw or compared, in its unit."""
    return dollars(USD.of(text).units) if unit == "USD" else f"{text} {unit}"


def _failure(event: AccountFailed) -> str:
    return (
        f"The account failed by the rule {event.rule} with a balance of"
        f" {dollars(event.balance_units)} and an equity of {dollars(event.equity_units)}."
    )


def _pass(event: AccountPassed) -> str:
    return (
        f"The account passed with a net profit of {dollars(event.net_profit_units)} against"
        f" {dollars(event.required_units)} required, in {event.trading_days} trading days."
    )


def _voided(event: TradeVoided | FillVoided) -> str:
    name = f"trade {event.trade_id}" if isinstance(event, TradeVoided) else f"fill {event.fill_id}"
    return (
        f"The {name} was taken back and {dollars(-event.net_units)} booked, for this reason:"
        f" {event.reason.strip().rstrip('.')}"
    )


def _payout(event: PayoutEvent, stands: str) -> str:
    payout = f"The payout {event.payout_id} of {dollars(event.amount_units)}"
    match event:
        case PayoutRequested():
            share = dollars(event.trader_share_units)
            return f"{payout} was requested, {share} of it for the trader."
        case PayoutApproved():
            return f"{payout} was approved; {dollars(event.maximum_units)} covered it."
        case PayoutRejected():
            why = event.explanation.strip().rstrip(".")
            return f"{payout} was rejected ({', '.join(event.reasons)}): {why}."
        case PayoutCancelled():
            return f"{payout} was taken back by its trader."
        case PayoutPaid():
            share = dollars(event.trader_share_units)
            return f"{payout} left the account, {share} of it to the trader; {stands}."
        case _:
            assert_never(event)

"""Telling an account again what was once reported to it.

The events of an account are of two kinds. Reports came from outside: what was traded, marked,
closed, asked for. Findings are what the account concluded from them. Whoever tells the reports
again, to the same pack, gets the same findings.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, assert_never

from domain.accounts.consents import Consent
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
from domain.accounts.recorded import fill_recorded, trade_recorded
from domain.accounts.reported import fill_of, trade_of
from domain.accounts.retelling_corrections import retell_correction
from domain.accounts.retelling_payouts import retell_payout
from domain.accounts.retelling_time import retell_release, retell_time, retell_warning
from domain.market.calendar import session_close
from domain.money import USD
from domain.rules.canonical import pack_from_text

if TYPE_CHECKING:
    from domain.accounts.account import TradingAccount


def retell(  # noqa: C901, PLR0912 (one case an event)
    account: TradingAccount,
    event: AccountEvent,
    past: Sequence[AccountEvent] = (),
    *,
    trusting: bool = False,
) -> None:
    """Report again what the event reports; the opening reports nothing, and a finding no more than
    that it was late enough for it.

    `past` are the account's own events before it: what a correction is decided on. Profits and
    fingerprints are computed from the contract anew, unless what the event says of them is to be
    trusted, as for events out of one's own log. Refuses as the account does.
    """
    match event:
        case EquityMarked():
            account.mark_again(
                open_pnl=USD(event.open_pnl_units), day=event.trading_day, at=event.effective_at
            )
        case TradeRecorded():
            account.record_trade(trade_recorded(event) if trusting else trade_of(event))
        case FillRecorded():
            account.record_fill(fill_recorded(event) if trusting else fill_of(event))
        case TradingDayClosed():
            _close(account, event)
        case RuleViolated():
            retell_time(account, event)
        case AccountOpened() | DayLocked() | DayUnlocked():
            pass
        case LimitApproached():
            retell_warning(account, event)
        case AccountFailed() | AccountPassed() | VerdictRevised():
            pass
        case ResultRecorded():
            account.record_result(
                result_id=event.result_id,
                net=USD(event.net_units),
                at=event.effective_at,
                source=event.source,
            )
        case TradeVoided():
            account.void(id=event.trade_id, at=event.effective_at, reason=event.reason)
        case FillVoided():
            account.void(id=event.fill_id, at=event.effective_at, reason=event.reason)
        case (
            PayoutRequested()
            | PayoutApproved()
            | PayoutRejected()
            | PayoutCancelled()
            | PayoutPaid()
        ):
            retell_payout(account, event)
        case ReleaseNoted():
            retell_release(account, event)
        case PackChanged():
            _move(account, event)
        case RevisionDecided() if event.decision == "overtaken":
            pass
        case HistoryCorrected():
            retell_correction(account, event, past, trusting=trusting)
        case RevisionDecided():
            account.decide_revision(
                version=event.revision_version,
                decision=event.decision,
                reason=event.reason,
                at=event.effective_at,
            )
        case _:
            assert_never(event)


def _close(account: TradingAccount, event: TradingDayClosed) -> None:
    """No open profit and one of nothing are the same: neither carries anything over."""
    account.close_day(
        day=event.trading_day,
        at=session_close(event.trading_day),
        open_pnl=USD(event.open_pnl_units) if event.open_pnl_units else None,
    )


def _move(account: TradingAccount, event: PackChanged) -> None:
    consent = Consent(
        given_by=event.given_by,
        given_at=event.given_at,
        statement=event.statement,
        statement_hash=event.statement_hash,
    )
    account.change_pack(
        pack=pack_from_text(event.pack),
        consent=consent,
        reason=event.reason,
        at=event.effective_at,
    )

"""The trading account: takes in what the platform reports, and judges itself by its rule pack."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Literal, Self
from uuid import UUID

from typing_extensions import override

from domain.accounts.approaching import due_warnings
from domain.accounts.broken import over_limit
from domain.accounts.changes import Change, put_fill, put_trade
from domain.accounts.closing import close_session
from domain.accounts.conduct import fill_conduct, mark_conduct, trade_conduct
from domain.accounts.consents import Consent
from domain.accounts.correcting import History, correct
from domain.accounts.days import due_to_close, is_late, refuse_ended, turn_to
from domain.accounts.errors import AlreadyRecordedDifferently
from domain.accounts.events import (
    AccountEvent,
    AccountFailed,
    AccountOpened,
    EquityMarked,
    FillRecorded,
    ResultRecorded,
    TradeRecorded,
)
from domain.accounts.events_corrections import Decision
from domain.accounts.evolve import begin, evolve
from domain.accounts.executions import Fill, Trade, result_fingerprint
from domain.accounts.holdings import (
    after_order,
    exceeded_while_open,
    only_reduces,
    profit_at_close,
)
from domain.accounts.judging import crossings
from domain.accounts.limits import is_clear
from domain.accounts.moving import change_pack
from domain.accounts.noting import note_release
from domain.accounts.payout_decisions import (
    approve_payout,
    cancel_payout,
    pay_payout,
    reject_payout,
)
from domain.accounts.payout_grounds import Grounds
from domain.accounts.payouts import request_payout
from domain.accounts.positions import match_fill
from domain.accounts.revising import decide_revision
from domain.accounts.settled import settled_after
from domain.accounts.state import AccountState
from domain.accounts.time_passing import pass_time
from domain.accounts.twins import twin_of
from domain.accounts.verdicts import is_new, judge
from domain.accounts.voiding import replace_execution, void_execution
from domain.kernel import Aggregate
from domain.market.calendar import session_close, trading_day_of
from domain.market.releases import Release
from domain.money import USD
from domain.rules.canonical import hash_of, text_of
from domain.rules.exposure import exceeded_limits
from domain.rules.pack import RulePack


class TradingAccount(Aggregate):
    """Fails, locks and passes by the pack it was opened with, in the same append as the cause."""

    TOPIC = "account"
    state: AccountState
    opened_at: datetime
    settled_at: datetime
    warns = True
    outlives_failure = False
    """Set on an account that a corrected history is told to: it goes on after it failed."""
    outlived: str | None = None
    """The rule by which it would have failed."""

    @classmethod
    def open(
        cls, *, account_id: UUID, trader_id: UUID, plan: str, pack: RulePack, at: datetime
    ) -> Self:
        """Give a trader an account under a pack."""
        return cls.begin(
            AccountOpened,
            id=account_id,
            at=at,
            trader_id=trader_id,
            plan=plan,
            phase=pack.phase,
            pack=text_of(pack),
            pack_hash=hash_of(pack),
            starting_balance_units=pack.starting_balance.units,
        )

    def record_trade(self, trade: Trade, history: History | None = None) -> None:
        """Book a closed round trip. A trade seen before changes nothing.

        With a `history` at hand, one that belongs to a closed day corrects it.
        """
        fingerprint = trade.fingerprint
        if self._knows(f"trade:{trade.trade_id}", fingerprint):
            return
        if history is not None and is_late(self.state, trade.exited_at):
            self.correct(put_trade(trade), history())
            return
        day = turn_to(self, trade.exited_at, adding=True)
        exceeded = exceeded_while_open(
            self.state,
            root=trade.root,
            signed_quantity=trade.signed_quantity,
            entered_at=trade.entered_at,
            exited_at=trade.exited_at,
        )
        self.record(
            TradeRecorded,
            at=trade.exited_at,
            trade_id=trade.trade_id,
            symbol=trade.symbol,
            root=trade.root,
            side=trade.side,
            quantity=trade.quantity,
            entry_price=trade.entry_price,
            exit_price=trade.exit_price,
            gross_units=trade.gross.units,
            fees_units=trade.fees.units,
            entered_at=trade.entered_at,
            exited_at=trade.exited_at,
            trading_day=day,
            source=trade.source,
            reported_units=trade.reported.units if trade.reported else None,
            fingerprint=fingerprint,
        )
        found = [*over_limit(exceeded), *trade_conduct(self.state, trade)]
        judge(self, found=found, day=day, at=trade.exited_at, cause=self.version)

    def record_fill(self, fill: Fill, history: History | None = None) -> None:
        """Book one execution, first in first out. A fill seen before changes nothing.

        With a `history` at hand, one that belongs to a closed day corrects it.
        """
        fingerprint = fill.fingerprint
        if self._knows(f"fill:{fill.fill_id}", fingerprint):
            return
        if history is not None and is_late(self.state, fill.executed_at):
            self.correct(put_fill(fill), history())
            return
        before = self.state.lots
        matched = match_fill(
            before,
            symbol=fill.symbol,
            signed_quantity=fill.signed_quantity,
            price=fill.price,
            at=fill.executed_at,
        )
        day = turn_to(self, fill.executed_at, adding=True)
        exceeded = []
        if not only_reduces(self.state, fill.symbol, fill.signed_quantity):
            exceeded = exceeded_limits(
                self.state.pack,
                after_order(self.state, fill.symbol, fill.signed_quantity),
                root=fill.root,
                profit_at_close=profit_at_close(self.state),
            )
        self.record(
            FillRecorded,
            at=fill.executed_at,
            fill_id=fill.fill_id,
            symbol=fill.symbol,
            root=fill.root,
            action=fill.action,
            quantity=fill.quantity,
            price=fill.price,
            realised_units=matched.realised.units,
            closed_quantity=matched.closed,
            fees_units=fill.fees.units,
            executed_at=fill.executed_at,
            trading_day=day,
            source=fill.source,
            fingerprint=fingerprint,
        )
        found = [*over_limit(exceeded), *fill_conduct(self.state, fill, before=before)]
        judge(self, found=found, day=day, at=fill.executed_at, cause=self.version)

    def record_result(self, *, result_id: str, net: USD, at: datetime, source: str = "api") -> None:
        """Book the net result of the day of `at` whose trades the source does not show."""
        fingerprint = result_fingerprint(day=trading_day_of(at).isoformat(), net=net)
        if self._knows(f"result:{result_id}", fingerprint):
            return
        day = turn_to(self, at, adding=True)
        self.record(
            ResultRecorded,
            at=at,
            result_id=result_id,
            net_units=net.units,
            trading_day=day,
            source=source,
            fingerprint=fingerprint,
        )
        judge(self, day=day, at=at, cause=self.version)

    def mark_equity(self, *, open_pnl: USD, at: datetime) -> None:
        """Take in the open profit of a moment. Only a new extreme or a crossing is a fact."""
        self._mark(open_pnl, day=turn_to(self, at, adding=False), at=at)

    def mark_again(self, *, open_pnl: USD, day: date, at: datetime) -> None:
        """Take in a mark of a day that is known; one at the close belongs to the day it ends."""
        pass_time(self, at)
        refuse_ended(self)
        self._mark(open_pnl, day=day, at=at)

    def pass_time(self, at: datetime) -> None:
        """Let it be `at`: what time alone breaks is pronounced, and days before it end.

        What has passed before, or comes after the end of the account, changes nothing.
        """
        pass_time(self, at)

    def note_release(self, release: Release, *, at: datetime) -> None:
        """Remember scheduled news. Noted before: nothing changes."""
        note_release(self, release, at=at)

    def close_day(self, *, day: date, at: datetime, open_pnl: USD | None = None) -> None:
        """End a trading day. A day closed before stays as it is; days in between have no trades.

        `at` is when the command was given: not before the session has ended. A failed account
        closes the books of its last day, and no other.
        """
        if not due_to_close(self, day=day, at=at):
            return
        if open_pnl is not None and self.state.status != "failed":
            self._mark(open_pnl, day=day, at=session_close(day))
        close_session(self, day=day, open_pnl=open_pnl)

    def void(self, *, id: str, at: datetime, reason: str, history: History | None = None) -> None:
        """Take back a trade or fill. Taken back before: nothing changes.

        Without a `history` at hand only the open trading day is reached; with one, a closed day or
        an outcome that rests on the execution is corrected.
        """
        void_execution(self, id=id, at=at, reason=reason, history=history)

    def replace(self, corrected: Trade | Fill, *, reason: str, history: History) -> None:
        """Put other facts in place of those reported under the same id. Refuses with
        NothingToReplace. The facts that are there already change nothing.
        """
        replace_execution(self, corrected, reason=reason, past=history())

    def correct(self, change: Change, past: Sequence[AccountEvent]) -> None:
        """Restate every figure after a change of the past; revise what it would have changed."""
        correct(self, change, past)

    def decide_revision(
        self, *, version: int, decision: Decision, reason: str, at: datetime
    ) -> None:
        """Apply or dismiss a revised outcome. The same decision again changes nothing."""
        decide_revision(self, version=version, decision=decision, reason=reason, at=at)

    def request_payout(self, *, payout_id: str, amount: USD, at: datetime) -> None:
        """Reserve profit for a payout. Refuses with PayoutRefused and every rule."""
        request_payout(self, payout_id=payout_id, amount=amount, at=at)

    def approve_payout(self, *, payout_id: str, at: datetime) -> None:
        """Agree to a requested payout. Approved before: nothing changes."""
        approve_payout(self, payout_id=payout_id, at=at)

    def reject_payout(self, *, payout_id: str, grounds: Grounds, at: datetime) -> None:
        """Refuse a payout on grounds, and free its amount. Done so before: nothing changes."""
        reject_payout(self, payout_id=payout_id, grounds=grounds, at=at)

    def cancel_payout(self, *, payout_id: str, at: datetime) -> None:
        """Take a request back, and free its amount. Taken back before: nothing changes."""
        cancel_payout(self, payout_id=payout_id, at=at)

    def pay_payout(self, *, payout_id: str, reference: str, at: datetime) -> None:
        """Let an approved payout leave the account. Paid before: nothing changes."""
        pay_payout(self, payout_id=payout_id, reference=reference, at=at)

    def change_pack(self, *, pack: RulePack, consent: Consent, reason: str, at: datetime) -> None:
        """Move to another pack from the next session on. Used before, a consent does nothing."""
        change_pack(self, pack=pack, consent=consent, reason=reason, at=at)

    def _mark(self, open_pnl: USD, *, day: date, at: datetime) -> None:
        conduct = mark_conduct(self.state, open_pnl=open_pnl, day=day, at=at)
        reason = "crossing" if conduct else self._worth_recording(open_pnl)
        if reason is None:
            return
        self.record(
            EquityMarked,
            at=at,
            open_pnl_units=open_pnl.units,
            equity_units=(self.state.balance + open_pnl).units,
            reason=reason,
            trading_day=day,
        )
        judge(self, found=conduct, day=day, at=at, cause=self.version)

    def _worth_recording(self, open_pnl: USD) -> Literal["high", "low", "crossing"] | None:
        if not is_clear(self.state, told=open_pnl):
            seen = self.state.marked(open_pnl)
            if any(is_new(seen, each) for each in crossings(seen)) or due_warnings(seen):
                return "crossing"
        session, start = self.state.session, self.state.day_start_equity
        equity = self.state.balance + open_pnl
        if equity > (session.high_equity if session else start):
            return "high"
        if equity < (session.low_equity if session else start):
            return "low"
        return None

    def _knows(self, key: str, fingerprint: str) -> bool:
        known = self.state.known.get(key)
        if known is not None and known != fingerprint:
            kind, _, id = key.partition(":")
            raise AlreadyRecordedDifferently(
                f"The {kind} {id} is recorded already, with other facts. If the platform corrected"
                f" it, report it as a correction of {id}.",
                id=id,
            )
        return known is not None

    @override
    def twin(self) -> Self:
        assert not self.pending_events, "what is pending belongs to one command"
        twin = type(self)(self.id, self.modified_on)
        twin.version, twin.state = self.version, twin_of(self.state)
        twin.opened_at, twin.settled_at = self.opened_at, self.settled_at
        return twin

    @override
    def when(self, event: AccountEvent) -> None:
        if isinstance(event, AccountOpened):
            self.state, self.opened_at = begin(event), event.timestamp
            self.settled_at = event.timestamp
        elif isinstance(event, AccountFailed) and self.outlives_failure:
            # Booked on and judged no more: just what a passed account is.
            self.outlived, self.state.status = event.rule, "passed"
        else:
            evolve(self.state, event)
        self.settled_at = settled_after(self.settled_at, event)

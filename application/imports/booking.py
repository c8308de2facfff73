"""Carrying many rows to one account: loaded once, saved a hundred trades at a time."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date
from functools import partial
from typing import Final

from application.errors import NaturalKeyTaken, WriteConflict
from application.imports.commands import ImportTrades
from application.imports.errors import ExitInTheFuture
from application.imports.outcome import ImportOutcome, Tally, outcome_of
from application.imports.reading import ImportedTrade, RowFault
from application.ledger import Ledger
from application.log import Log, LogSelection
from application.pipeline import ATTEMPTS_MAX
from domain.accounts.account import TradingAccount
from domain.accounts.errors import AccountEnded, AlreadyRecordedDifferently
from domain.accounts.events import RuleViolated, TradeRecorded, TradingDayClosed
from domain.accounts.executions import Trade
from domain.accounts.state import KNOWN_MAX
from domain.errors import DomainError
from domain.market.calendar import session_close, trading_day_of

TRADES_PER_APPEND: Final = 100


class Booking:
    """One import on its way into one account.

    A lost race loads the account anew and carries the same rows to it again: a trade's own id makes
    that harmless, as it makes importing a file twice. Only `writes` saves.
    """

    def __init__(self, command: ImportTrades, ledger: Ledger, log: Log, *, writes: bool) -> None:
        self._command = command
        self._ledger = ledger
        self._log = log
        self._writes = writes
        self._load()

    def carry(self, told: Callable[[int], None]) -> ImportOutcome:
        """Book all rows, telling how many are done. Refuses with WriteConflict or
        LedgerUnavailable: what was booked until then stays, and the next import goes on from there.
        """
        rows, total = self._command.reading.trades, Tally()
        for start in range(0, len(rows), TRADES_PER_APPEND):
            piece = rows[start : start + TRADES_PER_APPEND]
            total.add(self._insist(partial(self._book, piece)))
            told(start + len(piece))
        if self._command.close_days:
            days = frozenset(total.days)
            total.add(self._insist(lambda _: self._close_last_day(days)))
        return outcome_of(total, self._account, written=self._writes)

    def _load(self) -> None:
        self._account = self._ledger.load(TradingAccount, self._command.account_id)
        self._recorded: dict[str, str] | None = None

    def _insist(self, step: Callable[[Tally], None]) -> Tally:
        for attempt in range(1, ATTEMPTS_MAX + 1):
            tally = Tally()
            try:
                step(tally)
                self._save(tally)
            except (WriteConflict, NaturalKeyTaken):
                if attempt == ATTEMPTS_MAX:
                    raise
                self._load()
            else:
                return tally
        raise AssertionError("the last attempt answers or raises")

    def _book(self, rows: Sequence[ImportedTrade], tally: Tally) -> None:
        for row in rows:
            try:
                self._record(row.trade, tally)
            except AccountEnded:
                tally.after_end += 1
            except DomainError as refusal:
                tally.refused.append(
                    RowFault(place=row.place, code=refusal.code, reason=refusal.sentence)
                )

    def _record(self, trade: Trade, tally: Tally) -> None:
        account, at = self._account, self._command.at
        if trade.exited_at > at:
            raise ExitInTheFuture(
                f"The trade {trade.trade_id} was closed at {trade.exited_at.isoformat()}, but it is"
                f" only {at.isoformat()} here; check both clocks.",
                trade_id=trade.trade_id,
            )
        before, was = account.version, account.state.status
        if not self._forgotten(trade):
            account.record_trade(trade)
        tally.days.add(trading_day_of(trade.exited_at))
        if account.version == before:
            tally.already_recorded += 1
            return
        tally.taken += 1
        tally.gross += trade.gross
        tally.fees += trade.fees
        if account.state.status == "failed" != was:
            tally.failed_at = trade.trade_id

    def _forgotten(self, trade: Trade) -> bool:
        """Whether the log holds a trade that the account, which remembers so many, forgot."""
        known = self._account.state.known
        if len(known) < KNOWN_MAX or f"trade:{trade.trade_id}" in known:
            return False
        if self._recorded is None:
            self._recorded = self._read_recorded()
        fingerprint = self._recorded.get(trade.trade_id)
        if fingerprint not in (None, trade.fingerprint):
            raise AlreadyRecordedDifferently(
                f"The trade {trade.trade_id} is recorded already, with other facts; its day is"
                " closed. Compare the file with the account's history.",
                id=trade.trade_id,
            )
        return fingerprint is not None

    def _read_recorded(self) -> dict[str, str]:
        selection = LogSelection(
            stream_id=self._command.account_id, event_types=(TradeRecorded.TOPIC,)
        )
        events = map(self._log.decode, self._log.stream(selection))
        return {
            each.trade_id: each.fingerprint for each in events if isinstance(each, TradeRecorded)
        }

    def _close_last_day(self, days: frozenset[date]) -> None:
        """Earlier days were closed by the first trade after them."""
        session, at = self._account.state.session, self._command.at
        if session and session.day in days and at >= session_close(session.day):
            self._account.close_day(day=session.day, at=at)

    def _save(self, tally: Tally) -> None:
        pending = self._account.pending_events
        for event in pending:
            if isinstance(event, TradingDayClosed):
                tally.closed_days.append(event.trading_day)
            tally.violations += isinstance(event, RuleViolated)
        if not self._writes:
            self._account.collect_events()
        elif pending:
            tally.position = self._ledger.save(self._account).position
            if tally.position is None:
                raise WriteConflict("Another import of the same trades came first; import again.")

"""From a book to the log: several accounts an append, and again without a trace.

An append holds whole commands only. A run that was cut off therefore leaves each account at a
command's end; the next run walks the same histories, compares what is recorded event by event, and
goes on where the record stops.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import Final
from uuid import UUID

from application.context import acting, current_context
from application.errors import NaturalKeyTaken, StreamNotFound, WriteConflict
from application.ledger import Ledger
from application.log import Log, LogSelection
from application.news.handlers import month_in
from application.pipeline import ATTEMPTS_MAX
from application.simulation.books import Book
from application.simulation.errors import SimulationDiffers
from application.simulation.histories import lives_of, prices_of
from application.simulation.lives import Life
from application.simulation.news import months_of, schedule_month
from application.simulation.prices import Prices
from application.simulation.tally import Tally
from domain.accounts.account import TradingAccount
from domain.kernel import Aggregate, Event

EVENTS_PER_APPEND: Final = 1_000
"""An append is made when so many events are waiting; one command may bring a few more."""

ACCOUNTS_PER_APPEND: Final = 50
"""Accounts that share appends, and are walked again together when a race is lost."""


def rehearse_book(book: Book, *, told: Callable[[int], None] = lambda _: None) -> Tally:
    """Walk a book and write nothing; `told` hears how many accounts are done."""
    tally, prices = Tally(), prices_of(book)
    for month in months_of(book.trading_days):
        tally.count(schedule_month(None, month).collect_events())
    for number in range(book.accounts):
        for follows, life in enumerate(lives_of(book, number, prices)):
            for _ in life.commands():
                tally.count(life.account.collect_events())
            tally.finish(life.account.state, account_id=life.account_id, follows=bool(follows))
        told(number + 1)
    return tally


def write_book(
    book: Book, ledger: Ledger, log: Log, *, told: Callable[[int], None] = lambda _: None
) -> Tally:
    """Write what of a book is not in the log yet; `told` hears how many accounts are done.

    Event ids are not the keys here, the histories are, so a context's own key is left out. Refuses
    with SimulationDiffers, WriteConflict or LedgerUnavailable; what was written until then stays.
    """
    total, prices = Tally(), prices_of(book)
    with acting(replace(current_context(), idempotency=None)):
        for start in range(0, book.accounts, ACCOUNTS_PER_APPEND):
            numbers = range(start, min(start + ACCOUNTS_PER_APPEND, book.accounts))
            total.add(_insist(book, numbers, prices, ledger, log))
            told(numbers.stop)
    return total


def _insist(book: Book, numbers: range, prices: Prices, ledger: Ledger, log: Log) -> Tally:
    """Somebody else may be writing the same book: what is recorded by then is compared anew.

    A race lost further on than the one before is no reason to give up.
    """
    written = reached = attempts = 0
    while True:
        writing = _Writing(book, prices, ledger, log)
        try:
            tally = writing.write(numbers)
        except (WriteConflict, NaturalKeyTaken):
            written += writing.tally.new_events
            attempts = attempts + 1 if writing.tally.events <= reached else 1
            reached = max(reached, writing.tally.events)
            if attempts == ATTEMPTS_MAX:
                raise
        else:
            tally.new_events += written
            return tally


class _Writing:
    """One attempt at some accounts. `waiting` are those with events that are not saved yet."""

    def __init__(self, book: Book, prices: Prices, ledger: Ledger, log: Log) -> None:
        self._book, self._prices, self._ledger, self._log = book, prices, ledger, log
        self._waiting: list[Aggregate] = []
        self._unsaved = 0
        self.tally = Tally()

    def write(self, numbers: range) -> Tally:
        if 0 in numbers:
            self._schedule_news()
        for number in numbers:
            for follows, life in enumerate(lives_of(self._book, number, self._prices)):
                self._live(life)
                self.tally.finish(
                    life.account.state, account_id=life.account_id, follows=bool(follows)
                )
        self._save()
        return self.tally

    def _schedule_news(self) -> None:
        """Books share the firm's calendar: what is on it already is none of this one's events."""
        for month in months_of(self._book.trading_days):
            whole = schedule_month(None, month)
            self.tally.count(whole.collect_events())
            calendar = month_in(self._ledger, whole.month)
            calendar = schedule_month(calendar, month)
            if calendar.pending_events:
                self._waiting.append(calendar)
                self._unsaved += len(calendar.pending_events)

    def _live(self, life: Life) -> None:
        recorded, version = self._recorded(life.account_id), 0
        for _ in life.commands():
            account = life.account
            if version == 0:
                self._waiting.append(account)
            pending = account.pending_events
            fresh = pending[len(pending) - (account.version - version) :]
            version = account.version
            self.tally.count(fresh)
            self._unsaved += _left_to_write(account, fresh, recorded)
            if self._unsaved >= EVENTS_PER_APPEND:
                self._save()
                self._waiting.append(account)

    def _recorded(self, account_id: UUID) -> Iterator[Event]:
        try:
            self._ledger.load(TradingAccount, account_id)
        except StreamNotFound:
            return iter(())
        return map(self._log.decode, self._log.stream(LogSelection(stream_id=account_id)))

    def _save(self) -> None:
        if self._unsaved:
            receipt = self._ledger.save(*self._waiting)
            if receipt.position is None:
                raise WriteConflict("Another run of the same book came first; run it again.")
        self.tally.new_events += self._unsaved
        self._waiting, self._unsaved = [], 0


def _left_to_write(
    account: TradingAccount, fresh: Sequence[Event], recorded: Iterator[Event]
) -> int:
    """How many events of a command are new. Recorded ones are compared, and dropped."""
    known = 0
    for event in fresh:
        found = next(recorded, None)
        if found is None:
            break
        if found != event:
            raise _differs(account, event)
        known += 1
    if known and known < len(fresh):
        raise _differs(account, fresh[known])
    if known:
        account.collect_events()
    return len(fresh) - known


def _differs(account: TradingAccount, event: Event) -> SimulationDiffers:
    return SimulationDiffers(
        f"The log holds another history of the account {account.id} from version"
        f" {event.originator_version} on: it was traded on, or simulated by another version of this"
        " program. Simulate with another seed.",
        account_id=str(account.id),
        version=event.originator_version,
    )

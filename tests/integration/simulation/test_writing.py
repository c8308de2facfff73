"""Books in a real log: whole, once, and continued."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date
from itertools import pairwise

import pytest

from application.log import LogSelection
from application.simulation import writing
from application.simulation.books import Book
from application.simulation.errors import SimulationDiffers
from application.simulation.writing import EVENTS_PER_APPEND, rehearse_book, write_book
from domain.accounts.account import TradingAccount
from domain.market.calendar import session_open
from domain.money import USD
from infrastructure.event_store.ledger import EventSourcedLedger
from infrastructure.event_store.log import PostgresLog
from tests.integration.simulation.comparing import holds_exactly

BOOK = Book(seed=3, accounts=12, days=12, start=date(2025, 11, 20))


@pytest.fixture
def small_appends(monkeypatch: pytest.MonkeyPatch) -> None:
    """So that two writers meet often."""
    monkeypatch.setattr(writing, "EVENTS_PER_APPEND", 60)
    monkeypatch.setattr(writing, "ACCOUNTS_PER_APPEND", 2)


class TestWriteBook:
    def test_writes_every_history_whole(self, ledger: EventSourcedLedger, log: PostgresLog) -> None:
        told: list[int] = []
        tally = write_book(BOOK, ledger, log, told=told.append)
        assert holds_exactly(log, BOOK)
        assert told[-1] == BOOK.accounts
        assert tally.new_events == tally.events == log.head()

    def test_counts_as_a_rehearsal_does(self, ledger: EventSourcedLedger, log: PostgresLog) -> None:
        written, rehearsed = write_book(BOOK, ledger, log), rehearse_book(BOOK)
        assert (rehearsed.new_events, rehearsed.events) == (0, written.new_events)
        assert replace(written, new_events=0) == rehearsed

    def test_writes_nothing_new_the_second_time(
        self, ledger: EventSourcedLedger, log: PostgresLog
    ) -> None:
        first, second = (write_book(BOOK, ledger, log) for _ in range(2))
        assert (second.new_events, second.events) == (0, first.events)
        assert log.head() == first.events

    def test_continues_with_more_days_and_accounts(
        self, ledger: EventSourcedLedger, log: PostgresLog
    ) -> None:
        first = write_book(replace(BOOK, accounts=5, days=4), ledger, log)
        second = write_book(BOOK, ledger, log)
        assert holds_exactly(log, BOOK)
        assert first.new_events + second.new_events == log.head()

    def test_leaves_a_longer_book_as_it_is(
        self, ledger: EventSourcedLedger, log: PostgresLog
    ) -> None:
        write_book(BOOK, ledger, log)
        assert write_book(replace(BOOK, accounts=3, days=5), ledger, log).new_events == 0
        assert holds_exactly(log, BOOK)

    def test_appends_are_few_and_never_large(
        self, ledger: EventSourcedLedger, log: PostgresLog
    ) -> None:
        events = write_book(BOOK, ledger, log).events
        times = [each.recorded_at for each in log.stream(LogSelection())]
        appends = 1 + sum(before != after for before, after in pairwise(times))
        assert events // EVENTS_PER_APPEND <= appends <= events // EVENTS_PER_APPEND + 1

    def test_refuses_an_account_with_another_history(
        self, ledger: EventSourcedLedger, log: PostgresLog
    ) -> None:
        write_book(replace(BOOK, days=2), ledger, log)
        day = BOOK.trading_days[2]
        account = ledger.load(TradingAccount, BOOK.account_id(0))
        account.record_result(result_id="by hand", net=USD.of("5.00"), at=session_open(day))
        ledger.save(account)
        with pytest.raises(SimulationDiffers) as refused:
            write_book(BOOK, ledger, log)
        assert refused.value.facts["account_id"] == str(account.id)

    @pytest.mark.usefixtures("small_appends")
    def test_two_writers_of_one_book_write_it_once(
        self, ledger: EventSourcedLedger, log: PostgresLog
    ) -> None:
        with ThreadPoolExecutor(2) as threads:
            writers = [threads.submit(write_book, BOOK, ledger, log) for _ in range(2)]
            new = [each.result().new_events for each in writers]
        assert holds_exactly(log, BOOK)
        assert sum(new) == log.head()

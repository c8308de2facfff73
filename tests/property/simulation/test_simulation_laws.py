"""What holds for every simulated book, whatever its seed."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date, datetime
from itertools import pairwise
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from application.simulation.books import Book
from application.simulation.driving import drive, opened
from application.simulation.histories import commands_of, history_of, prices_of
from application.simulation.instruments import INSTRUMENTS
from application.simulation.lives import Life
from application.simulation.tally import Tally
from application.simulation.writing import rehearse_book
from domain.accounts.account import TradingAccount
from domain.accounts.events import EquityMarked, FillRecorded, TradeRecorded
from domain.accounts.events_corrections import HistoryCorrected, RevisionDecided, VerdictRevised
from domain.accounts.evolve import begin, evolve
from domain.kernel import Event
from domain.market.calendar import session_close, session_open, trading_day_of
from domain.market.contracts import contract_of

STARTS = (
    date(2015, 1, 2),
    date(2018, 11, 30),  # Before a day of mourning that closes at 08:30.
    date(2025, 3, 5),  # Over the change to summer time, and the one below back from it.
    date(2025, 10, 29),
    date(2025, 11, 24),  # Thanksgiving.
    date(2025, 12, 19),
)
BOOKS = st.builds(
    Book,
    seed=st.integers(0, 2**63 - 1),
    accounts=st.just(1),
    days=st.integers(1, 14),
    start=st.sampled_from(STARTS),
    plan=st.sampled_from((None, "standard-25k", "dynasty-100k")),
)
NUMBERS = st.integers(0, 40)
CORRECTING = (HistoryCorrected, VerdictRevised, RevisionDecided)


def lived(book: Book, number: int) -> Life:
    life = Life(book, number, prices_of(book))
    for _ in life.commands():
        pass
    return life


def executions_of(events: Sequence[Event]) -> Iterator[tuple[datetime, Any]]:
    """When, which symbol and at what price."""
    for event in events:
        if isinstance(event, TradeRecorded):
            yield event.entered_at, (event.symbol, event.entry_price)
            yield event.exited_at, (event.symbol, event.exit_price)
        elif isinstance(event, FillRecorded):
            yield event.executed_at, (event.symbol, event.price)


@given(BOOKS, NUMBERS)
@settings(max_examples=30)
def test_the_same_seed_tells_the_same_story(book: Book, number: int) -> None:
    assert history_of(book, number) == history_of(replace(book), number)


@given(BOOKS, st.integers(1, 4))
@settings(max_examples=15)
def test_an_account_is_the_same_in_a_book_of_any_size(book: Book, accounts: int) -> None:
    larger = replace(book, accounts=accounts + 2)
    first = list(commands_of(replace(book, accounts=accounts)))
    assert list(commands_of(larger))[: len(first)] == first


@given(BOOKS, NUMBERS, st.integers(1, 10))
@settings(max_examples=30)
def test_more_days_continue_a_history(book: Book, number: int, more: int) -> None:
    before = history_of(book, number)
    longer = history_of(replace(book, days=book.days + more), number)
    assert longer[: len(before)] == before


@given(BOOKS, NUMBERS)
@settings(max_examples=40)
def test_every_price_is_on_its_tick_and_above_zero(book: Book, number: int) -> None:
    for _, (symbol, price) in executions_of(history_of(book, number)):
        assert contract_of(symbol).price(price) == price > 0


@given(BOOKS, NUMBERS)
@settings(max_examples=40)
def test_everything_happens_within_a_session(book: Book, number: int) -> None:
    events = history_of(book, number)
    marks = [event.timestamp for event in events if isinstance(event, EquityMarked)]
    for at in [*marks, *(at for at, _ in executions_of(events))]:
        day = trading_day_of(at)
        # The last mark of a day is told with its close.
        assert session_open(day) <= at <= session_close(day)
        assert day in book.trading_days


@given(BOOKS, NUMBERS)
@settings(max_examples=40)
def test_grains_are_traded_in_their_hours(book: Book, number: int) -> None:
    for at, (symbol, _) in executions_of(history_of(book, number)):
        if contract_of(symbol).spec.group == "agriculture":
            minutes = (at - session_open(trading_day_of(at))).total_seconds() / 60
            assert 15.5 * 60 <= minutes <= 20 * 60 + 20


@given(BOOKS, NUMBERS)
@settings(max_examples=40)
def test_the_events_alone_give_the_state_of_the_live_account(book: Book, number: int) -> None:
    life = lived(book, number)
    first, *rest = life.account.collect_events()
    state = begin(first)  # type: ignore[arg-type]
    for event in rest:
        evolve(state, event)  # type: ignore[arg-type]
    assert state == life.account.state


@given(BOOKS, NUMBERS)
@settings(max_examples=30)
def test_the_commands_alone_give_the_same_events(book: Book, number: int) -> None:
    life = Life(book, number, prices_of(book))
    commands = life.commands()
    account: TradingAccount = opened(next(commands))  # type: ignore[arg-type]
    for command in commands:
        drive(account, command)
    assert account.collect_events() == life.account.collect_events()


@given(BOOKS, NUMBERS)
@settings(max_examples=40)
def test_time_never_runs_backwards(book: Book, number: int) -> None:
    """But for corrections, which are effective where the report belongs."""
    told = [each for each in history_of(book, number) if not isinstance(each, CORRECTING)]
    times = [event.timestamp for event in told]
    assert all(earlier <= later for earlier, later in pairwise(times))


@given(BOOKS)
@settings(max_examples=20)
def test_the_money_of_a_book_adds_up(book: Book) -> None:
    tally: Tally = rehearse_book(replace(book, accounts=4))
    booked = tally.gross - tally.fees - tally.voided + tally.corrected
    assert booked - tally.paid == tally.net
    assert tally.outcomes.total() == tally.accounts == 4 + tally.followed
    assert tally.payouts["paid"] <= tally.payouts["approved"] <= tally.payouts["requested"]
    assert tally.paid_to_traders <= tally.paid


@given(st.integers(0, 2**63 - 1), st.sampled_from(sorted(INSTRUMENTS)))
@settings(max_examples=20)
def test_no_price_ends_below_zero_in_two_years(seed: int, root: str) -> None:
    book = Book(seed=seed, accounts=1, days=500)
    market = INSTRUMENTS[root].market
    path = prices_of(book).path(market, 499)
    assert market.level // 20 < min(path) <= max(path) < market.level * 20

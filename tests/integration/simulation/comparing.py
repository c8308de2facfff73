"""What of a book is in a log, beside what belongs there."""

from collections.abc import Iterator, Sequence
from uuid import UUID

from application.log import LogSelection
from application.simulation.books import Book
from application.simulation.histories import lives_of, prices_of
from application.simulation.news import months_of, schedule_month
from domain.kernel import Event
from infrastructure.event_store.log import PostgresLog


def holds_exactly(log: PostgresLog, book: Book) -> bool:
    """Whether the log is the book: every account's whole history, its news, and nothing else."""
    events = 0
    for stream_id, wanted in _streams(book):
        selection = LogSelection(stream_id=stream_id)
        if list(map(log.decode, log.stream(selection))) != list(wanted):
            return False
        events += len(wanted)
    return log.head() == events


def _streams(book: Book) -> Iterator[tuple[UUID, Sequence[Event]]]:
    for month in months_of(book.trading_days):
        calendar = schedule_month(None, month)
        yield calendar.id, calendar.collect_events()
    prices = prices_of(book)
    for number in range(book.accounts):
        for life in lives_of(book, number, prices):
            for _ in life.commands():
                pass
            yield life.account_id, life.account.collect_events()

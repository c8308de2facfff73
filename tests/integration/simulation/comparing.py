"""What of a book is in a log, beside what belongs there."""

from application.log import LogSelection
from application.simulation.books import Book
from application.simulation.histories import history_of, prices_of
from infrastructure.event_store.log import PostgresLog


def holds_exactly(log: PostgresLog, book: Book) -> bool:
    """Whether the log is the book: every account's whole history, and nothing else."""
    prices, events = prices_of(book), 0
    for number in range(book.accounts):
        wanted = history_of(book, number, prices)
        selection = LogSelection(stream_id=book.account_id(number))
        if list(map(log.decode, log.stream(selection))) != wanted:
            return False
        events += len(wanted)
    return log.head() == events

"""Books without a database: commands in their order, and what each account records of them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from application.simulation.books import Book
from application.simulation.driving import AccountCommand
from application.simulation.lives import Life
from application.simulation.prices import Prices
from domain.kernel import Event


def prices_of(book: Book) -> Prices:
    """The market of a book, to be shared by its accounts: walking it anew costs time."""
    return Prices(seed=book.seed, days=book.trading_days)


def commands_of(book: Book) -> Iterator[AccountCommand]:
    """Every command of a book, one account after another, each account's in the order of time.

    Only the account in hand is kept: memory does not grow with the book.
    """
    prices = prices_of(book)
    for number in range(book.accounts):
        for life in lives_of(book, number, prices):
            yield from life.commands()


def lives_of(book: Book, number: int, prices: Prices) -> Iterator[Life]:
    """The life of an account, then that of the funded one which follows its pass, if any does.

    Each must be lived to its end before the next is asked for.
    """
    life: Life | None = Life(book, number, prices)
    while life:
        yield life
        life = life.funded()


def history_of(book: Book, number: int, prices: Prices | None = None) -> Sequence[Event]:
    """What the account of a number (from 0 on, of any book so large) records, from its opening;
    the funded account that may follow its pass is another.
    """
    life = Life(book, number, prices or prices_of(book))
    for _ in life.commands():
        pass
    return life.account.collect_events()

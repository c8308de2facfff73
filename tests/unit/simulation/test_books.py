"""Which books there are."""

from datetime import date
from typing import Any

import pytest

from application.plans.catalogue import ProgramUnknown
from application.simulation.books import ACCOUNTS_MAX, DAYS_MAX, SEED_MAX, Book
from application.simulation.errors import SimulationOutOfRange


def book(**fields: Any) -> Book:
    return Book(**{"seed": 1, "accounts": 2, "days": 3, **fields})


class TestBook:
    @pytest.mark.parametrize(
        "fields",
        [
            {"accounts": 0},
            {"accounts": ACCOUNTS_MAX + 1},
            {"days": 0},
            {"days": DAYS_MAX + 1},
            {"seed": -1},
            {"seed": SEED_MAX + 1},
            {"start": date(2014, 12, 31)},
            {"start": date(2031, 1, 1)},
            {"start": date(2030, 12, 27)},
        ],
        ids=str,
    )
    def test_refuses_what_no_book_can_be(self, fields: dict[str, Any]) -> None:
        with pytest.raises(SimulationOutOfRange) as refused:
            book(**fields)
        assert refused.value.code == "simulation-out-of-range"

    def test_refuses_a_program_that_is_not_sold(self) -> None:
        with pytest.raises(ProgramUnknown):
            book(plan="gold-1k")

    def test_takes_the_largest_book_there_is(self) -> None:
        largest = book(accounts=ACCOUNTS_MAX, days=DAYS_MAX, start=date(2015, 1, 1), seed=SEED_MAX)
        assert len(largest.trading_days) == DAYS_MAX

    def test_begins_with_the_trading_day_on_or_after_its_start(self) -> None:
        days = book(start=date(2025, 4, 18)).trading_days  # Good Friday.
        assert days == (date(2025, 4, 21), date(2025, 4, 22), date(2025, 4, 23))

    def test_ends_a_day_before_the_calendar_does(self) -> None:
        assert book(start=date(2030, 12, 26)).trading_days[-1] == date(2030, 12, 30)

    def test_names_accounts_by_everything_that_makes_a_book_another(self) -> None:
        books = [
            book(),
            book(seed=2),
            book(start=date(2026, 1, 6)),
            book(plan="standard-25k"),
        ]
        assert len({each.account_id(number) for each in books for number in range(5)}) == 20

    def test_names_accounts_the_same_however_many_and_however_long(self) -> None:
        assert book().account_id(1) == book(accounts=9, days=9).account_id(1)

    def test_gives_every_fifth_account_to_the_trader_before(self) -> None:
        traders = [book().trader_id(number) for number in range(10)]
        assert [traders.index(each) for each in traders] == [0, 1, 2, 3, 3, 5, 6, 7, 8, 8]

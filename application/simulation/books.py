"""Which book: how many accounts over which days, out of which seed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from itertools import islice
from typing import Final
from uuid import UUID, uuid5

from application.plans.catalogue import program
from application.simulation.errors import SimulationOutOfRange
from domain.market.calendar_errors import CalendarNotLoaded
from domain.market.days import next_trading_day, trading_day_from
from domain.market.holidays import FIRST_DAY, LAST_DAY

ACCOUNTS_MAX: Final = 1_000_000
DAYS_MAX: Final = 2_000
SEED_MAX: Final = 2**63 - 1
DEFAULT_START: Final = date(2026, 1, 5)

_NAMES: Final = UUID("0b9f5c1e-3d64-4a55-8a7e-2f6a54b1c0d7")
_SECOND_ACCOUNTS: Final = 5


@dataclass(frozen=True, kw_only=True)
class Book:
    """A book of simulated trading. Two of the same fields are the same book, everywhere.

    `days` are trading days, from `start` on. `plan` is a program of the catalogue for every
    account; None is any. More accounts or days continue a book, they change nothing in it.
    Refuses with SimulationOutOfRange or ProgramUnknown.
    """

    seed: int
    accounts: int
    days: int
    start: date = DEFAULT_START
    plan: str | None = None

    def __post_init__(self) -> None:
        _refuse_outside("accounts", self.accounts, 1, ACCOUNTS_MAX)
        _refuse_outside("days", self.days, 1, DAYS_MAX)
        _refuse_outside("seed", self.seed, 0, SEED_MAX)
        if self.plan is not None:
            program(self.plan)
        if len(self.trading_days) < self.days:
            raise SimulationOutOfRange(
                f"{self.days:,} trading days from {self.start} do not fit into the trading"
                f" calendar, which covers {FIRST_DAY} to {LAST_DAY}; start earlier, or take fewer"
                " days.",
                start=str(self.start),
                days=self.days,
            )

    @cached_property
    def trading_days(self) -> tuple[date, ...]:
        """The trading days of the book, in order; the day after the last is in the calendar too."""
        return tuple(islice(_trading_days(self.start), self.days))

    def account_id(self, number: int) -> UUID:
        """The account of a number, from 0 on."""
        return uuid5(_NAMES, f"account {self._name} {number}")

    def funded_id(self, number: int) -> UUID:
        """The account that follows when the account of a number has passed."""
        return uuid5(_NAMES, f"funded {self._name} {number}")

    def trader_id(self, number: int) -> UUID:
        """Who trades it: every fifth account is the second one of the trader before."""
        owner = number - (number % _SECOND_ACCOUNTS == _SECOND_ACCOUNTS - 1)
        return uuid5(_NAMES, f"trader {self._name} {owner}")

    @property
    def _name(self) -> str:
        return f"{self.seed} {self.start} {self.plan or 'any'}"


def _refuse_outside(name: str, value: int, least: int, most: int) -> None:
    if not least <= value <= most:
        raise SimulationOutOfRange(
            f"{value:,} {name} is not a book; give from {least:,} to {most:,}.",
            **{name: value},
        )


def _trading_days(start: date) -> Iterator[date]:
    """Those whose next one is in the calendar: a lock and a close look ahead to it."""
    if not FIRST_DAY <= start <= LAST_DAY:
        return
    try:
        day = trading_day_from(start)
        while True:
            after = next_trading_day(day)
            yield day
            day = after
    except CalendarNotLoaded:
        return

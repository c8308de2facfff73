"""Simulated accounts in memory, beside the same commands on the aggregate alone."""

from __future__ import annotations

from itertools import count
from time import perf_counter_ns
from typing import Any

from application.simulation.books import Book
from application.simulation.driving import AccountCommand, drive, opened
from application.simulation.histories import history_of, prices_of
from application.simulation.lives import Life
from domain.accounts.account import TradingAccount
from tests.bench.measuring import ratio

BOOK = Book(seed=1, accounts=1_000_000, days=20)


def bench_simulating(*, seconds: float) -> dict[str, Any]:
    """One core, accounts one after another for as long as asked; the market is walked in it."""
    prices, events, until = prices_of(BOOK), 0, int(seconds * 1e9)
    began, numbers = perf_counter_ns(), count()
    while perf_counter_ns() - began < until:
        events += len(history_of(BOOK, next(numbers), prices))
    simulated = events * 1_000_000_000 // (perf_counter_ns() - began)
    accounts = next(numbers)
    alone = _alone([list(Life(BOOK, number, prices).commands()) for number in range(accounts)])
    return {
        "simulation": {
            "accounts": accounts,
            "events": events,
            "per_second": simulated,
            "domain_alone_per_second": alone,
            "ratio": ratio(simulated, alone),
        }
    }


def _alone(histories: list[list[AccountCommand]]) -> int:
    events, began = 0, perf_counter_ns()
    for opening, *rest in histories:
        account: TradingAccount = opened(opening)  # type: ignore[arg-type]
        for command in rest:
            drive(account, command)
        events += len(account.collect_events())
    return events * 1_000_000_000 // (perf_counter_ns() - began)

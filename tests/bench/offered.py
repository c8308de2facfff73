"""Trades offered at a fixed rate, whether or not the ledger keeps up.

Each is timed from the moment it was due until its append, with the verdicts on it, has returned.
One that had to wait for others counts its waiting, too.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from datetime import timedelta
from multiprocessing import get_context
from typing import Any, Final, Literal, Protocol, TypeAlias
from uuid import UUID

from eventsourcing.persistence import StoredEvent
from psycopg import connect
from uuid_utils.compat import uuid7

from application.accounts.commands import RecordTrade
from application.accounts.handlers import record_trade
from application.ledger import Ledger
from application.pipeline import carry_out
from application.plans.catalogue import program
from domain.accounts.account import TradingAccount
from domain.accounts.executions import Trade
from infrastructure.event_store.ledger import EventSourcedLedger, open_ledger
from tests.bench.appends import PAYLOAD
from tests.bench.measuring import Offered, ratio, summary, when_due
from tests.bench.verdicts import OPENED_AT, trade_at

What: TypeAlias = Literal["trade", "append"]

RATE: Final = 1_000
ACCOUNTS: Final = 1_000
WORKERS: Final = 2
THREADS: Final = 8
TRADED_BEFORE: Final = 100
TRADES_A_DAY: Final = 20
SAVED_AT_ONCE: Final = 20
WARM_UP_SECONDS: Final = 3
ENDING_EVERY: Final = 997
"""One trade in so many loses what ends its account; later ones of that account are refused."""
VERDICTS: Final = """
SELECT count(*) FILTER (WHERE event_type = 'account.rule_violated'),
       count(*) FILTER (WHERE event_type = 'account.failed')
FROM ledger.events WHERE ledger_seq > %s
"""


def bench_offered(database_url: str, ledger: Ledger, *, seconds: int) -> dict[str, Any]:
    """Beside the bare append of one event, at the same rate from the same workers."""
    accounts, trades = traded(ledger), RATE * seconds
    with _workers(database_url, accounts) as offered:
        bare = offered("append", first=0, trades=trades)
        offered("trade", first=0, trades=RATE * WARM_UP_SECONDS)
        before = _asked(database_url, "SELECT last_seq FROM ledger.head")[0]
        found = offered("trade", first=RATE * WARM_UP_SECONDS, trades=trades)
    violations, failures = _asked(database_url, VERDICTS, before)
    return {
        "trades_offered": {
            "accounts": len(accounts),
            "trades_each_before": TRADED_BEFORE,
            "seconds": seconds,
            **found,
            "violations_recorded": violations,
            "accounts_failed": failures,
            "bare_append": {"per_second": bare["achieved_per_second"], **bare},
            "p99_over_bare_append": ratio(found["p99_us"], bare["p99_us"]),
        }
    }


def traded(ledger: Ledger, *, accounts: int = ACCOUNTS) -> list[UUID]:
    """Accounts with a history, many to an append."""
    pack = program("standard-50k").pack("evaluation")
    opened: list[TradingAccount] = []
    for number in range(1, accounts + 1):
        account = TradingAccount.open(
            account_id=uuid7(), trader_id=uuid7(), plan="bench", pack=pack, at=OPENED_AT
        )
        for turn in range(TRADED_BEFORE):
            account.record_trade(_trade(turn))
        opened.append(account)
        if number % SAVED_AT_ONCE == 0 or number == accounts:
            ledger.save(*opened[-SAVED_AT_ONCE:])
    return [each.id for each in opened]


def trade_of(number: int, *, accounts: int = ACCOUNTS) -> tuple[int, Trade]:
    """The account of a trade, by place, and the trade. At each turn another worker gets it."""
    turn, place = divmod(number, accounts)
    ends = number % ENDING_EVERY == 0
    return (place + turn) % accounts, _trade(
        TRADED_BEFORE + turn, exit_price="19000" if ends else None
    )


def _trade(turn: int, *, exit_price: str | None = None) -> Trade:
    day, minute = divmod(turn, TRADES_A_DAY)
    entered_at = OPENED_AT + timedelta(days=day, minutes=minute)
    return trade_at(entered_at, number=turn, exit_price=exit_price)


class _Offering(Protocol):
    def __call__(self, what: What, *, first: int, trades: int) -> dict[str, Any]:
        """Offer the trades from a number on, and say what became of it."""


@contextmanager
def _workers(database_url: str, accounts: Sequence[UUID]) -> Iterator[_Offering]:
    """Processes as a fleet of the API has them: any may get any trade of an account."""
    context = get_context("spawn")
    setup = (database_url, accounts, context.Barrier(WORKERS))

    def offering(what: What, *, first: int, trades: int) -> dict[str, Any]:
        shares = [pool.submit(_work, what, first, each, trades) for each in range(WORKERS)]
        return summed([each.result() for each in shares])

    with ProcessPoolExecutor(
        WORKERS, mp_context=context, initializer=_begin, initargs=setup
    ) as pool:
        yield offering


def summed(done: Sequence[Offered]) -> dict[str, Any]:
    """What the workers came to together."""
    latencies = [each for one in done for each in one.latencies_ns]
    found = summary(latencies, clients=WORKERS, taken_ns=max(each.taken_ns for each in done))
    return {
        "offered_per_second": RATE,
        "achieved_per_second": found.per_second,
        "p50_us": found.p50_us,
        "p95_us": found.p95_us,
        "p99_us": found.p99_us,
        "refused": sum(each.refused for each in done),
        "worker_cpu_us": sum(each.at_work_ns for each in done) // found.operations // 1_000,
    }


_at_work: tuple[EventSourcedLedger, Sequence[UUID], Any] | None = None


def _begin(database_url: str, accounts: Sequence[UUID], together: Any) -> None:
    global _at_work  # noqa: PLW0603 (the one state of a process that does nothing else)
    _at_work = open_ledger(database_url, pool_size=THREADS), accounts, together


def _work(what: What, first: int, share: int, trades: int) -> Offered:
    """Every trade of a share, none before it is due."""
    assert _at_work is not None, "the process has begun"
    ledger, accounts, together = _at_work
    operation = _trading(ledger, accounts) if what == "trade" else _appending(ledger)
    together.wait()
    return when_due(
        operation,
        numbers=range(first + share, first + trades, WORKERS),
        first=first,
        rate=RATE,
        threads=THREADS,
    )


def _trading(ledger: Ledger, accounts: Sequence[UUID]) -> Callable[[int], object]:
    def trade(number: int) -> None:
        place, made = trade_of(number, accounts=len(accounts))
        carry_out(record_trade, RecordTrade(account_id=accounts[place], trade=made), ledger)

    return trade


def _appending(ledger: EventSourcedLedger) -> Callable[[int], object]:
    def append(_: int) -> None:
        ledger.recorder.insert_events([StoredEvent(uuid7(), 1, "account.trade_recorded", PAYLOAD)])

    return append


def _asked(database_url: str, query: str, *values: int) -> Sequence[int]:
    with connect(database_url) as connection:
        row = connection.execute(query, values).fetchone()
    assert row is not None, "counts are one row"
    return [int(each) for each in row]

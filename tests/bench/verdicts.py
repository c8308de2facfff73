"""From a trade to its durable verdict: load, judge, append."""

from __future__ import annotations

from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any
from uuid import UUID

from uuid_utils.compat import uuid7

from application.accounts.commands import OpenAccount, RecordTrade
from application.accounts.handlers import open_account, record_trade
from application.ledger import Ledger
from application.pipeline import carry_out
from application.plans.catalogue import program
from domain.accounts.executions import Trade
from domain.money import USD
from infrastructure.event_store.ledger import open_ledger
from tests.bench.measuring import measure, ratio

OPENED_AT = datetime(2026, 3, 1, 23, 0, tzinfo=UTC)
ACCOUNTS_PER_CLIENT = 25
CLIENTS = 8


def bench_verdicts(database_url: str, *, seconds: float, append_p50_us: int) -> dict[str, Any]:
    """Closed loop over 200 accounts; the baseline is one bare append of the same run."""
    ledger = open_ledger(database_url, pool_size=CLIENTS)
    try:
        accounts = [[_opened(ledger) for _ in range(ACCOUNTS_PER_CLIENT)] for _ in range(CLIENTS)]
        numbers = [count(1) for _ in range(CLIENTS)]

        def trade(client: int) -> None:
            number = next(numbers[client])
            account = accounts[client][number % ACCOUNTS_PER_CLIENT]
            carry_out(
                record_trade,
                RecordTrade(account_id=account, trade=_trade(number // ACCOUNTS_PER_CLIENT)),
                ledger,
            )

        found = {}
        for clients in (1, CLIENTS):
            measured = measure(trade, clients=clients, seconds=seconds)
            found[f"trade_to_verdict_{clients}_clients"] = {
                **asdict(measured),
                "p50_over_bare_append": ratio(measured.p50_us, append_p50_us),
            }
        return found
    finally:
        ledger.close()


def _opened(ledger: Ledger) -> UUID:
    account_id = uuid7()
    command = OpenAccount(
        account_id=account_id,
        trader_id=uuid7(),
        plan="standard-50k",
        pack=program("standard-50k").pack("evaluation"),
        at=OPENED_AT,
    )
    carry_out(open_account, command, ledger)
    return account_id


def _trade(number: int) -> Trade:
    return trade_at(OPENED_AT + timedelta(minutes=number), number=number)


def trade_at(entered_at: datetime, *, number: int, exit_price: str | None = None) -> Trade:
    """A small win and a small loss in turn: the account stays alive, at any other exit it may not.

    One in nine is larger than its pack allows.
    """
    return Trade.of(
        trade_id=f"t-{number}",
        symbol="MNQH6",
        side="long",
        quantity=1 + number % 9,
        entry_price="20000",
        exit_price=exit_price or ("20001" if number % 2 else "19999"),
        fees=USD.of("0.74"),
        entered_at=entered_at,
        exited_at=entered_at + timedelta(seconds=30),
        source="bench",
    )

"""A small book of accounts in a real log, and a large one of random lives."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any
from uuid import UUID

from domain.accounts.account import TradingAccount
from infrastructure.event_store.ledger import EventSourcedLedger, open_ledger
from tests.support.builders import (
    OPENED,
    TRADER,
    Command,
    approving,
    closing,
    earning,
    marking,
    pack_of,
    paying,
    requesting,
    trading,
)
from tests.support.histories import Life, chance, random_history
from tests.support.postgres import Database

LOSS: dict[str, Any] = {"max_loss": {"mode": "static", "amount": "2000.00"}}
EVALUATION: dict[str, Any] = {**LOSS, "name": "evaluation", "profit_target": "500.00"}
FUNDED: dict[str, Any] = {
    **LOSS, "name": "funded", "phase": "funded", "payout": {"fraction_of_profit": "0.50"},
}  # fmt: skip
STRICT = {
    "name": "strict",
    "starting_balance": "50000.00",
    "phase": "funded",
    "max_loss": {"mode": "static", "amount": "1000.00"},
    "daily_loss": {"amount": "500.00", "effect": "lock_day"},
    "payout": {"fraction_of_profit": "0.10"},
}
ACCOUNTS: Sequence[tuple[str, dict[str, Any], Sequence[Command]]] = (
    ("Evaluation", EVALUATION, [trading("t-1", "-1200.00", quantity=4), closing()]),
    ("Evaluation", EVALUATION, [trading("t-1", "600.00"), closing()]),
    ("Evaluation", EVALUATION, [marking("-2000.00")]),
    (
        "Funded",
        FUNDED,
        [earning("2000.00"), closing(), requesting("p-1", "500.00"), approving(), paying()],
    ),
    ("Funded", FUNDED, [trading("t-1", "10.00"), closing()]),
)


def write_book(ledger: EventSourcedLedger) -> list[UUID]:
    """Five accounts of two plans: each flips in its own way under the strict pack, or not."""
    return [
        _account(ledger, UUID(int=number), plan, rules, commands)
        for number, (plan, rules, commands) in enumerate(ACCOUNTS, 1)
    ]


def write_lives(ledger: EventSourcedLedger, *, accounts: int, steps: int) -> None:
    """Random lives under all sorts of packs, the same ones every time; one append each."""
    random = chance(20261122)
    for number in range(1, accounts + 1):
        history = random_history(random, steps=steps)
        life = Life.of(history.pack, account_id=UUID(int=number))
        for step in history.steps:
            life.live(step)
        ledger.save(life.account)


@contextmanager
def ledger_of(database: Database) -> Iterator[EventSourcedLedger]:
    """The write side of a database for the length of the block."""
    ledger = open_ledger(database.url, pool_size=1)
    try:
        yield ledger
    finally:
        ledger.close()


def _account(
    ledger: EventSourcedLedger,
    account_id: UUID,
    plan: str,
    rules: dict[str, Any],
    commands: Sequence[Command],
) -> UUID:
    account = TradingAccount.open(
        account_id=account_id, trader_id=TRADER, plan=plan, pack=pack_of(**rules), at=OPENED
    )
    for command in commands:
        command(account)
    ledger.save(account)
    return account_id

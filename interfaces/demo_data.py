"""The demo: one account, and the 31 real trades that stand in the test data."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Final
from uuid import UUID, uuid5

from application.accounts.commands import OpenAccount
from application.accounts.handlers import open_account
from application.context import CommandContext, IdempotencyKey, acting
from application.imports.commands import ImportTrades
from application.imports.handlers import import_trades
from application.imports.outcome import ImportOutcome
from application.pipeline import carry_out, fingerprint_of
from application.plans.catalogue import program
from domain.errors import DomainError
from domain.money import USD
from domain.rules.pack import RulePack
from interfaces.bootstrap.runtime import Runtime
from interfaces.bootstrap.starting import trade_sources

TRADES: Final = (
    Path(__file__).resolve().parents[1] / "tests" / "data" / "topstepx_trades_2025-10.csv"
)
OPENED_AT: Final = datetime(2025, 10, 7, 22, 0, tzinfo=UTC)
"""17:00 in Chicago, when the trading day of the first trade begins."""

PROGRAM: Final = "standard-25k"
_NAMES: Final = UUID("6f1d3a52-7f0c-4d0e-9a61-0d5c3a1e2b90")
TRADER: Final = uuid5(_NAMES, "trader")
ACCOUNT: Final = uuid5(_NAMES, "account")
STRICTER_ACCOUNT: Final = uuid5(_NAMES, "account with a maximum loss of 1,000.00")
ACTOR: Final = "demo"


class DemoDataMissing(DomainError):
    """The file with the demo's trades is not where a checkout has it."""

    code = "demo-data-missing"


def standard_pack() -> RulePack:
    """The pack the demo account is sold with."""
    return program(PROGRAM).pack("evaluation")


def stricter_pack() -> RulePack:
    """The same pack with a maximum loss of 1,000.00: under it, the same trades fail."""
    pack = standard_pack()
    assert pack.max_loss is not None, "the program has a maximum loss"
    tighter = replace(pack.max_loss, amount=USD.of("1000.00"))
    return replace(pack, name=f"{pack.name}-max-loss-1000", max_loss=tighter)


def book_demo(
    runtime: Runtime,
    *,
    account_id: UUID,
    pack: RulePack,
    told: Callable[[int], None] = lambda _: None,
) -> ImportOutcome:
    """Open an account and import the trades, each trading day closed. Again changes nothing."""
    if not TRADES.is_file():
        raise DemoDataMissing(
            f"The demo reads {TRADES.name} from tests/data of a checkout; run it from there."
        )
    command = OpenAccount(
        account_id=account_id, trader_id=TRADER, plan=PROGRAM, pack=pack, at=OPENED_AT
    )
    key = IdempotencyKey(scope=ACTOR, key=f"open-{account_id}", fingerprint=fingerprint_of(command))
    with acting(CommandContext(actor=ACTOR, reason="demo", idempotency=key)):
        carry_out(open_account, command, runtime.ledger)
    reading = trade_sources()["topstepx"].read(TRADES.read_bytes())
    with acting(CommandContext(actor=ACTOR, reason="import of real trades")):
        return import_trades(
            ImportTrades(account_id=account_id, reading=reading, at=datetime.now(UTC)),
            runtime.ledger,
            runtime.log,
            told=told,
        )

"""A log full of ordinary trading, written fast through the real ledger."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from uuid_utils.compat import uuid7

from application.ledger import Ledger
from application.plans.catalogue import program
from domain.accounts.account import TradingAccount
from tests.bench.verdicts import OPENED_AT, trade_at

DAYS = 4
TRADES_PER_DAY = 20


def write_accounts(ledger: Ledger, *, accounts: int) -> list[UUID]:
    """Open accounts, each with four trading days of twenty trades, in one append an account."""
    return [_account(ledger) for _ in range(accounts)]


def _account(ledger: Ledger) -> UUID:
    account_id = uuid7()
    account = TradingAccount.open(
        account_id=account_id,
        trader_id=uuid7(),
        plan="standard-50k",
        pack=program("standard-50k").pack("evaluation"),
        at=OPENED_AT,
    )
    for day in range(DAYS):
        start = OPENED_AT + timedelta(days=day)
        for number in range(TRADES_PER_DAY):
            at = start + timedelta(minutes=number)
            account.record_trade(trade_at(at, number=day * TRADES_PER_DAY + number))
    ledger.save(account)
    return account_id

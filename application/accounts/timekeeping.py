"""Keeping what time alone has ended, when what was asked for came after it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

from application.context import acting, current_context
from application.ledger import Ledger
from domain.accounts.account import TradingAccount
from domain.accounts.errors import AccountEnded


@contextmanager
def in_time(account: TradingAccount, ledger: Ledger) -> Iterator[None]:
    """Save the verdict of time on an account that ended before what is asked for in the block.

    The refusal goes on to the caller, and the key of the request stays free: what it asked for was
    not done, and a repetition is refused again.
    """
    try:
        yield
    except AccountEnded:
        if account.pending_events:
            with acting(replace(current_context(), idempotency=None)):
                ledger.save(account)
        raise

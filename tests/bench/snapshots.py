"""Loading long accounts that the process does not remember: from a snapshot, and read whole."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict
from datetime import timedelta
from functools import partial
from time import perf_counter_ns
from typing import Any, Final
from uuid import UUID

from uuid_utils.compat import uuid7

from application.plans.catalogue import program
from domain.accounts.account import TradingAccount
from infrastructure.event_store.ledger import open_ledger
from infrastructure.postgres.persistence import open_pool
from infrastructure.postgres.pools import Pool, new_pool
from infrastructure.postgres.sessions import session_conninfo
from infrastructure.snapshots.sampling import check
from infrastructure.snapshots.taking import SnapshotTaker
from tests.bench.measuring import Measured, ratio, summary
from tests.bench.verdicts import OPENED_AT, trade_at

LENGTHS: Final = (100, 2_000, 20_000)
AFTER: Final = 100
"""Events after the snapshot: half of what makes a new one due."""
SAVED_AT_ONCE: Final = 500
TRADES_A_DAY: Final = 20
EVERY: Final = 200


def bench_snapshots(database_url: str, *, seconds: float) -> dict[str, Any]:
    """One client, one account at a time, nothing remembered; both ways in turn in the same run."""
    conninfo = session_conninfo(database_url, role="dynasty_keeper", application="bench")
    keeper = new_pool(conninfo, pool_size=2, name="bench")
    open_pool(keeper)
    found: dict[str, Any] = {}
    try:
        for events in LENGTHS:
            account_id = _long_account(database_url, events)
            taken_us = _timed_us(lambda: _take_all(keeper))
            _grow(database_url, account_id, AFTER)
            used, whole = _loading(database_url, account_id, seconds=seconds)
            found[f"load_of_{events + AFTER}_events"] = {
                **asdict(used),
                "from_snapshot": events >= EVERY,
                "events_after": AFTER,
                "read_whole": asdict(whole),
                "read_whole_over_this": ratio(whole.p50_us, used.p50_us),
                "taking_us": taken_us,
                "checking_us": _timed_us(partial(check, keeper, account_id)),
            }
    finally:
        keeper.close()
    return found


def _loading(database_url: str, account_id: UUID, *, seconds: float) -> tuple[Measured, Measured]:
    """With snapshots and without, in turn, so that both meet the same machine."""
    ledgers = [open_ledger(database_url, pool_size=1, snapshots=used) for used in (True, False)]
    taken: tuple[list[int], list[int]] = ([], [])
    until = perf_counter_ns() + int(seconds * 1e9)
    try:
        for each in ledgers:
            each.load(TradingAccount, account_id)
        while perf_counter_ns() < until:
            for each, latencies in zip(ledgers, taken, strict=True):
                each._remembered.forget_all()
                began = perf_counter_ns()
                each.load(TradingAccount, account_id)
                latencies.append(perf_counter_ns() - began)
    finally:
        for each in ledgers:
            each.close()
    used, whole = (summary(each, clients=1, taken_ns=sum(each)) for each in taken)
    return used, whole


def _take_all(keeper: Pool) -> None:
    taker = SnapshotTaker(keeper, every=EVERY, percent=100)
    while taker.step():
        pass


def _timed_us(work: Callable[[], object]) -> int:
    began = perf_counter_ns()
    work()
    return (perf_counter_ns() - began) // 1_000


def _long_account(database_url: str, events: int) -> UUID:
    account = TradingAccount.open(
        account_id=uuid7(),
        trader_id=uuid7(),
        plan="bench",
        pack=program("standard-50k").pack("funded"),
        at=OPENED_AT,
    )
    ledger = open_ledger(database_url, pool_size=1, snapshots=False)
    ledger.save(account)
    ledger.close()
    _grow(database_url, account.id, events - 1)
    return account.id


def _grow(database_url: str, account_id: UUID, events: int) -> None:
    """Trades, at least so many events, in the time after the account's last one."""
    ledger = open_ledger(database_url, pool_size=1, snapshots=False)
    account = ledger.load(TradingAccount, account_id)
    wanted = account.version + events
    while account.version < wanted:
        turn = account.version
        day, minute = divmod(turn, TRADES_A_DAY)
        at = OPENED_AT + timedelta(days=day, minutes=minute)
        # It never loses, so that it lives as long as it is asked to.
        account.record_trade(trade_at(at, number=turn, exit_price="20001"))
        if len(account.pending_events) >= SAVED_AT_ONCE or account.version >= wanted:
            ledger.save(account)
    ledger.close()

"""Marks judged by the engine, out of Redis, beside a bare read and decode of the same entries."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from random import Random
from threading import Event as Signal
from time import perf_counter_ns
from typing import Any, Final
from uuid import UUID

import msgspec
from uuid_utils.compat import uuid7

from application.ledger import Ledger
from application.marks.engine import RulesEngine
from application.marks.mark import micros
from application.marks.tenure import Tenure
from application.plans.catalogue import program
from domain.accounts.account import TradingAccount
from domain.accounts.executions import Fill
from domain.money import USD
from interfaces.bootstrap.runtime import Runtime
from interfaces.rules_engine import limits_of
from projections.daemon import catch_up
from tests.bench.measuring import ratio
from tests.bench.verdicts import OPENED_AT

SAVED_AT_ONCE: Final = 200
EXTREME: Final = USD.of("900")
BATCH: Final = 20_000
BARE: Final = "bare"
_NANOSECONDS: Final = 1_000_000_000


def bench_marks(runtime: Runtime, *, accounts: int, marks: int) -> dict[str, Any]:
    """A cold start over accounts with open positions, then marks within their extremes."""
    watched = _open(runtime.ledger, accounts)
    catch_up(log=runtime.log, pool=runtime.projector)
    now = OPENED_AT + timedelta(hours=2)
    began = perf_counter_ns()
    with _engine(runtime, now) as engine:
        engine.cycle(wait_ms=1)
        ready_ms = (perf_counter_ns() - began) // 1_000_000
        found = engine.watched
        _publish(runtime, watched, marks, now)
        bare = _bare(runtime, marks)
        began = perf_counter_ns()
        while engine.counts.marks < marks:
            engine.cycle(wait_ms=1, drain=True)
        engine.cycle(wait_ms=1, drain=True)
        judged = marks * _NANOSECONDS // (perf_counter_ns() - began)
        told, refused = engine.counts.told, engine.counts.refused
    return {
        "engine_cold_start": {"accounts_with_positions": found, "ready_ms": ready_ms},
        "marks_judged": {
            "marks": marks,
            "accounts": len(watched),
            "told_to_accounts": told,
            "refused": refused,
            "per_second": judged,
            "bare_read_and_decode_per_second": bare,
            "times_slower_than_bare": ratio(bare, judged),
        },
    }


def _open(ledger: Ledger, count: int) -> list[UUID]:
    """Accounts that hold a contract and have seen both extremes, many to an append."""
    pack = program("standard-50k").pack("evaluation")
    opened: list[TradingAccount] = []
    ids: list[UUID] = []
    for number in range(count):
        account = TradingAccount.open(
            account_id=uuid7(), trader_id=uuid7(), plan="bench", pack=pack, at=OPENED_AT
        )
        account.record_fill(_fill(number))
        for extreme in (EXTREME, -EXTREME):
            account.mark_equity(open_pnl=extreme, at=OPENED_AT + timedelta(hours=1))
        opened.append(account)
        ids.append(account.id)
        if len(opened) == SAVED_AT_ONCE or number == count - 1:
            ledger.save(*opened)
            opened.clear()
    return ids


def _fill(number: int) -> Fill:
    return Fill.of(
        fill_id=f"f-{number}", symbol="MNQH6", action="buy", quantity=1, price="20000",
        fees=USD.of("0.37"), executed_at=OPENED_AT + timedelta(minutes=30), source="bench",
    )  # fmt: skip


def _publish(runtime: Runtime, accounts: list[UUID], marks: int, now: datetime) -> None:
    random = Random(7)  # noqa: S311 (marks, not secrets)
    publisher, known = runtime.publisher, [each.bytes for each in accounts]
    at, limit = micros(now), EXTREME.units - 1
    for first in range(0, marks, BATCH):
        batch = [
            (known[number % len(known)], at + number // 10, random.randint(-limit, limit))
            for number in range(first, min(first + BATCH, marks))
        ]
        publisher.publish(batch, arrived_ms=(at + (first + BATCH) // 10) // 1_000)


def _bare(runtime: Runtime, marks: int) -> int:
    """What Redis, the client and the decoder take for the same entries, and nothing else."""
    client: Any = runtime.redis
    partitions = range(runtime.settings.marks_partitions)
    for each in partitions:
        client.xgroup_create(f"marks:{each}", BARE, id="0", mkstream=True)
    decode = msgspec.msgpack.Decoder(list[tuple[bytes, int, int]]).decode
    streams, seen, began = {f"marks:{each}": ">" for each in partitions}, 0, perf_counter_ns()
    while seen < marks:
        for stream, entries in client.xreadgroup(BARE, "bench", streams, count=20):
            for _, fields in entries:
                seen += len(decode(fields[b"m"]))
            client.xack(stream, BARE, *[id for id, _ in entries])
    return seen * _NANOSECONDS // (perf_counter_ns() - began)


@contextmanager
def _engine(runtime: Runtime, begins: datetime) -> Iterator[RulesEngine]:
    ahead = begins + timedelta(minutes=5) - datetime.now(UTC)
    leases = runtime.leases(owner="bench")
    tenure = Tenure(
        leases, lease=timedelta(seconds=runtime.settings.engine_lease_seconds), report=print
    )

    def now() -> datetime:
        return datetime.now(UTC) + ahead

    engine = RulesEngine(
        ledger=runtime.ledger,
        log=runtime.log,
        standings=runtime.standings,
        releases=runtime.releases,
        stream=runtime.marks(name="bench", now=now),
        tenure=tenure,
        notes=runtime.notes,
        limits=limits_of(runtime.settings),
        now=now,
        stop=Signal(),
        report=lambda _: None,
    )
    tenure.begin()
    try:
        yield engine
    finally:
        engine.close()

"""What must hold after an ordeal, asked of the database past all proxies."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from time import monotonic, sleep
from typing import Any, Final
from uuid import UUID

from psycopg import Connection, connect
from psycopg.rows import DictRow, dict_row

from application.context import IdempotencyKey
from application.enforcement.policies import effects_of
from application.ledger import Receipt
from application.log import LogSelection
from application.pipeline import fingerprint_of
from domain.accounts.account import TradingAccount
from domain.errors import DomainError
from infrastructure.event_store.ledger import EventSourcedLedger, open_ledger
from infrastructure.event_store.log import PostgresLog, open_log
from infrastructure.postgres.pools import new_pool
from infrastructure.postgres.sessions import session_conninfo
from projections.comparing import Comparison
from projections.read_models import READ_MODELS
from projections.rebuild import Rebuilder
from tests.faults.commands import SCOPE, Told, accounts_of, command_of, opening_of
from tests.faults.journal import Acknowledged, Noted, read_journals
from tests.faults.ordeal import World

PATIENCE_SECONDS: Final = 60
"""How long orders to the platform may take once everything answers again."""

HURRY: Final = """
UPDATE work.effects SET next_attempt_at = clock_timestamp() WHERE status = 'pending'
"""
"""An order whose sender was killed is sent again after a minute, which nobody waits for here."""


@dataclass(frozen=True, slots=True)
class Decided:
    """What became of a command of which nobody had been told: before it was sent again, and when.

    `kept` is the receipt beside its key, if the log had one; `answers` are those of two more
    attempts, a receipt or the code of a refusal each.
    """

    kept: Receipt | None
    answers: tuple[Receipt | str, Receipt | str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Verified:
    """What `dynasty log verify` said, and what it ended with."""

    status: int
    document: Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Aftermath:
    """All that the checks look at."""

    world: World
    noted: Noted
    decided: Mapping[int, Decided]
    keys: Mapping[str, Mapping[str, Any]]
    events: Sequence[DictRow]
    differences: Sequence[Comparison]
    compared: int
    orders: Counter[str]
    endings: Sequence[int]
    verified: Verified
    balances: Mapping[UUID, int]
    read_balances: Mapping[UUID, int]
    database: Connection[DictRow]

    def rows(self, query: str) -> Sequence[DictRow]:
        """What the database says."""
        return self.database.execute(query.encode()).fetchall()

    @property
    def commands(self) -> Sequence[Told]:
        """Everything that was ever intended."""
        accounts = accounts_of(self.world.plan.seed)
        sent = sorted(self.noted.intended)
        return [
            *opening_of(self.world.plan.seed),
            *(command_of(self.world.plan.seed, number, accounts) for number in sent),
        ]

    @property
    def stored(self) -> Sequence[Told]:
        """The commands that changed something."""
        return [
            each
            for each in self.commands
            if each.key in self.keys and self.keys[each.key]["position"] is not None
        ]


def settle(world: World, stack: ExitStack) -> Aftermath:
    """Decide what is undecided, let everything catch up, and look at what there is."""
    url = world.postgres.url
    database = stack.enter_context(connect(url, autocommit=True, row_factory=dict_row))
    ledger = open_ledger(url, pool_size=2)
    stack.callback(ledger.close)
    log = open_log(url)
    stack.callback(log.close)
    noted = read_journals(world.crew.journals)
    decided = {number: _decide(world, ledger, number) for number in noted.undecided}
    _wait_for_orders(world, log, database)
    endings = world.crew.stop_daemons()
    database.execute(HURRY)
    world.crew.catch_up()
    differences, compared = _differences(url, log)
    return Aftermath(
        world=world,
        noted=noted,
        decided=decided,
        keys={
            each["key"]: each
            for each in database.execute(
                "SELECT * FROM ledger.idempotency_keys WHERE scope = %s", (SCOPE,)
            )
        },
        events=database.execute("SELECT * FROM ledger.events ORDER BY ledger_seq").fetchall(),
        differences=differences,
        compared=compared,
        orders=orders_due(log),
        endings=endings,
        verified=_verified(world),
        balances=_balances(ledger, database),
        read_balances={
            each["account_id"]: each["balance_units"]
            for each in database.execute("SELECT account_id, balance_units FROM read.accounts")
        },
        database=database,
    )


def receipt_in(keys: Mapping[str, Mapping[str, Any]], told: Told) -> tuple[int, int | None] | None:
    """The version and the position that the log keeps beside a command's key."""
    row = keys.get(told.key)
    return None if row is None else (row["stream_version"], row["position"])


def as_told(acknowledged: Acknowledged) -> tuple[int | None, int | None]:
    """The version and the position that a caller was told."""
    return acknowledged.version, acknowledged.position


def orders_due(log: PostgresLog) -> Counter[str]:
    """The orders that the events of the log ask for, by key."""
    return Counter(
        effect.key
        for recorded in log.stream(LogSelection())
        for effect in effects_of(recorded, log.decode(recorded))
    )


def _decide(world: World, ledger: EventSourcedLedger, number: int) -> Decided:
    told = command_of(world.plan.seed, number, accounts_of(world.plan.seed))
    key = IdempotencyKey(scope=SCOPE, key=told.key, fingerprint=fingerprint_of(told.command))
    kept = ledger.receipt_of(key)
    return Decided(kept, (_answer(told, ledger), _answer(told, ledger)))


def _answer(told: Told, ledger: EventSourcedLedger) -> Receipt | str:
    try:
        return told.carry_out(ledger)
    except DomainError as refusal:
        return refusal.code


def _wait_for_orders(world: World, log: PostgresLog, database: Connection[DictRow]) -> None:
    """Until the platform has them all, or time is up; the law says which it was."""
    due, give_up_at = orders_due(log), monotonic() + PATIENCE_SECONDS
    while due.keys() - world.platform.orders.keys() and monotonic() < give_up_at:
        world.tend()
        database.execute(HURRY)
        sleep(0.1)


def _verified(world: World) -> Verified:
    done = world.crew.verify()
    return Verified(status=done.returncode, document=json.loads(done.stdout or "{}"))


def _differences(url: str, log: PostgresLog) -> tuple[Sequence[Comparison], int]:
    projector = session_conninfo(url, role="dynasty_projector", application="faults")
    with new_pool(projector, pool_size=4, name="faults") as pool:
        found = Rebuilder(log, pool).check(READ_MODELS, progress=lambda _, __: None)
    return [each for each in found if not each.same], len(found)


def _balances(ledger: EventSourcedLedger, database: Connection[DictRow]) -> Mapping[UUID, int]:
    streams = database.execute("SELECT stream_id FROM ledger.streams").fetchall()
    return {
        each["stream_id"]: ledger.load(TradingAccount, each["stream_id"]).state.balance.units
        for each in streams
    }

"""Accounts with many events, and the duties that keep their snapshots, without their rests."""

import json
from collections.abc import Callable
from datetime import timedelta
from hashlib import sha256
from itertools import count
from typing import Any
from uuid import UUID

from psycopg import Connection
from psycopg.rows import TupleRow

from domain.accounts.account import TradingAccount
from domain.money import USD
from infrastructure.event_store.ledger import EventSourcedLedger
from infrastructure.postgres.pools import Pool
from infrastructure.snapshots.form import encode_account
from infrastructure.snapshots.sampling import SnapshotSampler
from infrastructure.snapshots.taking import SnapshotTaker
from tests.support.builders import OPENED, pack_of
from tests.support.histories import chance

EVERY = 10
CHOOSE = chance(7).randrange


def opened(ledger: EventSourcedLedger, number: int = 7) -> UUID:
    account = TradingAccount.open(
        account_id=UUID(int=number), trader_id=UUID(int=8), plan="test", pack=pack_of(), at=OPENED
    )
    ledger.save(account)
    return account.id


def grown(ledger: EventSourcedLedger, account_id: UUID, events: int) -> None:
    """So many results more, of a dollar each."""
    account = ledger.load(TradingAccount, account_id)
    for _ in range(events):
        number = account.version
        account.record_result(
            result_id=f"r-{number}", net=USD.of("1.00"), at=OPENED + timedelta(seconds=number)
        )
    ledger.save(account)


def long_account(ledger: EventSourcedLedger, number: int = 7, *, events: int = 25) -> UUID:
    account_id = opened(ledger, number)
    grown(ledger, account_id, events - 1)
    return account_id


def ticking(step_ns: int = 3_600_000_000_000) -> Callable[[], int]:
    """A clock that is an hour later each time, so that nobody rests."""
    times = count(step=step_ns)
    return lambda: next(times)


def taker(pool: Pool, **choices: Any) -> SnapshotTaker:
    return SnapshotTaker(pool, **{"every": EVERY, "percent": 100, "now_ns": ticking(), **choices})


def take_all(pool: Pool, **choices: Any) -> int:
    """Follow the log to its head; answers how many were taken."""
    one = taker(pool, **choices)
    while one.step():
        pass
    return one.taken


def sampler(pool: Pool, **choices: Any) -> SnapshotSampler:
    given = {"percent_a_day": 100, "choose": CHOOSE, "now_ns": ticking(), **choices}
    return SnapshotSampler(pool, **given)


def kept(superuser: Connection[TupleRow]) -> list[tuple[UUID, int]]:
    """Which accounts have a snapshot, and at which version."""
    query = "SELECT stream_id, version FROM work.snapshots ORDER BY stream_id, version"
    return [(stream, version) for stream, version in superuser.execute(query)]


def forge(superuser: Connection[TupleRow], account_id: UUID, *, units: int) -> None:
    """Change what a snapshot says of the balance, and make it look untouched."""
    ((state,),) = superuser.execute(
        "SELECT state FROM work.snapshots WHERE stream_id = %s", (account_id,)
    ).fetchall()
    document = json.loads(state)
    document["state"]["balance"]["units"] += units
    forged = json.dumps(document).encode()
    write(superuser, account_id, forged, digest=sha256(forged).hexdigest())


def write(superuser: Connection[TupleRow], account_id: UUID, state: bytes, *, digest: str) -> None:
    superuser.execute(
        "UPDATE work.snapshots SET state = %s, digest = %s WHERE stream_id = %s",
        (state, digest, account_id),
    )


def is_as_read_whole(ledger: EventSourcedLedger, account_id: UUID) -> bool:
    """Whether what is loaded is what all its events make."""
    whole = ledger.load_until(TradingAccount, account_id)
    return encode_account(ledger.load(TradingAccount, account_id)) == encode_account(whole)

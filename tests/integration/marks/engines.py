"""An engine on real servers with a clock of the test's own, and the accounts that it watches."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from threading import Event as Signal
from typing import Any
from uuid import UUID

import redis

from application.ledger import Ledger
from application.marks.engine import RulesEngine
from application.marks.limits import EngineLimits
from application.marks.mark import micros, partition_of
from application.marks.ports import Entry
from application.marks.tenure import Tenure
from application.news.commands import ScheduleRelease, WithdrawRelease
from application.news.handlers import schedule_release, withdraw_release
from domain.accounts.account import TradingAccount
from domain.market.releases import Release
from domain.money import USD
from domain.news.calendar import month_of
from infrastructure.marks.leases import MarkLeases
from infrastructure.marks.notes import PostgresNotes
from infrastructure.marks.publisher import MarkPublisher
from infrastructure.marks.streams import RedisMarks
from infrastructure.postgres.pools import Pool, new_pool
from infrastructure.postgres.sessions import Role, session_conninfo
from projections.releases import ReadModelReleases
from projections.standings import ReadModelStandings
from tests.integration.projections.projecting import Projecting, projecting
from tests.support.builders import OPENED, Command, a_fill, a_release, moment, pack_of
from tests.support.postgres import Database
from tests.support.redis import redis_server

PARTITIONS = 4
LOSS: dict[str, Any] = {
    "max_loss": {"mode": "eod_trailing", "amount": "2000.00", "breach": "at_or_below"}
}
LIMITS = EngineLimits(
    partitions=PARTITIONS,
    watermark=timedelta(milliseconds=100),
    refresh_every=timedelta(0),
    news_every=timedelta(0),
    sweep_every=timedelta(0),
    threads=2,
)


@dataclass
class Clock:
    """A clock that stands still until it is moved."""

    at: datetime = field(default_factory=lambda: moment(clock="11:00"))

    def __call__(self) -> datetime:
        return self.at

    def pass_(self, seconds: float) -> None:
        self.at += timedelta(seconds=seconds)


@dataclass(frozen=True, slots=True)
class Instance:
    """One engine, what it has said, and its leases."""

    engine: RulesEngine
    tenure: Tenure
    said: list[str]

    def drain(self) -> None:
        """Judge whatever is there."""
        while self.engine.cycle(wait_ms=1, drain=True):
            pass

    def tend(self) -> None:
        """Renew, as the thread of a running instance does."""
        self.tenure._tend()

    def stop(self) -> None:
        """Orderly."""
        self.engine.close()

    def crash(self) -> None:
        """Leave everything as it is."""
        self.engine._pool.shutdown()


@dataclass
class World:
    """A ledger, read models, Redis, and instances of the engine over them."""

    at_work: Projecting
    client: redis.Redis
    reader: Pool
    engine_pool: Pool
    clock: Clock
    stack: ExitStack
    publisher: MarkPublisher
    instances: int = 0
    raw: int = 1

    def opened(self, number: int = 1, *, holding: bool = True, **rules: Any) -> UUID:
        """An account of Monday, in a position unless it is to be flat."""
        account = TradingAccount.open(
            account_id=UUID(int=number),
            trader_id=UUID(int=7),
            plan="test",
            pack=pack_of(**(rules or LOSS)),
            at=OPENED,
        )
        if holding:
            account.record_fill(a_fill(f"f-{number}"))
        self.at_work.ledger.save(account)
        return account.id

    def asked(self, account_id: UUID, command: Command) -> None:
        """Something that happens to an account beside the engine."""
        account = self.account(account_id)
        command(account)
        self.at_work.ledger.save(account)

    def account(self, account_id: UUID) -> TradingAccount:
        return self.at_work.ledger.load(TradingAccount, account_id)

    def tell(self, *marks: tuple[UUID, str, float]) -> None:
        """Marks of (account, open profit, seconds ago), arriving now by the clock."""
        arrived = micros(self.clock()) // 1_000
        plain = [
            (account.bytes, micros(self.clock() - timedelta(seconds=ago)), USD.of(pnl).units)
            for account, pnl, ago in marks
        ]
        self.publisher.publish(plain, arrived_ms=arrived)

    def scheduled(self, release_id: str = "n-1", *, shown: bool = True, **facts: Any) -> Release:
        """A release on the firm's calendar, which the read models show."""
        release = a_release(release_id, **facts)
        schedule_release(ScheduleRelease(release=release, at=OPENED), self.at_work.ledger)
        if shown:
            self.at_work.catch_up()
        return release

    def withdrawn(self, release: Release) -> None:
        """Taken off the calendar."""
        withdraw_release(
            WithdrawRelease(
                month=month_of(release.released_at),
                release_id=release.release_id,
                reason="Postponed.",
                at=self.clock(),
            ),
            self.at_work.ledger,
        )
        self.at_work.catch_up()

    def topics(self, account_id: UUID) -> Sequence[str]:
        rows = self.at_work.admin.execute(
            "SELECT event_type FROM ledger.events WHERE stream_id = %s ORDER BY stream_version",
            (account_id,),
        ).fetchall()
        return [topic.removeprefix("account.") for (topic,) in rows]

    def refusals(self) -> Mapping[str, int]:
        rows = self.at_work.admin.execute(
            "SELECT reason, sum(count)::int FROM work.mark_refusals GROUP BY reason"
        ).fetchall()
        return dict(rows)

    def pending(self) -> int:
        """Entries that were read and are not acknowledged."""
        client: Any = self.client
        streams = [each for each in range(PARTITIONS) if client.exists(f"marks:{each}")]
        return sum(client.xpending(f"marks:{each}", "rules-engine")["pending"] for each in streams)

    def send_raw(self, account_id: UUID, fields: dict[str, bytes]) -> None:
        """An entry as somebody else wrote it."""
        client: Any = self.client
        partition = partition_of(account_id, PARTITIONS)
        client.xadd(f"marks:{partition}", fields, id=f"{micros(self.clock()) // 1_000}-{self.raw}")
        self.raw += 1

    def let_leases_run_out(self) -> None:
        """As if every instance so far had been dead for the length of a lease."""
        self.at_work.admin.execute("UPDATE work.mark_leases SET expires_at = '-infinity'")
        self.at_work.admin.execute("DELETE FROM work.engine_instances")

    def begin(
        self,
        *,
        ledger: Ledger | None = None,
        lease_seconds: float = 300.0,
        wrap: Callable[[RedisMarks], RedisMarks] = lambda stream: stream,
    ) -> Instance:
        """An instance that has its leases, and whose thread does not renew them."""
        self.instances += 1
        owner, said = f"instance-{self.instances}", list[str]()
        leases = MarkLeases(
            self.engine_pool, owner=owner, partitions=PARTITIONS, seconds=lease_seconds
        )
        leases.prepare()
        tenure = Tenure(leases, lease=timedelta(seconds=lease_seconds), report=said.append)
        stop = Signal()
        stop.set()
        stream = RedisMarks(self.client, name=owner, keep=timedelta(seconds=60), now=self.clock)
        engine = RulesEngine(
            ledger=ledger or self.at_work.ledger,
            log=self.at_work.log,
            standings=ReadModelStandings(self.reader),
            releases=ReadModelReleases(self.reader),
            stream=wrap(stream),
            tenure=tenure,
            notes=PostgresNotes(self.engine_pool),
            limits=LIMITS,
            now=self.clock,
            stop=stop,
            report=said.append,
        )
        instance = Instance(engine, tenure, said)
        instance.tend()
        self.stack.callback(instance.crash)
        return instance


@contextmanager
def world(database: Database) -> Iterator[World]:
    """Everything open for the length of the block."""
    with ExitStack() as stack:
        at_work = stack.enter_context(projecting(database))
        client = stack.enter_context(redis_server().emptied())
        yield World(
            at_work=at_work,
            client=client,
            reader=stack.enter_context(pool_of(database, "dynasty_reader")),
            engine_pool=stack.enter_context(pool_of(database, "dynasty_engine")),
            clock=Clock(),
            stack=stack,
            publisher=MarkPublisher(client, partitions=PARTITIONS),
        )


@contextmanager
def pool_of(database: Database, role: Role) -> Iterator[Pool]:
    """Connections in a role."""
    conninfo = session_conninfo(database.conninfo, role=role, application=f"test-{role}")
    with new_pool(conninfo, pool_size=4, name=role) as pool:
        yield pool


class Unacknowledging(RedisMarks):
    """A stream whose reader dies before it acknowledges."""

    def acknowledge(self, entries: Sequence[Entry]) -> None:
        """Nothing."""


def forgetful(stream: RedisMarks) -> RedisMarks:
    """The same stream, never acknowledged."""
    return Unacknowledging(stream._client, name=stream._name, keep=stream._keep, now=stream._now)


class Killed(BaseException):
    """What a kill looks like from within."""


class Dying(RedisMarks):
    """A stream whose reader is killed when everything is written and nothing acknowledged."""

    def acknowledge(self, entries: Sequence[Entry]) -> None:
        """Die of the first that is to be acknowledged."""
        if entries:
            raise Killed


def dying(stream: RedisMarks) -> RedisMarks:
    """The same stream, whose reader dies."""
    return Dying(stream._client, name=stream._name, keep=stream._keep, now=stream._now)

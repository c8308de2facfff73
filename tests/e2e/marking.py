"""Accounts near their floors, marks that wander, and two engines that are killed at times."""

import os
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random
from tempfile import TemporaryFile
from time import monotonic, sleep
from typing import IO, Any, Final
from uuid import UUID

import redis

from application.marks.mark import micros, moment_of
from application.news.commands import ScheduleRelease
from application.news.handlers import schedule_release
from domain.accounts.account import TradingAccount
from domain.errors import DomainError
from domain.kernel import Event
from domain.money import USD
from infrastructure.marks.publisher import MarkPublisher
from tests.integration.projections.projecting import Projecting
from tests.support.builders import OPENED, a_fill, a_release, moment, pack_of
from tests.support.processes import DYNASTY

ACCOUNTS: Final = 12
READERS: Final = (101, 102)
"""Accounts that hold a position through a release, and of which nothing is told."""

STRANGER: Final = UUID(int=999)
ROUNDS: Final = 60
KILLS: Final = 5
PATIENCE_SECONDS: Final = 90
PACKS: Final[Sequence[Mapping[str, Any]]] = (
    {"max_loss": {"mode": "static", "amount": "1500.00"}},
    {"max_loss": {"mode": "intraday_trailing", "amount": "1200.00"}},
    {
        "max_loss": {"mode": "eod_trailing", "amount": "2500.00"},
        "daily_loss": {"effect": "lock_day", "amount": "800.00"},
    },
    {
        "max_loss": {"mode": "eod_trailing", "amount": "2500.00"},
        "session": {"flat_by": "11:00", "effect": "fail"},
    },
)
NEWS: Final[Mapping[str, Any]] = {
    "news": {"minutes_before": 1, "minutes_after": 1, "effect": "fail"}
}


@dataclass
class Rehearsal:
    """What is told to whom, and what each account must make of it."""

    random: Random
    at_work: Projecting
    client: redis.Redis
    began: float = field(default_factory=monotonic)
    accounts: list[TradingAccount] = field(default_factory=list)
    told: dict[UUID, list[tuple[int, int]]] = field(default_factory=dict)
    strange: int = 0

    def now(self) -> datetime:
        """A clock that began with the rehearsal, shortly before eleven on a Monday morning."""
        return moment(clock="11:00") + timedelta(seconds=monotonic() - self.began - 4)

    def open_accounts(self) -> None:
        """Each in a position, under one of the packs."""
        for number in range(1, ACCOUNTS + 1):
            self.at_work.ledger.save(opened(number))
            self.told[UUID(int=number)] = []
        for number in READERS:
            self.at_work.ledger.save(opened(number, NEWS))
        schedule_release(
            ScheduleRelease(release=a_release(clock="11:00"), at=OPENED), self.at_work.ledger
        )

    def tell(self, publisher: MarkPublisher) -> None:
        """The next mark of some accounts, at this moment."""
        some = self.random.sample(list(self.told), ACCOUNTS // 2)
        at, marks = micros(self.now()), []
        for offset, account in enumerate(some):
            history = self.told[account]
            last = history[-1][1] if history else 0
            step = self.random.choice((-1, 1)) * self.random.randrange(500_000, 5_000_000)
            history.append((at + offset, last + step - 300_000))
            marks.append((account.bytes, *history[-1]))
        marks.append((STRANGER.bytes, at, 0))
        self.strange += 1
        publisher.publish(marks, arrived_ms=at // 1_000)

    def wanted(self, account_id: UUID) -> Sequence[Event]:
        """The events of an account that was told every mark, in order, by nobody but the test."""
        account = opened(account_id.int)
        for at, open_pnl in self.told[account_id]:
            try:
                account.mark_equity(open_pnl=USD(open_pnl), at=moment_of(at))
            except DomainError:
                break
        account.pass_time(self.now())
        return account.pending_events

    def is_done(self, partitions: int) -> bool:
        """Whether every entry was read and acknowledged."""
        client: Any = self.client
        for each in range(partitions):
            stream = f"marks:{each}"
            if not client.exists(stream):
                continue
            groups = client.xinfo_groups(stream)
            last = client.xinfo_stream(stream)["last-generated-id"]
            if not groups or groups[0]["pending"] or groups[0]["last-delivered-id"] != last:
                return False
        return self.readers_have_failed() and self.orders_are_sent()

    def readers_have_failed(self) -> bool:
        """Whether time was told to those of whom nothing else is."""
        failed = self.at_work.admin.execute(
            "SELECT count(*) FROM ledger.events WHERE event_type = 'account.failed'"
            " AND stream_id = ANY(%s)",
            ([UUID(int=number) for number in READERS],),
        ).fetchone()
        return failed == (len(READERS),)

    def orders_are_sent(self) -> bool:
        """Whether the log was followed to its end, and nothing waits for the platform."""
        # One that a drainer died with is taken up after a minute: let it have passed.
        self.at_work.admin.execute(
            "UPDATE work.effects SET next_attempt_at = '-infinity' WHERE status = 'pending'"
        )
        return self.at_work.admin.execute(
            "SELECT (SELECT min(position) FROM work.followers WHERE name = 'effects') = last_seq,"
            " EXISTS (SELECT FROM work.effects WHERE status = 'pending') FROM ledger.head"
        ).fetchone() == (True, False)

    def orders(self) -> list[str]:
        """The keys of the orders that reached the platform, as often as they did."""
        client: Any = self.client
        return [fields[b"key"].decode() for _, fields in client.xrange("{enforcements}:stream")]


def opened(number: int, rules: Mapping[str, Any] | None = None) -> TradingAccount:
    """An account of the rehearsal at its beginning, not saved."""
    account = TradingAccount.open(
        account_id=UUID(int=number),
        trader_id=UUID(int=7),
        plan="test",
        pack=pack_of(**(rules or PACKS[number % len(PACKS)])),
        at=OPENED,
    )
    account.record_fill(a_fill(f"f-{number}"))
    return account


@dataclass
class Instances:
    """Processes of the engine and of the daemon, started again when they were killed."""

    at_work: Projecting
    redis_url: str
    rehearsal: Rehearsal
    output: IO[str]
    running: list["subprocess.Popen[bytes]"] = field(default_factory=list)
    daemons: list["subprocess.Popen[bytes]"] = field(default_factory=list)

    def start(self) -> None:
        """One more engine."""
        begins = self.rehearsal.now().isoformat()
        self.running.append(self._started("rules-engine", "--now", begins))

    def start_daemon(self) -> None:
        """One more daemon: it keeps the read models, and sends the orders."""
        self.daemons.append(self._started("daemon"))

    def _started(self, *words: str) -> "subprocess.Popen[bytes]":
        given = {
            "DATABASE_URL": self.at_work.database.url,
            "REDIS_URL": self.redis_url,
            "DYNASTY_ENGINE_LEASE_SECONDS": "1",
            "DYNASTY_DAEMON_LEASE_SECONDS": "1",
            "DYNASTY_ENGINE_GRACE_SECONDS": "1",
            "DYNASTY_MARKS_PARTITIONS": "4",
            "PATH": os.environ["PATH"],
        }
        command = [DYNASTY, *words]
        return subprocess.Popen(command, env=given, stdout=self.output, stderr=self.output)

    def kill_one(self, random: Random) -> None:
        """SIGKILL to an engine and a daemon, and others in their place."""
        for those, start in ((self.running, self.start), (self.daemons, self.start_daemon)):
            victim = those.pop(random.randrange(len(those)))
            victim.kill()
            victim.wait()
            start()

    def wait_until_shared(self) -> None:
        """Until each of two owns some of the partitions."""
        self._wait_for_owners(2)

    def wait_until_owned_by_one(self) -> None:
        """Until the leases of one that does not answer are another's."""
        self._wait_for_owners(1)

    def _wait_for_owners(self, count: int) -> None:
        give_up_at = monotonic() + PATIENCE_SECONDS
        owners = "SELECT count(DISTINCT owner) FROM work.mark_leases"
        while self.at_work.admin.execute(owners).fetchone() != (count,):
            assert monotonic() < give_up_at, self.said()
            sleep(0.02)

    def said(self) -> str:
        """What they have printed."""
        self.output.seek(0)
        return self.output.read()


@contextmanager
def instances(rehearsal: Rehearsal, redis_url: str) -> Iterator[Instances]:
    """Two engines and two daemons for the length of the block."""
    with ExitStack() as stack:
        output = stack.enter_context(TemporaryFile("w+"))
        found = Instances(rehearsal.at_work, redis_url, rehearsal, output)
        for _ in range(2):
            found.start()
            found.start_daemon()
        try:
            yield found
        finally:
            for each in (*found.running, *found.daemons):
                each.kill()
                each.wait()


def wait_until_done(rehearsal: Rehearsal, found: Instances, *, partitions: int) -> None:
    """Until every mark was judged."""
    give_up_at = monotonic() + PATIENCE_SECONDS
    while not rehearsal.is_done(partitions):
        assert monotonic() < give_up_at, found.said()
        for each in (*found.running, *found.daemons):
            assert each.poll() is None, found.said()
        sleep(0.05)

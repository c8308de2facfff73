"""An ordeal: everything at work on a database of its own while the faults of a schedule strike."""

from __future__ import annotations

import shutil
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from functools import partial
from heapq import heappop, heappush
from itertools import count
from pathlib import Path
from tempfile import mkdtemp
from time import monotonic, sleep
from typing import Final, TypeAlias
from urllib.parse import quote

from infrastructure.event_store.ledger import open_ledger
from interfaces.bootstrap.starting import prepare_database
from tests.faults.commands import opening_of
from tests.faults.crew import Combining, Crew, resume
from tests.faults.disks import SmallDisk, small_disk
from tests.faults.platform import Platform, a_platform
from tests.faults.schedule import KINDS, NEED_A_DISK, Strike, schedule_of
from tests.faults.servers import KillablePostgres, KillableRedis
from tests.integration.event_store.proxy import CuttingProxy

TICK_SECONDS: Final = 0.05
DATA_MEGABYTES: Final = 512
WAL_MEGABYTES: Final = 48

Report: TypeAlias = Callable[[str], None]
Action: TypeAlias = Callable[[], object]


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What an ordeal is made of: the same plan, the same commands and the same faults."""

    seed: int
    seconds: int
    combining: Combining = "mixed"


@dataclass(slots=True)
class World:
    """What an ordeal works with and what is broken in it."""

    plan: Plan
    directory: Path
    postgres: KillablePostgres
    redis: KillableRedis
    proxy: CuttingProxy
    platform: Platform
    crew: Crew
    data: SmallDisk | None
    wal: SmallDisk | None
    struck: Counter[str] = field(default_factory=Counter)
    redis_is_away: int = 0

    def schedule(self) -> Sequence[Strike]:
        """What strikes here: without small disks, none is filled."""
        full = self.data is not None and self.wal is not None
        kinds = [each for each in KINDS if full or each not in NEED_A_DISK]
        return schedule_of(self.plan.seed, seconds=self.plan.seconds, kinds=kinds)

    def tend(self) -> None:
        """What has ended begins again, as a supervisor would see to."""
        if not self.postgres.runs:
            self.postgres.start()
        if not self.redis.runs and not self.redis_is_away:
            self.redis.start()
        self.crew.tend()

    def strike(self, strike: Strike) -> Action | None:
        """Let it happen; what undoes it later."""
        self.struck[strike.kind] += 1
        match strike.kind:
            case "daemon_paused":
                return partial(resume, self.crew.pause_daemon(strike.target))
            case "rebuild_killed":
                return partial(self.crew.kill_rebuild, self.crew.begin_rebuild())
            case "redis_killed":
                self.redis_is_away += 1
                self.redis.kill()
                return self._redis_returns
            case "disk_filled":
                return self._filled(self.data)
            case "wal_filled":
                return self._filled(self.wal)
            case _:
                self._hit(strike)
                return None

    def _hit(self, strike: Strike) -> None:
        """What is over when it has happened."""
        match strike.kind:
            case "writer_killed":
                self.crew.kill_writer(strike.target)
            case "daemon_killed":
                self.crew.kill_daemon(strike.target)
            case "postgres_killed":
                self.postgres.kill()
            case "connection_cut":
                self.proxy.cut_next(*strike.cuts)
            case "connections_cut":
                self.proxy.cut_all()
            case other:
                raise AssertionError(f"{other} lasts")

    def _filled(self, disk: SmallDisk | None) -> Action:
        assert disk is not None, "no disk is filled where there is none"
        disk.fill()
        if disk is self.wal:
            self.postgres.begin_segment()
        return disk.clear

    def told(self) -> str:
        """The last that the processes and the database have said."""
        return (
            f"Writers and daemons:\n{self.crew.told()}\nPostgreSQL:\n{self.postgres.last_words()}"
        )

    def _redis_returns(self) -> None:
        self.redis_is_away -= 1


def suffer(world: World, report: Report) -> None:
    """Load and faults until the time is over; then all is mended. A rebuild comes to its switch
    while everybody is still at work, and the writers end.
    """
    coming: list[tuple[int, int, Strike | Action]] = []
    order = count()
    for strike in world.schedule():
        heappush(coming, (strike.at_ms, next(order), strike))
    world.crew.begin()
    world.crew.wait_until_at_work()
    began = monotonic()
    while (now_ms := int(1_000 * (monotonic() - began))) < 1_000 * world.plan.seconds or coming:
        world.tend()
        while coming and coming[0][0] <= now_ms:
            _, _, due = heappop(coming)
            if not isinstance(due, Strike):
                due()
                continue
            report(str(due))
            undo = world.strike(due)
            if undo is not None:
                heappush(coming, (due.at_ms + due.lasting_ms, next(order), undo))
        sleep(TICK_SECONDS)
    world.tend()
    world.postgres.wait_until_ready()
    report(f"mended: a rebuild goes on to its switch after {world.crew.finish_rebuild()} before it")
    world.crew.stop_writers()


@contextmanager
def world_of(plan: Plan) -> Iterator[World]:
    """Servers, a proxy and small disks for the length of the block; nothing is left after it."""
    directory = Path(mkdtemp(prefix="df-", dir="/tmp"))
    directory.chmod(0o711)
    with ExitStack() as stack:
        stack.callback(shutil.rmtree, directory, ignore_errors=True)
        data = stack.enter_context(small_disk(directory / "data", megabytes=DATA_MEGABYTES))
        wal = stack.enter_context(small_disk(directory / "wal", megabytes=WAL_MEGABYTES))
        postgres = KillablePostgres(
            directory, data=directory / "data", wal=wal.directory if wal else None
        )
        stack.callback(postgres.kill)
        redis = KillableRedis(directory)
        stack.callback(redis.kill)
        postgres.start()
        redis.start()
        postgres.wait_until_ready()
        prepare_database(postgres.url)
        proxy = CuttingProxy(postgres.sockets)
        stack.callback(proxy.close)
        platform = stack.enter_context(a_platform())
        crew = Crew(
            directory=directory,
            database_url=_through(postgres.url, postgres.sockets, proxy.sockets),
            redis_url=redis.url,
            platform_url=platform.url,
            seed=plan.seed,
            combining=plan.combining,
        )
        stack.callback(crew.end)
        _open_accounts(plan, postgres.url)
        yield World(plan, directory, postgres, redis, proxy, platform, crew, data, wal)


def _open_accounts(plan: Plan, url: str) -> None:
    """Before anything breaks."""
    ledger = open_ledger(url, pool_size=1)
    try:
        for told in opening_of(plan.seed):
            told.carry_out(ledger)
    finally:
        ledger.close()


def _through(url: str, here: Path, there: Path) -> str:
    return url.replace(quote(str(here)), quote(str(there)))

"""The composition root: the only module that knows which adapter stands behind which port."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from datetime import datetime, timedelta
from functools import cached_property
from pathlib import Path
from random import SystemRandom
from typing import Final

from psycopg import connect
from redis import Redis

from application.certificates.ports import EventCodec
from application.enforcement.ports import TradingPlatform
from application.imports.ports import TradeSource
from application.observing import UNOBSERVED, Observer
from application.proofs.ports import Signer
from application.proofs.sealing import Sealer
from application.waking import WakeUp
from application.watching.figures import CombinerFigures, Missing
from infrastructure.archive.office import ArchiveOffice
from infrastructure.embedded.servers import embedded_servers, shared_servers
from infrastructure.enforcement.effects import PostgresEffects
from infrastructure.enforcement.http_platform import HttpPlatform
from infrastructure.enforcement.redis_platform import RedisPlatform
from infrastructure.event_store.canonical import CanonicalCodec
from infrastructure.event_store.histories import PostgresHistories, open_histories
from infrastructure.event_store.ledger import EventSourcedLedger, open_ledger
from infrastructure.event_store.log import PostgresLog, open_log
from infrastructure.event_store.partitions import PartitionMaker
from infrastructure.importers.topstepx import TopstepXExport
from infrastructure.importers.yourpropfirm import YourPropFirmHistory
from infrastructure.leasing.named import Kind, NamedLeases
from infrastructure.marks.connecting import connect_redis
from infrastructure.marks.leases import MarkLeases
from infrastructure.marks.notes import PostgresNotes
from infrastructure.marks.publisher import MarkPublisher
from infrastructure.marks.streams import RedisMarks
from infrastructure.postgres.migrator import Migration, migrate
from infrastructure.postgres.persistence import open_pool
from infrastructure.postgres.pools import Pool, new_pool
from infrastructure.postgres.sessions import Role, session_conninfo
from infrastructure.proofs.key_file import new_key_file, open_key_file
from infrastructure.proofs.office import EvidenceOffice
from infrastructure.snapshots.office import SnapshotOffice, SnapshotOptions
from infrastructure.waking.redis_hints import RedisKnock, RedisWakeUp
from infrastructure.watching.combiner import combiner_figures
from infrastructure.watching.lookout import Part, PostgresLookout
from infrastructure.watching.parts import PARTS
from infrastructure.work.queue import (
    REBUILD_ACTOR,
    REBUILD_QUEUE,
    WHATIF_ACTOR,
    WHATIF_QUEUE,
    RedisHints,
)
from infrastructure.work.whatif_runs import PostgresRuns, open_runs
from interfaces.archive_settings import archive_options
from interfaces.settings import Settings, load_settings
from interfaces.watching.watch import Watch, thresholds_of
from projections.lags import TABLES, lags_of
from projections.releases import ReadModelReleases
from projections.schema import create_read_models
from projections.standings import ReadModelStandings
from projections.watching import StepObserver

_PROJECTOR_CONNECTIONS: Final = 6
_KEEPER_CONNECTIONS: Final = 4
_WORK_CONNECTIONS: Final = 4
_LOADING_CONNECTIONS: Final = 2
_MAY_RECORD: Final = """
SELECT pg_has_role(session_user, 'dynasty_writer', 'MEMBER')
    AND current_setting('transaction_read_only') = 'off'
"""


class Runtime:
    """What a process works with, each part opened when it is first asked for.

    A login thus needs only the roles of what it does. `ledger` writes as `dynasty_writer`; `log`
    and `read_models` read as `dynasty_reader`; `projector` writes read models as
    `dynasty_projector`. Opening refuses with DatabaseUnusable.
    """

    def __init__(
        self, settings: Settings, *, database_url: str, redis_url: str, closing: ExitStack
    ) -> None:
        self.settings = settings
        self.database_url, self.redis_url = database_url, redis_url
        self._closing = closing
        self.observer: Observer = UNOBSERVED
        self.step_observer: StepObserver | None = None

    @cached_property
    def ledger(self) -> EventSourcedLedger:
        """The write side of the log."""
        knock = RedisKnock(self.redis_url)
        self._closing.callback(knock.close)
        ledger = open_ledger(
            self.database_url,
            pool_size=self.settings.database_pool_max,
            combines=self.settings.append_combiner,
            snapshots=self.settings.snapshots,
            knock=knock,
            shelf=self.archive.shelf,
        )
        self._closing.callback(ledger.close)
        ledger.observer = self.observer
        return ledger

    @cached_property
    def log(self) -> PostgresLog:
        """The read side of the log."""
        size = self.settings.database_pool_max
        log = open_log(self.database_url, pool_size=size, shelf=self.archive.shelf)
        self._closing.callback(log.close)
        return log

    @cached_property
    def histories(self) -> PostgresHistories:
        """Whole histories out of the log, for what-if questions."""
        histories = open_histories(self.database_url, shelf=self.archive.shelf)
        self._closing.callback(histories.close)
        return histories

    @cached_property
    def runs(self) -> PostgresRuns:
        """What-if runs, asked for and worked on as `dynasty_worker`."""
        runs = open_runs(self.database_url, pool_size=_WORK_CONNECTIONS)
        self._closing.callback(runs.close)
        return runs

    @cached_property
    def hints(self) -> RedisHints:
        """Hints at what-if runs to workers, over Redis."""
        return self._hints(queue=WHATIF_QUEUE, actor=WHATIF_ACTOR)

    @cached_property
    def rebuild_hints(self) -> RedisHints:
        """Hints at rebuilds to workers, over Redis."""
        return self._hints(queue=REBUILD_QUEUE, actor=REBUILD_ACTOR)

    @cached_property
    def read_models(self) -> Pool:
        """Connections that read the read models."""
        size = self.settings.database_pool_max
        return self._pool("dynasty_reader", "dynasty-queries", size)

    @property
    def may_record(self) -> bool:
        """Whether this login may write to the log, on a database that takes writes."""
        with self.read_models.connection() as session:
            return session.execute(_MAY_RECORD).fetchone() == (True,)

    @cached_property
    def projector(self) -> Pool:
        """Connections that write the read models: one works, the others compare and rebuild."""
        pool = _projector_pool(self.database_url, size=_PROJECTOR_CONNECTIONS)
        self._closing.callback(pool.close)
        return pool

    @cached_property
    def keeper(self) -> Pool:
        """Connections that write what keeps the log: its tree and checkpoints."""
        return self._pool("dynasty_keeper", "dynasty-keeper", _KEEPER_CONNECTIONS)

    @property
    def partition_maker(self) -> PartitionMaker:
        """The duty that makes room in the log ahead of need."""
        return PartitionMaker(self.keeper)

    @cached_property
    def engine(self) -> Pool:
        """Connections of the rules engine, for what it keeps beside the log."""
        return self._pool("dynasty_engine", "dynasty-engine", self.settings.database_pool_max)

    @cached_property
    def evidence(self) -> EvidenceOffice:
        """The tree over the log, signed checkpoints of it, and proofs."""
        return EvidenceOffice(
            self.settings.evidence_options(own_key_file=self.settings.own_log_key_file),
            log=lambda: self.log,
            reading=lambda: self.read_models,
            keeping=lambda: self.keeper,
        )

    @cached_property
    def archive(self) -> ArchiveOffice:
        """The archive for old events, and the way to what it holds."""
        return ArchiveOffice(archive_options(self.settings), database_url=self.database_url)

    @property
    def sealer(self) -> Sealer:
        """The duty that lets the tree grow with the log."""
        return self.evidence.sealer

    @cached_property
    def snapshots(self) -> SnapshotOffice:
        """Snapshots of long accounts: taken, compared, and seen to by people."""
        settings = self.settings
        return SnapshotOffice(
            SnapshotOptions(
                on=settings.snapshots,
                every=settings.snapshots_every_events,
                percent=settings.snapshots_percent,
                kept_seconds=settings.snapshots_kept_hours * 3_600,
                percent_a_day=settings.snapshots_checked_percent,
            ),
            choose=SystemRandom().randrange,
            keeping=lambda: self.keeper,
            reading=lambda: self.read_models,
        )

    @cached_property
    def redis(self) -> Redis:
        """Connections to Redis."""
        client = connect_redis(self.redis_url, connections_max=self.settings.redis_pool_max)
        self._closing.callback(client.close)
        return client

    @property
    def standings(self) -> ReadModelStandings:
        """The accounts that may be judged."""
        return ReadModelStandings(self.read_models)

    @property
    def releases(self) -> ReadModelReleases:
        """The firm's news calendar."""
        return ReadModelReleases(self.read_models)

    @property
    def effects(self) -> PostgresEffects:
        """Orders to the platform that wait, were sent or failed."""
        return PostgresEffects(self.engine)

    @property
    def notes(self) -> PostgresNotes:
        """What the rules engine writes down for people."""
        return PostgresNotes(self.engine)

    @property
    def publisher(self) -> MarkPublisher:
        """The way in for marks."""
        return MarkPublisher(self.redis, partitions=self.settings.marks_partitions)

    def marks(self, *, name: str, now: Callable[[], datetime]) -> RedisMarks:
        """The stream of marks as one reader sees it."""
        keep = timedelta(seconds=self.settings.marks_kept_seconds)
        return RedisMarks(self.redis, name=name, keep=keep, now=now)

    def leases(self, *, owner: str) -> MarkLeases:
        """The leases of one instance. Refuses with PartitionsChanged."""
        leases = MarkLeases(
            self.engine,
            owner=owner,
            partitions=self.settings.marks_partitions,
            seconds=self.settings.engine_lease_seconds,
        )
        leases.prepare()
        return leases

    def leases_on(self, kind: Kind, *, owner: str, names: Sequence[str]) -> NamedLeases:
        """The leases of one daemon on lanes or duties."""
        leases = NamedLeases(
            self.projector,
            kind,
            owner=owner,
            names=names,
            seconds=self.settings.daemon_lease_seconds,
        )
        leases.prepare()
        return leases

    @contextmanager
    def listening(self) -> Iterator[WakeUp]:
        """Hints that the log has grown, for one thread and the length of the block."""
        hints = RedisWakeUp(self.redis_url)
        with hints.listening():
            yield hints

    @property
    def platform(self) -> TradingPlatform:
        """Where orders go that follow from verdicts."""
        settings = self.settings
        if settings.platform == "redis":
            return RedisPlatform(self.redis)
        token = settings.platform_token
        return HttpPlatform(
            str(settings.platform_url), token=token.get_secret_value() if token else None
        )

    @cached_property
    def watch(self) -> Watch:
        """How everything is doing; it connects anew for each look."""
        parts = {"projections": Part(TABLES, lags_of), **PARTS}
        lookout = PostgresLookout(self.database_url, redis_url=self.redis_url, parts=parts)
        return Watch(lookout, thresholds_of(self.settings), self.combiner_figures)

    def combiner_figures(self) -> CombinerFigures | Missing:
        """What the append combiner of this process counts; absent until the ledger is opened."""
        if "ledger" not in self.__dict__:
            return Missing.ABSENT
        return combiner_figures(self.ledger.recorder)

    def observe_with(self, observer: Observer, steps: StepObserver) -> None:
        """Tell of commands and appends from now on, and of the steps of the read models."""
        self.observer, self.step_observer = observer, steps
        if "ledger" in self.__dict__:
            self.ledger.observer = observer

    def _hints(self, *, queue: str, actor: str) -> RedisHints:
        hints = RedisHints(self.redis_url, queue=queue, actor=actor)
        self._closing.callback(hints.close)
        return hints

    def _pool(self, role: Role, application: str, size: int) -> Pool:
        conninfo = session_conninfo(self.database_url, role=role, application=application)
        pool = new_pool(conninfo, pool_size=size, name=application)
        open_pool(pool)
        self._closing.callback(pool.close)
        return pool


@contextmanager
def running(
    settings: Settings, *, data_dir: Path | None = None, serves: bool = False
) -> Iterator[Runtime]:
    """A runtime for the length of the block; whatever it opened is closed after it.

    With no DATABASE_URL, real servers are started in `data_dir` (temporary when None) and migrated;
    where a process that `serves` runs them there already, a command uses those instead.
    Against a given database, migrations are a command of their own, never a side effect.
    """
    with ExitStack() as stack:
        if settings.database_url is None or settings.redis_url is None:
            beside = shared_servers(data_dir) if data_dir and not serves else None
            start = beside or embedded_servers(data_dir, announced=serves)
            servers = stack.enter_context(start)
            database_url, redis_url = servers.database_url, servers.redis_url
            prepare_database(database_url)
        else:
            database_url = settings.database_url.get_secret_value()
            redis_url = settings.redis_url.get_secret_value()
        yield Runtime(settings, database_url=database_url, redis_url=redis_url, closing=stack)


def prepare_database(database_url: str) -> Sequence[Migration]:
    """Apply what is missing of the migrations, and make the read models' tables; say what was new.

    The login must own the database, or be allowed to make roles and schemas in it.
    """
    applied = migrate(database_url)
    with connect(database_url, autocommit=True) as connection:
        create_read_models(connection)
    return applied


def histories_on(database_url: str) -> PostgresHistories:
    """The histories of a database, for a process that does nothing else; they end with it."""
    archive = ArchiveOffice(archive_options(load_settings()), database_url=database_url)
    return open_histories(database_url, shelf=archive.shelf)


@contextmanager
def loading_on(database_url: str) -> Iterator[tuple[PostgresLog, Pool]]:
    """The log, and connections that write read models, for a process that does nothing else."""
    with ExitStack() as stack:
        archive = ArchiveOffice(archive_options(load_settings()), database_url=database_url)
        log = open_log(database_url, pool_size=1, shelf=archive.shelf)
        stack.callback(log.close)
        yield log, stack.enter_context(_projector_pool(database_url, size=_LOADING_CONNECTIONS))


def _projector_pool(database_url: str, *, size: int) -> Pool:
    conninfo = session_conninfo(
        database_url, role="dynasty_projector", application="dynasty-projector"
    )
    pool = new_pool(conninfo, pool_size=size, name="dynasty-projector")
    open_pool(pool)
    return pool


def trade_sources() -> Mapping[str, TradeSource]:
    """The file formats that trades can be imported from, by name."""
    return {source.name: source for source in (TopstepXExport(), YourPropFirmHistory())}


def new_log_key(path: Path, *, name: str) -> Signer:
    """Make a key that signs checkpoints. Refuses with SigningKeyRefused."""
    new_key_file(path)
    return open_key_file(path, name=name)


def event_codec() -> EventCodec:
    """The log's form of an event, for work that needs no log."""
    return CanonicalCodec()

"""The log itself: its two sides, whole histories, and the work that is done on them later."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from functools import cached_property
from typing import Final

from application.observing import UNOBSERVED, Observer
from application.proofs.sealing import Sealer
from application.waking import WakeUp
from application.watching.figures import CombinerFigures, Missing
from infrastructure.event_store.histories import PostgresHistories, open_histories
from infrastructure.event_store.ledger import EventSourcedLedger, open_ledger
from infrastructure.event_store.log import PostgresLog, open_log
from infrastructure.proofs.office import EvidenceOffice
from infrastructure.waking.redis_hints import RedisKnock, RedisWakeUp
from infrastructure.work.queue import (
    REBUILD_ACTOR,
    REBUILD_QUEUE,
    WHATIF_ACTOR,
    WHATIF_QUEUE,
    RedisHints,
)
from infrastructure.work.whatif_runs import PostgresRuns, open_runs
from interfaces.bootstrap.keeping import Keeping
from interfaces.settings import Settings
from projections.watching import StepObserver

_WORK_CONNECTIONS: Final = 4
_MAY_RECORD: Final = """
SELECT pg_has_role(session_user, 'dynasty_writer', 'MEMBER')
    AND current_setting('transaction_read_only') = 'off'
"""


class Ledgers(Keeping):
    """`ledger` writes as `dynasty_writer`; `log` and `histories` read as `dynasty_reader`."""

    def __init__(
        self, settings: Settings, *, database_url: str, redis_url: str, closing: ExitStack
    ) -> None:
        super().__init__(settings, database_url=database_url, redis_url=redis_url, closing=closing)
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
    def evidence(self) -> EvidenceOffice:
        """The tree over the log, signed checkpoints of it, and proofs."""
        return EvidenceOffice(
            self.settings.evidence_options(own_key_file=self.settings.own_log_key_file),
            log=lambda: self.log,
            reading=lambda: self.read_models,
            keeping=lambda: self.keeper,
        )

    @property
    def sealer(self) -> Sealer:
        """The duty that lets the tree grow with the log."""
        return self.evidence.sealer

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

    @property
    def may_record(self) -> bool:
        """Whether this login may write to the log, on a database that takes writes."""
        with self.read_models.connection() as session:
            return session.execute(_MAY_RECORD).fetchone() == (True,)

    @contextmanager
    def listening(self) -> Iterator[WakeUp]:
        """Hints that the log has grown, for one thread and the length of the block."""
        hints = RedisWakeUp(self.redis_url)
        with hints.listening():
            yield hints

    def combiner_figures(self) -> CombinerFigures | Missing:
        """What the append combiner of this process counts; absent until the ledger is opened."""
        if "ledger" not in self.__dict__:
            return Missing.ABSENT
        return self.ledger.recorder.appends.counts

    def observe_with(self, observer: Observer, steps: StepObserver) -> None:
        """Tell of commands and appends from now on, and of the steps of the read models."""
        self.observer, self.step_observer = observer, steps
        if "ledger" in self.__dict__:
            self.ledger.observer = observer

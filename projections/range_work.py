"""A worker on the ranges of a rebuild: takes one after the other, wherever it runs."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from logging import getLogger
from time import monotonic, sleep
from typing import Final, TypeAlias
from uuid import UUID, uuid4

from psycopg import Connection
from psycopg.rows import TupleRow
from psycopg_pool import ConnectionPool

from application.archiving.errors import ArchiveUnavailable
from domain.errors import DomainError
from projections.errors import PoisonEvent
from projections.kernel import Projection
from projections.loading import BATCH, STREAM_MAX, Loader, StreamLog
from projections.range_claims import Claim, claim_range, finish, release, renew
from projections.read_models import READ_MODELS
from projections.rebuilds import Rebuild, end, find_rebuild
from projections.transient import TRANSIENT

Pool: TypeAlias = ConnectionPool[Connection[TupleRow]]
BEAT_SECONDS: Final = 1.0
PAUSE_SECONDS: Final = 0.5
_log = getLogger("dynasty.work")


class _Lost(Exception):
    """The range is another's, or nobody wants it any more: nothing of it may stay."""


@dataclass(slots=True)
class RangeWorker:
    """`pool` connects as `dynasty_projector`. `told` is called between batches, and may raise."""

    log: StreamLog
    pool: Pool
    models: Sequence[Projection] = READ_MODELS
    batch: int = BATCH
    stream_max: int = STREAM_MAX
    owner: UUID = field(default_factory=uuid4)
    told: Callable[[], object] = lambda: None

    def work(self, rebuild_id: UUID) -> None:
        """Work on ranges of a rebuild until none is to be had."""
        while self.work_on_next(rebuild_id):
            pass

    def work_on_next(self, rebuild_id: UUID) -> bool:
        """Load one range; false where there is none, or none for the code of this process.

        A range that cannot be loaded ends the rebuild; what passes by itself gives the range back.
        Refuses with ArchiveUnavailable.
        """
        with self.pool.connection() as connection:
            rebuild = find_rebuild(connection, rebuild_id)
            models = models_of(rebuild, self.models)
            if models is None:
                return False
            claim = claim_range(connection, rebuild_id, self.owner)
        if claim is None:
            return False
        loader = Loader(
            self.log,
            models,
            rebuild.schema_name,
            rebuild.head,
            batch=self.batch,
            stream_max=self.stream_max,
        )
        try:
            self._load(claim, loader, _Pace(rebuild, self.pool))
        except _Lost:
            _log.info("Range %d of the rebuild %s is another's.", claim.number, rebuild_id)
        except TRANSIENT as failure:
            if isinstance(failure, ArchiveUnavailable):
                # Another may have what this process lacks: it was not tried in vain.
                self._give_back(claim, tried=False)
                raise
            _log.warning("Range %d of the rebuild is given back: %s", claim.number, failure)
            sleep(PAUSE_SECONDS)
            self._give_back(claim)
        except DomainError as refusal:
            self._fail(claim, loader, refusal)
            return False
        except BaseException:
            self._give_back(claim, tried=False)
            raise
        return True

    def _load(self, claim: Claim, loader: Loader, pace: _Pace) -> None:
        def told(done: int) -> None:
            self.told()
            pace.keep(done, claim)

        with self.pool.connection() as connection, connection.transaction():
            loaded = loader.load(connection, claim.streams, told=told)
            with connection.cursor() as cursor:
                if not finish(cursor, claim, done=loaded.events, letters=loaded.letters):
                    raise _Lost

    def _give_back(self, claim: Claim, *, tried: bool = True) -> None:
        try:
            with self.pool.connection() as connection:
                release(connection, claim, tried=tried)
        except TRANSIENT:
            _log.warning("Range %d waits until its lease has run out.", claim.number)

    def _fail(self, claim: Claim, loader: Loader, refusal: DomainError) -> None:
        with self.pool.connection() as connection:
            if isinstance(refusal, PoisonEvent):
                refusal = loader.first_poison(connection, claim.streams) or refusal
            end(connection, claim.rebuild_id, "failed", problem=refusal)


def models_of(
    rebuild: Rebuild, known: Sequence[Projection] = READ_MODELS
) -> tuple[Projection, ...] | None:
    """The models of a rebuild that waits for workers; None where this process cannot help."""
    models = tuple(each for name in rebuild.models for each in known if each.name == name)
    return models if rebuild.status == "loading" and rebuild.is_of(models) else None


class _Pace:
    """Keeps the lease, and keeps to what all workers together may load in a second."""

    def __init__(self, rebuild: Rebuild, pool: Pool) -> None:
        self._pool, self._throttle = pool, rebuild.throttle
        self._workers = max(1, rebuild.workers)
        self._began = self._beat = monotonic()

    def keep(self, done: int, claim: Claim) -> None:
        """Told how many events are in: wait while that is too many, and say that it goes on."""
        self._look(done, claim)
        while self._throttle:
            ahead = done * self._workers / self._throttle - (monotonic() - self._began)
            if ahead <= 0:
                return
            sleep(min(ahead, BEAT_SECONDS))
            self._look(done, claim)

    def _look(self, done: int, claim: Claim) -> None:
        if monotonic() - self._beat < BEAT_SECONDS:
            return
        self._beat = monotonic()
        with self._pool.connection() as connection:
            if not renew(connection, claim, done=done):
                raise _Lost
            if self._throttle:
                self._workers = max(1, find_rebuild(connection, claim.rebuild_id).workers)

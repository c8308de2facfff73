"""Keeps the read models at the head of the log, one projector at a time."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from random import SystemRandom
from threading import Event as Signal
from typing import Any, Final, TypeAlias

from psycopg import Connection
from psycopg.rows import TupleRow
from psycopg_pool import ConnectionPool, PoolClosed

from application.log import Log
from projections.checking import check_read_models
from projections.kernel import Projection
from projections.positions import PositionMoved, positions_of
from projections.read_models import READ_MODELS
from projections.stepping import BATCH, Stepper
from projections.transient import TRANSIENT

Pool: TypeAlias = ConnectionPool[Connection[TupleRow]]
Report: TypeAlias = Callable[[str], None]

# Any constant will do, as long as every release has the same.
PROJECTOR_LOCK: Final = 4_217_003
IDLE_SECONDS_MIN: Final = 0.005
IDLE_SECONDS_MAX: Final = 0.25
STANDBY_SECONDS: Final = 1.0
PAUSE_SECONDS_MIN: Final = 0.1
PAUSE_SECONDS_MAX: Final = 10.0
FAILURES_IN_A_ROW_MAX: Final = 8
"""What `catch_up` bears; the daemon itself never gives up on a failure that passes."""

_jitter = SystemRandom()


class Daemon:
    """The projector. `pool` connects as `dynasty_projector`; `report` is told what went wrong.

    It may run any number of times on one database: one at a time works, the others stand by and
    take over. The lock that settles this is the connection's, and every position is moved only
    from where it was read, so that a lock lost unnoticed does no harm.
    """

    def __init__(
        self,
        *,
        log: Log,
        pool: Pool,
        models: Sequence[Projection] = READ_MODELS,
        report: Report,
        batch: int = BATCH,
    ) -> None:
        self._log, self._pool, self._models = log, pool, models
        self._report, self._batch = report, batch
        self._failures = 0

    def run(self, stop: Signal) -> None:
        """Work until told to stop. Refuses with PoisonEvent, ReadModelsMissing or
        ReadModelOutdated: these need a person.
        """
        while not stop.is_set():
            with self._patiently(stop), self._pool.connection() as connection:
                check_read_models(connection, models=self._models)
                self._follow(connection, stop)

    def catch_up(self) -> int:
        """Bring every model to where the head of the log is now; return that position.

        While another projector works, its arrival is waited for.
        """
        head, stop = self._log.head(), Signal()
        names = [model.name for model in self._models]
        while True:
            with self._patiently(stop, failures_max=FAILURES_IN_A_ROW_MAX):
                with self._pool.connection() as connection:
                    check_read_models(connection, models=self._models)
                    with _sole_projector(connection) as is_sole:
                        if is_sole:
                            self._step_until(connection, head)
                    if min(positions_of(connection, names).values()) >= head:
                        return head
                stop.wait(IDLE_SECONDS_MAX)

    def _step_until(self, connection: Connection[TupleRow], head: int) -> None:
        stepper = Stepper(self._log, models=self._models)
        while stepper.step(connection, limit=self._batch, last=head).events:
            self._failures = 0

    def _follow(self, connection: Connection[TupleRow], stop: Signal) -> None:
        with _sole_projector(connection) as is_sole:
            if not is_sole:
                stop.wait(STANDBY_SECONDS)
                return
            stepper, idle_seconds = Stepper(self._log, models=self._models), IDLE_SECONDS_MIN
            while not stop.is_set():
                stepped = stepper.step(connection, limit=self._batch)
                self._failures = 0
                idle_seconds = min(2 * idle_seconds, IDLE_SECONDS_MAX)
                if stepped.events:
                    idle_seconds = IDLE_SECONDS_MIN
                if stepped.events < self._batch:
                    stop.wait(idle_seconds)

    @contextmanager
    def _patiently(self, stop: Signal, *, failures_max: int | None = None) -> Iterator[None]:
        """Bear what passes by itself: report it and wait, longer each time, never in step."""
        try:
            yield
        except PoolClosed:
            raise
        except (*TRANSIENT, PositionMoved) as failure:
            self._failures += 1
            if failures_max is not None and self._failures >= failures_max:
                raise
            longest = min(PAUSE_SECONDS_MIN * 2**self._failures, PAUSE_SECONDS_MAX)
            seconds = _jitter.uniform(longest / 2, longest)
            self._report(f"{type(failure).__name__}: {failure} Trying again in {seconds:.1f} s.")
            stop.wait(seconds)


def catch_up(
    *, log: Log, pool: Pool, models: Sequence[Projection] = READ_MODELS, batch: int = BATCH
) -> int:
    """Bring the read models to the head of the log as it is now; return that position."""
    return Daemon(log=log, pool=pool, models=models, report=_silently, batch=batch).catch_up()


def _silently(_: str) -> None:
    """What passes needs no report where the caller gets the last failure anyway."""


@contextmanager
def _sole_projector(connection: Connection[Any]) -> Iterator[bool]:
    """Whether this connection may project; if so, no other may for the length of the block."""
    row = connection.execute("SELECT pg_try_advisory_lock(%s)", (PROJECTOR_LOCK,)).fetchone()
    is_sole = row == (True,)
    try:
        yield is_sole
    finally:
        if is_sole and not connection.closed:
            connection.execute("SELECT pg_advisory_unlock(%s)", (PROJECTOR_LOCK,))

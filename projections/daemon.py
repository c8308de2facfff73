"""Keeps the read models at the head of the log, in the lanes that this process holds."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from random import SystemRandom
from threading import Event as Signal
from time import sleep
from typing import Final, TypeAlias

from psycopg import Connection
from psycopg.rows import TupleRow
from psycopg_pool import ConnectionPool, PoolClosed

from application.leasing.tenure import Tenure
from application.log import Log
from application.waking import WakeUp
from projections.checking import check_read_models
from projections.kernel import Projection
from projections.lanes import ALL_LANES, LANE_OF_LEASE, LEASE_NAMES, lanes_in
from projections.pacing import IDLE_SECONDS_MAX, Pace
from projections.positions import PositionMoved, claim, positions_of
from projections.read_models import READ_MODELS
from projections.stepping import BATCH, Stepper
from projections.transient import TRANSIENT
from projections.watching import StepObserver

Pool: TypeAlias = ConnectionPool[Connection[TupleRow]]
Report: TypeAlias = Callable[[str], None]

STANDBY_SECONDS: Final = 0.25
PAUSE_SECONDS_MIN: Final = 0.1
PAUSE_SECONDS_MAX: Final = 10.0
FAILURES_IN_A_ROW_MAX: Final = 8
"""What catching up bears; the daemon itself never gives up on a failure that passes."""

PARKED_MAX: Final = 50
"""Accounts that may be parked at once, unless told."""

FREE: Final = """
SELECT name FROM work.leases WHERE name = ANY(%s) AND expires_at > clock_timestamp()
"""

_jitter = SystemRandom()


class Daemon:
    """The projector. `pool` connects as `dynasty_projector`; `report` is told what went wrong.

    Any number may run on one database. Each works in the lanes that its `tenure` owns, and every
    position it writes carries the epoch of the lane: whoever has lost a lane unnoticed can write
    nothing there.
    """

    def __init__(
        self,
        *,
        log: Log,
        pool: Pool,
        tenure: Tenure[str],
        report: Report,
        models: Sequence[Projection] = READ_MODELS,
        batch: int = BATCH,
        parked_max: int = PARKED_MAX,
        wake_up: WakeUp | None = None,
        observer: StepObserver | None = None,
    ) -> None:
        self._log, self._pool, self._tenure, self._models = log, pool, tenure, models
        self._batch, self._wake_up, self._report = batch, wake_up, report
        self._patience = Patience(report)
        self._held: Mapping[int, int] = {}
        self._stepper = Stepper(log, models=models, parked_max=parked_max, observer=observer)

    def run(self, stop: Signal) -> None:
        """Work until told to stop; the batch in hand is finished. Refuses with PoisonEvent,
        ReadModelsMissing or ReadModelOutdated: these need a person.
        """
        while not stop.is_set():
            with self._patience.with_failures(stop), self._pool.connection() as connection:
                check_read_models(connection, models=self._models)
                self._follow(connection, stop)

    def catch_up(self, stop: Signal | None = None) -> int:
        """Bring every model to where the head of the log is now; return that position.

        Lanes that others hold are waited for.
        """
        head, stop = self._log.head(), stop or Signal()
        names = [model.name for model in self._models]
        while not stop.is_set():
            with (
                self._patience.with_failures(stop, failures_max=FAILURES_IN_A_ROW_MAX),
                self._pool.connection() as connection,
            ):
                check_read_models(connection, models=self._models)
                while self._holds(connection) and self._step(connection, last=head):
                    pass
                if min(positions_of(connection, names).values()) >= head:
                    break
                stop.wait(IDLE_SECONDS_MAX)
        return head

    def _follow(self, connection: Connection[TupleRow], stop: Signal) -> None:
        pace = Pace()
        while not stop.is_set():
            if not self._holds(connection):
                stop.wait(STANDBY_SECONDS)
                continue
            events = self._step(connection)
            seconds = pace.after(events=events, limit=self._batch)
            if seconds and pace.is_idle and self._wake_up is not None:
                self._wake_up.wait(milliseconds=round(1_000 * seconds))
            elif seconds:
                stop.wait(seconds)

    def _holds(self, connection: Connection[TupleRow]) -> bool:
        """Whether any lane is this process's now. What is new is claimed, what is too much given
        back.
        """
        if surplus := self._tenure.surplus():
            self._tenure.give_back(sorted(self._tenure.owned())[-surplus:])
        owned = lanes_in(self._tenure.owned())
        if owned and owned != self._held:
            claim(connection, owned)
            self._stepper.hold(owned)
            self._held = owned
        return bool(owned)

    def _step(self, connection: Connection[TupleRow], *, last: int | None = None) -> int:
        try:
            stepped = self._stepper.step(connection, limit=self._batch, last=last)
        except PositionMoved:
            self._held = {}  # A lane was lost, or its rows were made anew: they are claimed again.
            raise
        self._patience.rewarded()
        return stepped.events


class Patience:
    """Bears what passes by itself: reports it and waits, longer each time, never in step."""

    def __init__(self, report: Report) -> None:
        self._report, self._failures = report, 0

    def rewarded(self) -> None:
        """It went well again."""
        self._failures = 0

    @contextmanager
    def with_failures(self, stop: Signal, *, failures_max: int | None = None) -> Iterator[None]:
        """Go on after a failure that passes, unless there were so many in a row."""
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
    *,
    log: Log,
    pool: Pool,
    models: Sequence[Projection] = READ_MODELS,
    batch: int = BATCH,
    parked_max: int = PARKED_MAX,
) -> int:
    """Bring the read models to the head of the log as it is now; return that position.

    A guest: it takes no lease. It works in the lanes that nobody holds, under the epoch of their
    last owner, and waits for those who hold the others.
    """
    head, names = log.head(), [model.name for model in models]
    stepper = Stepper(log, models=models, parked_max=parked_max)
    patience, never = Patience(_silently), Signal()
    while True:
        with (
            patience.with_failures(never, failures_max=FAILURES_IN_A_ROW_MAX),
            pool.connection() as connection,
        ):
            check_read_models(connection, models=models)
            while (
                _visits(connection, stepper)
                and stepper.step(connection, limit=batch, last=head).events
            ):
                patience.rewarded()
            if min(positions_of(connection, names).values()) >= head:
                return head
            sleep(IDLE_SECONDS_MAX)


def _visits(connection: Connection[TupleRow], stepper: Stepper) -> bool:
    held = connection.execute(FREE, (list(LEASE_NAMES),)).fetchall()
    free = set(ALL_LANES) - {LANE_OF_LEASE[name] for (name,) in held}
    if free:
        stepper.visit(sorted(free))
    return bool(free)


def _silently(_: str) -> None:
    """What passes needs no report where the caller gets the last failure anyway."""

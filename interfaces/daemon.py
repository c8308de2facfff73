"""The daemon as a process runs it: read models, orders to the platform, and duties, by lease."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import timedelta
from functools import partial
from threading import Event as Signal
from typing import Literal, Protocol

from application.enforcement.draining import EffectDrainer
from application.enforcement.following import EffectFollower, effects_at
from application.leasing.tenure import Tenure
from application.waking import WakeUp
from interfaces.beside import beside
from interfaces.bootstrap.runtime import Runtime
from interfaces.owners import owner_of
from interfaces.repeating import Stepping, repeated
from projections.daemon import Daemon
from projections.lanes import LEASE_NAMES, lanes_in

Report = Callable[[str], None]

_log = logging.getLogger("dynasty.daemon")


class Duty(Stepping, Protocol):
    """What one process of the fleet does for all, bit by bit."""

    @property
    def name(self) -> str:
        """What its lease is called by."""


def duties_of(runtime: Runtime) -> Sequence[Duty]:
    """What there is to do beside the read models and the orders, by one daemon for all."""
    return [
        runtime.partition_maker,
        *runtime.evidence.duties(),
        *runtime.snapshots.duties(),
    ]


def run_daemon(
    runtime: Runtime,
    *,
    stop: Signal,
    report: Report,
    instance: str | None = None,
    once: bool = False,
) -> int:
    """Work until told to stop, or with `once` until nothing is left to do; return the position of
    the read models then.

    Refuses with PoisonEvent, ReadModelsMissing or ReadModelOutdated: these need a person.
    """
    owner = owner_of(instance)
    with _tenure(runtime, "lane", owner, LEASE_NAMES, report) as lanes:

        def held() -> Mapping[int, int]:
            return lanes_in(lanes.owned())

        follower = EffectFollower(runtime.log, runtime.effects, held, report=report)
        drainer = EffectDrainer(
            runtime.effects,
            runtime.platform,
            held,
            read=partial(effects_at, runtime.log),
            report=report,
        )
        if once:
            projector = _projector(runtime, lanes, report)
            position = projector.catch_up(stop)
            while not stop.is_set() and (follower.step() or drainer.step()):
                pass
            return position
        report(f"The daemon {owner} is at work.")
        with _duties(runtime, owner, report) as duties, runtime.listening() as wake_up:
            projector = _projector(runtime, lanes, report, wake_up=wake_up)
            with repeated([follower, drainer, *duties], stop, report):
                projector.run(stop)
        return 0


@contextmanager
def daemon_beside(runtime: Runtime) -> Iterator[None]:
    """Let the daemon run in threads of this process for the length of the block.

    While it cannot, queries that wait for a position answer `projection-behind`, and there is the
    alarm `lanes-unowned`.
    """

    def work(stop: Signal) -> None:
        run_daemon(runtime, stop=stop, report=_log.warning, instance="serve")

    with beside(work, name="daemon", log=_log, without="The read models stand still."):
        yield


class _UnderLease:
    """A duty, done only while its lease is this process's."""

    def __init__(self, duty: Duty, tenure: Tenure[str]) -> None:
        self._duty, self._tenure = duty, tenure

    def step(self) -> int:
        name = _lease_of(self._duty)
        owned = self._tenure.owned()
        if name in owned and self._tenure.spare():
            self._tenure.give_back([name])
            return 0
        return self._duty.step() if name in owned else 0


@contextmanager
def _duties(runtime: Runtime, owner: str, report: Report) -> Iterator[Sequence[Stepping]]:
    duties = duties_of(runtime)
    if not duties:
        yield ()
        return
    names = [_lease_of(each) for each in duties]
    with _tenure(runtime, "duty", owner, names, report) as tenure:
        yield [_UnderLease(each, tenure) for each in duties]


def _lease_of(duty: Duty) -> str:
    return f"duty-{duty.name}"


@contextmanager
def _tenure(
    runtime: Runtime,
    kind: Literal["lane", "duty"],
    owner: str,
    names: Sequence[str],
    report: Report,
) -> Iterator[Tenure[str]]:
    """Leases that are renewed for the length of the block, and given back at its end."""
    tenure = Tenure(
        runtime.leases_on(kind, owner=owner, names=names),
        lease=timedelta(seconds=runtime.settings.daemon_lease_seconds),
        report=report,
    )
    try:
        tenure.begin()
        yield tenure
    finally:
        tenure.end()


def _projector(
    runtime: Runtime, lanes: Tenure[str], report: Report, *, wake_up: WakeUp | None = None
) -> Daemon:
    return Daemon(
        log=runtime.log,
        pool=runtime.projector,
        tenure=lanes,
        report=report,
        parked_max=runtime.settings.parked_accounts_max,
        wake_up=wake_up,
        observer=runtime.step_observer,
    )

"""The rules engine as a process runs it: marks and time, and patience."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from threading import Event as Signal
from typing import Final

from application.errors import LedgerUnavailable
from application.marks.engine import RulesEngine
from application.marks.errors import MarksUnavailable
from application.marks.limits import EngineCounts, EngineLimits
from application.marks.tenure import Tenure
from application.marks.watch import Jumps
from interfaces.beside import beside
from interfaces.bootstrap.runtime import Runtime
from interfaces.owners import owner_of
from interfaces.settings import Settings

WAIT_MS: Final = 50
PAUSE_SECONDS_MAX: Final = 5.0
TOLD_EVERY_SECONDS: Final = 30

_log = logging.getLogger("dynasty.rules_engine")

PASSING: Final = (LedgerUnavailable, MarksUnavailable)
Report = Callable[[str], None]
Clock = Callable[[], datetime]


def limits_of(settings: Settings) -> EngineLimits:
    """What the environment decides about the engine."""
    return EngineLimits(
        partitions=settings.marks_partitions,
        watermark=timedelta(milliseconds=settings.marks_watermark_ms),
        age_max=timedelta(seconds=settings.marks_age_seconds_max),
        ahead_max=timedelta(seconds=settings.marks_ahead_seconds_max),
        unknown_after=timedelta(seconds=settings.marks_unknown_after_seconds),
        grace=timedelta(seconds=settings.engine_grace_seconds),
        threads=settings.engine_threads,
        jumps=Jumps(
            percent=settings.marks_jump_percent,
            confirmations=settings.marks_jump_confirmations,
        ),
    )


def clock_of(begins: datetime | None) -> Clock:
    """The time of day, or one that runs from another moment on."""
    if begins is None:
        return lambda: datetime.now(UTC)
    ahead = begins - datetime.now(UTC)
    return lambda: datetime.now(UTC) + ahead


def run_engine(
    runtime: Runtime,
    *,
    instance: str | None,
    now: Clock,
    stop: Signal,
    report: Report,
    once: bool = False,
) -> EngineCounts:
    """Work until told to stop, or with `once` until nothing is left to do; what was done.

    Refuses with PartitionsChanged.
    """
    owner = owner_of(instance)
    with _engine(runtime, owner=owner, now=now, stop=stop, report=report) as engine:
        report(f"The rules engine {owner} is at work.")
        if once:
            _drain(engine, stop)
        else:
            _cycle(engine, stop, report)
        return engine.counts


@contextmanager
def engine_beside(runtime: Runtime, *, report: Report) -> Iterator[None]:
    """Let an instance work in a thread of this process for the length of the block."""

    def work(stop: Signal) -> None:
        run_engine(runtime, instance="serve", now=clock_of(None), stop=stop, report=report)

    # Without it the API calls every open profit unknown.
    with beside(work, name="rules-engine", log=_log, without="Nothing watches the marks."):
        yield


@contextmanager
def _engine(
    runtime: Runtime, *, owner: str, now: Clock, stop: Signal, report: Report
) -> Iterator[RulesEngine]:
    settings = runtime.settings
    leases = runtime.leases(owner=owner)
    tenure = Tenure(leases, lease=timedelta(seconds=settings.engine_lease_seconds), report=report)
    engine = RulesEngine(
        ledger=runtime.ledger,
        log=runtime.log,
        standings=runtime.standings,
        releases=runtime.releases,
        stream=runtime.marks(name=owner, now=now),
        tenure=tenure,
        notes=runtime.notes,
        limits=limits_of(settings),
        now=now,
        stop=stop,
        report=report,
    )
    tenure.begin()
    try:
        yield engine
    finally:
        engine.close()


def _drain(engine: RulesEngine, stop: Signal) -> None:
    while not stop.is_set() and engine.cycle(wait_ms=WAIT_MS, drain=True):
        pass


def _cycle(engine: RulesEngine, stop: Signal, report: Report) -> None:
    """A failure that passes by itself is borne; longer each time, never for ever unsaid."""
    failures, told_at, counts = 0, datetime.now(UTC), engine.counts
    while not stop.is_set():
        try:
            engine.cycle(wait_ms=WAIT_MS)
            failures = 0
        except PASSING as fault:
            failures += 1
            pause = min(PAUSE_SECONDS_MAX, 0.1 * 2**failures)
            report(f"{fault.code}: {fault.sentence} Trying again in {pause:.1f} s.")
            stop.wait(pause)
        if datetime.now(UTC) - told_at > timedelta(seconds=TOLD_EVERY_SECONDS):
            told_at = datetime.now(UTC)
            report(
                f"{engine.watched:,} accounts watched; {counts.marks:,} marks judged,"
                f" {counts.told:,} told to their accounts, {counts.refused:,} refused,"
                f" {counts.wakeups:,} deadlines, {counts.notes:,} notes of news."
            )

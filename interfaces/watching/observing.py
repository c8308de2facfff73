"""What this process tells of its commands, appends and steps: to its meters, and to its traces."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from time import perf_counter
from typing import Final

from application.log import RecordedEvent
from application.observing import Observer, Told
from domain.errors import DomainError
from interfaces.watching.meters import Meters
from interfaces.watching.tracing import UNTRACED, Tracing
from projections.watching import StepObserver

_NANOSECONDS: Final = 1_000_000_000


class _Command(Told):
    """Until it is answered nobody knows what came of it."""

    def __init__(self, trace_context: str | None) -> None:
        self._trace_context = trace_context
        self.outcome = "failed"

    @property
    def trace_context(self) -> str | None:
        return self._trace_context

    def answered(self, *, replayed: bool, changed: bool) -> None:
        self.outcome = "replayed" if replayed else "done" if changed else "unchanged"


class ProcessObserver(Observer, StepObserver):
    """The one observer of a process, for all of its threads."""

    def __init__(self, meters: Meters, tracing: Tracing = UNTRACED) -> None:
        self.meters, self.tracing = meters, tracing

    @contextmanager
    def carrying_out(self, command: str) -> Iterator[Told]:
        """Counted by name and outcome, timed, and a span of its own."""
        began = perf_counter()
        with self.tracing.command(command) as trace_context:
            told = _Command(trace_context)
            try:
                yield told
            except DomainError as refusal:
                told.outcome = "refused"
                self.meters.refusals.labels(refusal.code).inc()
                raise
            finally:
                self.meters.commands.labels(command, told.outcome).inc()
                self.meters.command_seconds.labels(command).observe(perf_counter() - began)

    @contextmanager
    def appending(self, events: int) -> Iterator[None]:
        """Timed, and a span below the command's."""
        began = perf_counter()
        try:
            with self.tracing.append(events):
                yield
            self.meters.appended.inc(events)
        finally:
            self.meters.append_seconds.observe(perf_counter() - began)

    def stepped(
        self,
        *,
        models: Sequence[str],
        recorded: Sequence[RecordedEvent],
        began_ns: int,
        ended_ns: int,
    ) -> None:
        """Counted by projection, timed, and a span that is linked to the commands of its events."""
        self.meters.steps.inc()
        self.meters.step_seconds.observe((ended_ns - began_ns) / _NANOSECONDS)
        for model in models:
            self.meters.projected.labels(model).inc(len(recorded))
        self.tracing.step(models, recorded, began_ns=began_ns, ended_ns=ended_ns)

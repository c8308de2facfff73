"""A process that is watched: what it measures, where it tells that, and where its traces go."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from functools import partial

from interfaces.bootstrap.runtime import Runtime
from interfaces.watching.collecting import LedgerCollector, exposition
from interfaces.watching.listener import listening
from interfaces.watching.meters import Meters
from interfaces.watching.observing import ProcessObserver
from interfaces.watching.tracing import UNTRACED, Tracing

Report = Callable[[str], None]


@contextmanager
def watched(runtime: Runtime, *, service: str, report: Report) -> Iterator[ProcessObserver]:
    """Measure and trace for the length of the block.

    Traces are sent where OTEL_EXPORTER_OTLP_ENDPOINT says. Metrics are served on
    DYNASTY_METRICS_PORT, if it is set. Refuses with MetricsNotServed.
    """
    settings = runtime.settings
    with ExitStack() as stack:
        tracing: Tracing = UNTRACED
        if settings.otlp_endpoint is not None:
            # A quarter of a second of imports, for those alone who want traces.
            from interfaces.watching.exporting import exporting

            endpoint = str(settings.otlp_endpoint)
            tracing = stack.enter_context(exporting(endpoint, service=service))
        observer = observer_of(runtime, service=service, tracing=tracing)
        if settings.metrics_port is not None:
            told = partial(exposition, observer.meters.registry)
            url = stack.enter_context(listening(settings.metrics_host, settings.metrics_port, told))
            report(f"Metrics: {url}")
        yield observer


def observer_of(runtime: Runtime, *, service: str, tracing: Tracing = UNTRACED) -> ProcessObserver:
    """An observer of everything that the runtime does from now on."""
    meters = Meters(service=service)
    meters.registry.register(LedgerCollector(runtime.watch, runtime.combiner_figures))
    observer = ProcessObserver(meters, tracing)
    runtime.observe_with(observer, observer)
    return observer

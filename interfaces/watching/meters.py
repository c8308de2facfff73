"""What this process counts of its own work, in a registry of its own."""

from __future__ import annotations

from importlib.metadata import version
from typing import Final, TypeVar

from prometheus_client import Counter, Gauge, Histogram, disable_created_metrics
from prometheus_client.process_collector import ProcessCollector
from prometheus_client.registry import CollectorRegistry

from interfaces.watching.catalogue import METRICS

BUCKETS: Final = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)
"""Bounds in seconds: from a lone append to a query that waited as long as it may."""

METHODS: Final = frozenset({"GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"})
"""Those that have a label of their own."""

NO_ROUTE: Final = "none"

# When a counter began is a series more for each, and nobody asks for it.
disable_created_metrics()  # type: ignore[no-untyped-call]


class Meters:
    """Counters and histograms of one process. Counting is safe from any thread."""

    def __init__(self, *, service: str) -> None:
        self.registry = CollectorRegistry()
        ProcessCollector(registry=self.registry)
        info = _described(Gauge, "dynasty_process_info", self.registry)
        info.labels(service, version("dynasty-ledger")).set(1)
        self.requests = _described(Counter, "dynasty_http_requests_total", self.registry)
        self.request_seconds = _timed("dynasty_http_request_seconds", self.registry)
        self.problems = _described(Counter, "dynasty_http_problems_total", self.registry)
        self.commands = _described(Counter, "dynasty_commands_total", self.registry)
        self.command_seconds = _timed("dynasty_command_seconds", self.registry)
        self.refusals = _described(Counter, "dynasty_refusals_total", self.registry)
        self.append_seconds = _timed("dynasty_append_seconds", self.registry)
        self.appended = _described(Counter, "dynasty_appended_events_total", self.registry)
        self.projected = _described(Counter, "dynasty_projection_events_total", self.registry)
        self.steps = _described(Counter, "dynasty_projection_steps_total", self.registry)
        self.step_seconds = _timed("dynasty_projection_step_seconds", self.registry)

    def requested(
        self, *, method: str, route: str | None, status: int, seconds: float, problem: str | None
    ) -> None:
        """A request was answered; `route` is the path with its parameters unfilled."""
        route = route or NO_ROUTE
        self.requests.labels(method, route, str(status)).inc()
        self.request_seconds.labels(method, route).observe(seconds)
        if problem:
            self.problems.labels(problem).inc()


TMeter = TypeVar("TMeter", Counter, Gauge)


def _described(kind: type[TMeter], name: str, registry: CollectorRegistry) -> TMeter:
    described = METRICS[name]
    return kind(name, described.help, tuple(described.labels), registry=registry)


def _timed(name: str, registry: CollectorRegistry) -> Histogram:
    described = METRICS[name]
    return Histogram(
        name, described.help, tuple(described.labels), registry=registry, buckets=BUCKETS
    )

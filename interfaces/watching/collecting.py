"""Looks when a scrape asks, and tells in Prometheus' text form."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import accumulate
from typing import Final

from prometheus_client import generate_latest
from prometheus_client.metrics_core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
    Metric,
)
from prometheus_client.registry import Collector, CollectorRegistry
from typing_extensions import override

from application.watching.figures import CombinerFigures, Missing
from domain.errors import DomainError
from interfaces.watching.catalogue import METRICS
from interfaces.watching.families import families
from interfaces.watching.watch import Seen, Watch

MEDIA_TYPE: Final = "text/plain; version=0.0.4; charset=utf-8"
_GAUGES: Final = {
    "dynasty_combiner_waiting_appends": "waiting",
    "dynasty_combiner_in_flight_appends": "in_flight",
    "dynasty_combiner_largest_batch_appends": "largest_batch",
}
_COUNTERS: Final = {
    "dynasty_combiner_appends_total": "appends",
    "dynasty_combiner_stored_total": "stored",
    "dynasty_combiner_replayed_total": "replayed",
    "dynasty_combiner_conflicts_total": "conflicts",
    "dynasty_combiner_refused_total": "refused",
    "dynasty_combiner_turned_away_total": "turned_away",
}
_BATCHES: Final = "dynasty_combiner_batch_appends"


class LedgerCollector(Collector):
    """What a look at the ledger tells, and what the append combiner of this process counts."""

    def __init__(self, watch: Watch, combiner: Callable[[], CombinerFigures | Missing]) -> None:
        self._watch, self._combiner = watch, combiner

    @override
    def collect(self) -> Iterator[Metric]:
        yield from families(self._seen())
        yield from combiner_families(self._combiner())

    def _seen(self) -> Seen | None:
        """None when the database does not answer: that, too, is told, and so is all of the rest."""
        try:
            return self._watch.look()
        except DomainError:
            return None


def combiner_families(found: CombinerFigures | Missing) -> Iterator[Metric]:
    """Without samples in a process that never opened the ledger."""
    known = None if isinstance(found, Missing) else found
    for name, field in _GAUGES.items():
        gauge = GaugeMetricFamily(name, METRICS[name].help)
        if known:
            gauge.add_metric((), getattr(known, field))
        yield gauge
    for name, field in _COUNTERS.items():
        counter = CounterMetricFamily(name, METRICS[name].help)
        if known:
            counter.add_metric((), getattr(known, field))
        yield counter
    batches = HistogramMetricFamily(_BATCHES, METRICS[_BATCHES].help)
    if known:
        sizes = sorted(known.batch_sizes)
        sums = accumulate(known.batch_sizes[size] for size in sizes)
        buckets = [(str(size), total) for size, total in zip(sizes, sums, strict=True)]
        batches.add_metric(
            (), [*buckets, ("+Inf", sum(known.batch_sizes.values()))], sum_value=known.appends
        )
    yield batches


def exposition(registry: CollectorRegistry) -> bytes:
    """Everything in the registry, as a scrape takes it."""
    return generate_latest(registry)

"""Where spans go: to a collector over OTLP/HTTP, in batches, behind everything else."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import OTELResourceDetector, Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SpanExporter

from interfaces.watching.spans import OtelTracing

EXPORT_SECONDS_MAX: Final = 5
FLUSH_MS_MAX: Final = 5_000
QUEUE_MAX: Final = 2_048
"""Spans that wait to be sent; what comes on top of them is dropped."""


@contextmanager
def exporting(endpoint: str, *, service: str) -> Iterator[OtelTracing]:
    """Send the spans of the block to a collector. One that does not answer costs spans, no time."""
    exporter = OTLPSpanExporter(
        endpoint=f"{endpoint.rstrip('/')}/v1/traces", timeout=EXPORT_SECONDS_MAX
    )
    with spans_to(exporter, service=service) as tracing:
        yield tracing


@contextmanager
def spans_to(exporter: SpanExporter, *, service: str) -> Iterator[OtelTracing]:
    """Give the spans of the block to an exporter; the last of them when it ends."""
    resource = Resource({"service.name": f"dynasty-{service}"})
    provider = TracerProvider(
        # OTEL_SERVICE_NAME and OTEL_RESOURCE_ATTRIBUTES have the last word.
        resource=resource.merge(OTELResourceDetector().detect()),
        shutdown_on_exit=False,
    )
    processor = BatchSpanProcessor(
        exporter, max_queue_size=QUEUE_MAX, export_timeout_millis=EXPORT_SECONDS_MAX * 1_000
    )
    provider.add_span_processor(processor)
    try:
        yield OtelTracing(provider)
    finally:
        processor.force_flush(FLUSH_MS_MAX)
        provider.shutdown()

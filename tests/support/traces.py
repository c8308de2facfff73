"""Spans kept in memory, and recorded events that carry a trace."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from application.log import RecordedEvent
from interfaces.watching.spans import OtelTracing


@dataclass
class Traces:
    """A tracing, and the spans that have ended."""

    tracing: OtelTracing
    exporter: InMemorySpanExporter

    @property
    def spans(self) -> Sequence[ReadableSpan]:
        return self.exporter.get_finished_spans()

    def one(self, name: str) -> ReadableSpan:
        (found,) = [span for span in self.spans if span.name == name]
        return found


@contextmanager
def traces() -> Iterator[Traces]:
    """Spans of the block, kept as they end."""
    exporter, provider = InMemorySpanExporter(), TracerProvider(shutdown_on_exit=False)
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    try:
        yield Traces(OtelTracing(provider), exporter)
    finally:
        provider.shutdown()


def header_of(span: ReadableSpan) -> str:
    """The `traceparent` of whatever lies below a span."""
    assert span.context is not None
    ids = f"{span.context.trace_id:032x}-{span.context.span_id:016x}"
    return f"00-{ids}-{span.context.trace_flags:02x}"


def recorded(position: int, trace_context: str | None = None) -> RecordedEvent:
    """An event of the log."""
    at = datetime(2026, 3, 2, 18, tzinfo=UTC)
    return RecordedEvent(
        ledger_seq=position, stream_id=UUID(int=1), stream_version=position,
        event_id=UUID(int=position), event_type="account.trade_recorded", schema_version=1,
        payload="{}", actor="test", correlation_id=None, causation_id=None, request_id=None,
        reason=None, effective_at=at, recorded_at=at, trace_context=trace_context,
    )  # fmt: skip

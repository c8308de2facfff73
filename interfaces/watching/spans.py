"""Spans by OpenTelemetry: a request, its command and its append in one trace, and the steps of the
projections linked to it.

A span tells names, counts and codes: no identifier of an account or a trader, and no sentence.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from itertools import islice
from time import monotonic_ns, time_ns
from typing import Final

from opentelemetry.context import Context
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.trace import (
    Link,
    NonRecordingSpan,
    Span,
    SpanContext,
    SpanKind,
    Status,
    StatusCode,
    TraceFlags,
    format_span_id,
    format_trace_id,
    set_span_in_context,
)
from typing_extensions import override

from application.log import RecordedEvent
from domain.errors import DomainError
from interfaces.watching.traceparent import TRACEPARENT, is_sampled
from interfaces.watching.tracing import RequestSpan, Tracing

LINKS_MAX: Final = 64
"""A step of a thousand events is linked to so many of their commands, the first ones."""

SERVER_FAULT: Final = 500


class _Request(RequestSpan):
    def __init__(self, span: Span, method: str) -> None:
        self._span, self._method = span, method

    @override
    def answered(self, *, route: str | None, status: int) -> None:
        self._span.set_attribute("http.response.status_code", status)
        if route:
            self._span.update_name(f"{self._method} {route}")
            self._span.set_attribute("http.route", route)
        if status >= SERVER_FAULT:
            self._span.set_status(Status(StatusCode.ERROR))


class OtelTracing(Tracing):
    """Spans of one provider; nothing global."""

    def __init__(self, provider: TracerProvider) -> None:
        self._tracer = provider.get_tracer("dynasty-ledger")

    @contextmanager
    def request(self, *, method: str, parent: str, request_id: str) -> Iterator[RequestSpan]:
        """Below the caller's span, if there is one."""
        attributes = {"http.request.method": method, "dynasty.request_id": request_id}
        with self._span(
            method, kind=SpanKind.SERVER, context=_below(parent), attributes=attributes
        ) as span:
            yield _Request(span, method)

    @contextmanager
    def command(self, name: str) -> Iterator[str | None]:
        """Below the request, or the beginning of a trace."""
        with self._span(f"command {name}", attributes={"dynasty.command": name}) as span:
            yield _written(span.get_span_context())

    @contextmanager
    def append(self, events: int) -> Iterator[None]:
        """Below the command."""
        with self._span("append", kind=SpanKind.CLIENT, attributes={"dynasty.events": events}):
            yield

    @override
    def step(
        self,
        models: Sequence[str],
        recorded: Sequence[RecordedEvent],
        *,
        began_ns: int,
        ended_ns: int,
    ) -> None:
        traced = dict.fromkeys(each.trace_context for each in recorded if each.trace_context)
        linked = list(islice(filter(is_sampled, traced), LINKS_MAX))
        if not linked:
            return
        since_epoch = time_ns() - monotonic_ns()
        span = self._tracer.start_span(
            "project",
            context=Context(),
            kind=SpanKind.CONSUMER,
            links=[Link(_read(each)) for each in linked],
            start_time=since_epoch + began_ns,
            attributes={
                "dynasty.models": list(models),
                "dynasty.events": len(recorded),
                "dynasty.first_position": recorded[0].ledger_seq,
                "dynasty.last_position": recorded[-1].ledger_seq,
                "dynasty.traced_commands": len(traced),
            },
        )
        span.end(since_epoch + ended_ns)

    @contextmanager
    def _span(
        self,
        name: str,
        *,
        attributes: Mapping[str, str | int],
        kind: SpanKind = SpanKind.INTERNAL,
        context: Context | None = None,
    ) -> Iterator[Span]:
        """A refusal is an answer, not a fault. What else is raised is told by its kind alone."""
        with self._tracer.start_as_current_span(
            name,
            context=context,
            kind=kind,
            attributes=attributes,
            record_exception=False,
            set_status_on_exception=False,
        ) as span:
            try:
                yield span
            except DomainError as refusal:
                span.set_attribute("dynasty.code", refusal.code)
                raise
            except Exception as fault:
                span.set_status(Status(StatusCode.ERROR))
                span.set_attribute("error.type", type(fault).__name__)
                raise


def _below(parent: str) -> Context:
    """The context of a caller's `traceparent`, or an empty one."""
    if not TRACEPARENT.fullmatch(parent):
        return Context()
    return set_span_in_context(NonRecordingSpan(_read(parent)), Context())


def _read(given: str) -> SpanContext:
    found = TRACEPARENT.fullmatch(given)
    assert found is not None, "it was looked at before"
    return SpanContext(
        trace_id=int(found[1], 16),
        span_id=int(found[2], 16),
        is_remote=True,
        trace_flags=TraceFlags(int(found[3], 16)),
    )


def _written(span: SpanContext) -> str | None:
    if not span.is_valid:
        return None
    ids = f"{format_trace_id(span.trace_id)}-{format_span_id(span.span_id)}"
    return f"00-{ids}-{span.trace_flags:02x}"

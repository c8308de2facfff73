"""Spans: what lies below what, what is linked to what, and what none of them tells."""

from collections.abc import Iterator
from time import monotonic_ns

import pytest
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.trace import SpanKind, StatusCode

from domain.errors import DomainError
from interfaces.watching.spans import LINKS_MAX
from interfaces.watching.tracing import UNTRACED, Tracing
from tests.support.traces import Traces, header_of, recorded, traces

GIVEN = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
TRACE, CALLER = int(GIVEN[3:35], 16), int(GIVEN[36:52], 16)


class TooEarly(DomainError):
    """It is too early."""

    code = "too-early"


@pytest.fixture
def kept() -> Iterator[Traces]:
    with traces() as found:
        yield found


def command_in_a_request(tracing: Tracing, parent: str = GIVEN) -> str | None:
    """The trace of a command that a request with this header asks for."""
    with (
        tracing.request(method="POST", parent=parent, request_id="r-1") as request,
        tracing.command("RecordTrade") as trace_context,
        tracing.append(2),
    ):
        request.answered(route="/v1/accounts/{account_id}/trades", status=201)
    return trace_context


def parent_of(span: ReadableSpan) -> int | None:
    return span.parent.span_id if span.parent else None


def id_of(span: ReadableSpan) -> int:
    assert span.context is not None
    return int(span.context.span_id)


class TestARequest:
    def test_lies_below_its_caller_and_above_its_command_and_append(self, kept: Traces) -> None:
        trace_context = command_in_a_request(kept.tracing)
        request = kept.one("POST /v1/accounts/{account_id}/trades")
        command, append = kept.one("command RecordTrade"), kept.one("append")
        assert parent_of(request) == CALLER
        assert parent_of(command) == id_of(request)
        assert parent_of(append) == id_of(command)
        assert {span.context.trace_id for span in kept.spans if span.context} == {TRACE}
        assert trace_context == header_of(command)

    @pytest.mark.parametrize("parent", ["", "nonsense", GIVEN.upper(), GIVEN + "0"])
    def test_without_a_caller_of_its_own_begins_a_trace(self, kept: Traces, parent: str) -> None:
        trace_context = command_in_a_request(kept.tracing, parent)
        request = kept.one("POST /v1/accounts/{account_id}/trades")
        assert request.parent is None
        assert trace_context is not None
        assert GIVEN[3:35] not in trace_context

    def test_that_nobody_samples_makes_no_spans_and_keeps_its_trace(self, kept: Traces) -> None:
        trace_context = command_in_a_request(kept.tracing, GIVEN[:-2] + "00")
        assert kept.spans == ()
        assert trace_context is not None
        assert (trace_context[:35], trace_context[-2:]) == (GIVEN[:35], "00")

    def test_that_failed_says_so(self, kept: Traces) -> None:
        with kept.tracing.request(method="GET", parent="", request_id="r") as request:
            request.answered(route=None, status=503)
        span = kept.one("GET")
        assert (span.kind, span.status.status_code) == (SpanKind.SERVER, StatusCode.ERROR)


class TestACommand:
    def test_on_its_own_begins_a_trace(self, kept: Traces) -> None:
        with kept.tracing.command("PassTime") as trace_context:
            pass
        span = kept.one("command PassTime")
        assert span.parent is None
        assert trace_context == header_of(span)

    def test_that_is_refused_is_no_fault_and_tells_its_code_alone(self, kept: Traces) -> None:
        with pytest.raises(TooEarly), kept.tracing.command("PassTime"):
            raise TooEarly("It is too early for alice.")
        span = kept.one("command PassTime")
        assert span.status.status_code is StatusCode.UNSET
        assert span.attributes == {"dynasty.command": "PassTime", "dynasty.code": "too-early"}
        assert span.events == ()

    def test_that_fails_tells_the_kind_of_fault_alone(self, kept: Traces) -> None:
        with pytest.raises(ValueError, match="hunter2"), kept.tracing.command("PassTime"):
            raise ValueError("hunter2")
        span = kept.one("command PassTime")
        assert span.status.status_code is StatusCode.ERROR
        assert "hunter2" not in span.to_json()


def step(kept: Traces, *contexts: str | None) -> None:
    events = [recorded(place, given) for place, given in enumerate(contexts, start=1)]
    now = monotonic_ns()
    kept.tracing.step(["accounts", "trades"], events, began_ns=now - 2_000_000, ended_ns=now)


class TestAStep:
    def test_is_linked_to_each_command_once_and_lies_below_none(self, kept: Traces) -> None:
        other = GIVEN.replace("4bf9", "5bf9")
        step(kept, GIVEN, GIVEN, None, other)
        span = kept.one("project")
        assert span.parent is None
        assert [f"{link.context.trace_id:032x}" for link in span.links] == [
            GIVEN[3:35], other[3:35],
        ]  # fmt: skip
        assert {link.context.span_id for link in span.links} == {CALLER}
        assert span.attributes is not None
        assert span.attributes["dynasty.models"] == ("accounts", "trades")
        assert (
            span.attributes["dynasty.first_position"],
            span.attributes["dynasty.last_position"],
            span.attributes["dynasty.events"],
        ) == (1, 4, 4)

    def test_took_as_long_as_it_took(self, kept: Traces) -> None:
        step(kept, GIVEN)
        span = kept.one("project")
        assert span.start_time is not None
        assert span.end_time is not None
        assert span.end_time - span.start_time == 2_000_000

    def test_of_many_commands_is_linked_to_some_and_counts_them_all(self, kept: Traces) -> None:
        many = [f"00-{number:032x}-{number:016x}-01" for number in range(1, LINKS_MAX + 4)]
        step(kept, *many)
        span = kept.one("project")
        assert len(span.links) == LINKS_MAX
        assert span.attributes is not None
        assert span.attributes["dynasty.traced_commands"] == LINKS_MAX + 3

    @pytest.mark.parametrize("given", [None, GIVEN[:-2] + "00", "not a trace", GIVEN + "-and-more"])
    def test_of_what_nobody_traces_is_no_span(self, kept: Traces, given: str | None) -> None:
        step(kept, given)
        assert kept.spans == ()


class TestUntraced:
    def test_passes_the_trace_of_a_request_on(self) -> None:
        assert command_in_a_request(UNTRACED) == GIVEN

    @pytest.mark.parametrize("parent", ["", "nonsense", GIVEN + "0"])
    def test_passes_nothing_else_on(self, parent: str) -> None:
        assert command_in_a_request(UNTRACED, parent) is None

    def test_forgets_the_trace_after_the_request(self) -> None:
        command_in_a_request(UNTRACED)
        with UNTRACED.command("PassTime") as trace_context:
            assert trace_context is None

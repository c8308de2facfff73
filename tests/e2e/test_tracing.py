"""One trace through real processes: a request, its command, its append, and the step after it."""

from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from queue import Empty, Queue
from signal import SIGTERM

from opentelemetry.proto.trace.v1.trace_pb2 import Span

from tests.support.collector import Got, collector
from tests.support.processes import serving

TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"
RELEASE = {
    "release_id": "nfp-2030-01",
    "title": "Nonfarm payrolls",
    "released_at": "2029-11-02T12:30:00Z",
    "impact": "high",
}


def spans(got: "Queue[Got]") -> Iterator[Span]:
    """Everything that was sent."""
    with suppress(Empty):
        while True:
            _, request = got.get_nowait()
            for resource in request.resource_spans:
                for scope in resource.scope_spans:
                    yield from scope.spans


def test_a_trace_leads_from_a_request_to_the_projections(directory: Path) -> None:
    with collector() as (url, got):
        with (
            serving(directory, "--no-demo-data", OTEL_EXPORTER_OTLP_ENDPOINT=url) as server,
            server.client("admin") as client,
        ):
            headers = {"traceparent": f"00-{TRACE}-00f067aa0ba902b7-01", "Idempotency-Key": "k-1"}
            answer = client.post("/v1/news", json=RELEASE, headers=headers)
            assert answer.is_success, answer.text
            position = answer.headers["Ledger-Position"]
            read = client.get(
                "/v1/news",
                headers={"Ledger-Position-Min": position, "Prefer": "wait=10"},
            )
            assert read.is_success, read.text
            assert server.stop(SIGTERM) == 0
        found = list(spans(got))
        ours = {each.name: each for each in found if each.trace_id.hex() == TRACE}
        assert {"POST /v1/news", "command ScheduleRelease", "append"} <= ours.keys()
        linked = {
            (link.trace_id, link.span_id)
            for each in found
            if each.name == "project"
            for link in each.links
        }
        command = ours["command ScheduleRelease"]
        assert (command.trace_id, command.span_id) in linked

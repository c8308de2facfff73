"""Spans sent over HTTP to a collector, as it really gets them; and to none."""

import pytest

from interfaces.watching import exporting as module
from interfaces.watching.exporting import exporting
from tests.support.collector import collector


def test_a_collector_gets_the_spans_of_a_process_before_it_ends() -> None:
    with collector() as (url, got):
        with exporting(f"{url}/", service="api") as tracing, tracing.command("RecordTrade"):
            pass
        path, request = got.get(timeout=10)
        assert path == "/v1/traces"
        (resource,) = request.resource_spans
        attributes = {each.key: each.value.string_value for each in resource.resource.attributes}
        assert attributes["service.name"] == "dynasty-api"
        assert [span.name for span in resource.scope_spans[0].spans] == ["command RecordTrade"]


def test_the_environment_may_name_the_service(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OTEL_SERVICE_NAME", "ledger-eu")
    with collector() as (url, got):
        with exporting(url, service="api") as tracing, tracing.command("RecordTrade"):
            pass
        _, request = got.get(timeout=10)
        attributes = request.resource_spans[0].resource.attributes
        assert "ledger-eu" in {each.value.string_value for each in attributes}


def test_a_collector_that_is_not_there_keeps_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "EXPORT_SECONDS_MAX", 1)
    with collector() as (url, _):
        pass
    with exporting(url, service="api") as tracing, tracing.command("RecordTrade") as trace_context:
        assert trace_context is not None

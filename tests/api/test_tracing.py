"""One trace leads from a request through the stored event to the projections."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from application.log import RecordedEvent
from interfaces.http.app import create_app
from interfaces.watching.meters import Meters
from interfaces.watching.observing import ProcessObserver
from projections.stepping import Stepper
from tests.api.world import NOON, SECRET, World, client_of, trade, world_on
from tests.support.postgres import Database
from tests.support.traces import Traces, header_of, traces

TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"
GIVEN = f"00-{TRACE}-00f067aa0ba902b7-01"


@contextmanager
def traced(database: Database) -> Iterator[tuple[World, Traces, ProcessObserver]]:
    """The API, whose spans are kept in memory."""
    with world_on(database) as world, traces() as kept:
        observer = ProcessObserver(Meters(service="test"), kept.tracing)
        world.runtime.observe_with(observer, observer)
        app = create_app(world.runtime, clock=lambda: NOON, secret=SECRET, observer=observer)
        with client_of(app) as client:
            yield World(world.runtime, client), kept, observer


def recorded(world: World) -> RecordedEvent:
    """The last event of the log."""
    head = world.runtime.log.head()
    (event,) = world.runtime.log.read(after=head - 1, limit=1)
    return event


def test_a_trace_leads_from_a_request_through_the_event_to_the_projections(
    database: Database,
) -> None:
    with traced(database) as (world, kept, observer):
        path = world.opened()
        world.catch_up()
        kept.exporter.clear()
        answer = world.post(f"{path}/trades", trade(), traceparent=GIVEN)
        assert answer.status_code == 202, answer.text
        event = recorded(world)
        with world.runtime.projector.connection() as session:
            Stepper(world.runtime.log, observer=observer).step(session)
        request = kept.one("POST /v1/accounts/{account_id}/trades")
        command, append = kept.one("command RecordTrade"), kept.one("append")
        for span in (request, command, append):
            assert span.context is not None
            assert f"{span.context.trace_id:032x}" == TRACE
        assert event.trace_context == header_of(command)
        step = kept.one("project")
        assert [
            (f"{link.context.trace_id:032x}", f"{link.context.span_id:016x}") for link in step.links
        ] == [(TRACE, event.trace_context[36:52])]
        assert step.attributes is not None
        assert step.attributes["dynasty.last_position"] == event.ledger_seq


def test_no_span_tells_of_anybody(database: Database) -> None:
    with traced(database) as (world, kept, _):
        path = world.opened()
        world.post(f"{path}/trades", trade())
        world.post(f"{path}/trades", trade(quantity=2))
        world.get(f"{path}?plan=Secret")
        told = "".join(span.to_json() for span in kept.spans)
        assert "dynasty.code" in told
        for secret in (path.rpartition("/")[2], "alice", "Secret", "t-1", "ESH6"):
            assert secret not in told


@pytest.mark.parametrize(
    ("given", "stored"),
    [(GIVEN, GIVEN), ("", None), (GIVEN + "-more", None), (GIVEN.replace("f", "F"), None)],
)
def test_where_nothing_is_traced_the_callers_trace_is_stored(
    world: World, given: str, stored: str | None
) -> None:
    path = world.opened()
    world.post(f"{path}/trades", trade(), traceparent=given, tracestate="secret=1")
    event = recorded(world)
    assert event.trace_context == stored
    assert "secret" not in repr(event)

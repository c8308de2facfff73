"""The observer of a process counts what came of commands, appends and steps."""

from collections.abc import Callable

import pytest
from prometheus_client.registry import CollectorRegistry

from application.context import CommandContext, acting, current_context
from application.errors import WriteConflict
from application.ledger import Receipt
from application.observing import Told
from application.pipeline import carry_out
from domain.kernel import UUID
from interfaces.watching.meters import Meters
from interfaces.watching.observing import ProcessObserver
from tests.support.traces import Traces, header_of, recorded, traces
from tests.unit.application.memory import MemoryLedger


class Ask:
    """A command."""


STREAM = UUID(int=1)
DONE = Receipt(stream_id=STREAM, version=1, position=1)


def observed() -> tuple[MemoryLedger, CollectorRegistry]:
    ledger, meters = MemoryLedger(), Meters(service="test")
    ledger.observer = ProcessObserver(meters)
    return ledger, meters.registry


def counted(registry: CollectorRegistry, name: str, **labels: str) -> float:
    return registry.get_sample_value(name, labels) or 0


def answering(receipt: Receipt) -> Callable[[Ask, object], Receipt]:
    return lambda _command, _ledger: receipt


@pytest.mark.parametrize(
    ("receipt", "outcome"),
    [
        (DONE, "done"),
        (Receipt(stream_id=STREAM, version=1, position=None), "unchanged"),
        (Receipt(stream_id=STREAM, version=1, position=1, replayed=True), "replayed"),
    ],
)
def test_an_answer_is_counted(receipt: Receipt, outcome: str) -> None:
    ledger, registry = observed()
    carry_out(answering(receipt), Ask(), ledger)
    assert counted(registry, "dynasty_commands_total", command="Ask", outcome=outcome) == 1
    assert counted(registry, "dynasty_command_seconds_count", command="Ask") == 1


def test_a_refusal_is_counted_by_its_code() -> None:
    def lose(_command: Ask, _ledger: object) -> Receipt:
        raise WriteConflict("Somebody was faster.")

    ledger, registry = observed()
    with pytest.raises(WriteConflict):
        carry_out(lose, Ask(), ledger)
    assert counted(registry, "dynasty_commands_total", command="Ask", outcome="refused") == 1
    assert counted(registry, "dynasty_refusals_total", code="write-conflict") == 1


def test_a_fault_is_counted_as_one() -> None:
    def fail(_command: Ask, _ledger: object) -> Receipt:
        raise ValueError("broken")

    ledger, registry = observed()
    with pytest.raises(ValueError, match="broken"):
        carry_out(fail, Ask(), ledger)
    assert counted(registry, "dynasty_commands_total", command="Ask", outcome="failed") == 1


def test_an_append_that_fails_is_timed_and_not_counted() -> None:
    meters = Meters(service="test")
    observer = ProcessObserver(meters)
    with observer.appending(3):
        pass
    with pytest.raises(WriteConflict), observer.appending(5):
        raise WriteConflict("Somebody was faster.")
    assert counted(meters.registry, "dynasty_appended_events_total") == 3
    assert counted(meters.registry, "dynasty_append_seconds_count") == 2


def test_a_step_is_counted_for_each_of_its_models() -> None:
    meters = Meters(service="test")
    events = [recorded(1), recorded(2)]
    ProcessObserver(meters).stepped(
        models=["accounts", "trades"], recorded=events, began_ns=0, ended_ns=30_000_000
    )
    registry = meters.registry
    for model in ("accounts", "trades"):
        assert counted(registry, "dynasty_projection_events_total", projection=model) == 2
    assert counted(registry, "dynasty_projection_steps_total") == 1
    assert counted(registry, "dynasty_projection_step_seconds_sum") == pytest.approx(0.03)


@pytest.fixture
def seen() -> list[str | None]:
    """The traces in which commands were carried out."""
    return []


def traced(kept: Traces, seen: list[str | None], context: CommandContext) -> None:
    def look(_command: Ask, _ledger: object) -> Receipt:
        seen.append(current_context().trace_context)
        return DONE

    ledger = MemoryLedger()
    ledger.observer = ProcessObserver(Meters(service="test"), kept.tracing)
    with acting(context):
        carry_out(look, Ask(), ledger)
        assert current_context() == context


def test_the_trace_of_a_command_is_in_its_context_and_only_there(seen: list[str | None]) -> None:
    with traces() as kept:
        traced(kept, seen, CommandContext(actor="test", request_id="r-1"))
        span = kept.one("command Ask")
        assert seen == [header_of(span)]


def test_nobody_is_told_of_a_ledger_without_an_observer() -> None:
    told: list[Told] = []
    ledger = MemoryLedger()
    assert carry_out(answering(DONE), Ask(), ledger) == DONE
    with ledger.observer.carrying_out("Ask") as one, ledger.observer.carrying_out("Ask") as other:
        told += [one, other]
    assert {each.trace_context for each in told} == {None}

"""Projecting and rebuilding all read models, beside a bare read and decode of the same rows."""

from __future__ import annotations

from time import perf_counter_ns
from typing import Any

from application.log import LogSelection
from interfaces.bootstrap import Runtime
from interfaces.rebuilding.working import all_hands
from projections.daemon import catch_up
from projections.read_models import READ_MODELS
from projections.rebuild import Rebuilder
from tests.bench.measuring import ratio


def bench_projecting(runtime: Runtime) -> dict[str, Any]:
    """Rates in events a second; the log is full and the read models are where they were.

    A rebuild is all of it: loading, indexes, comparing and the switch.
    """
    head = runtime.log.head()
    began = perf_counter_ns()
    events = sum(1 for _ in map(runtime.log.decode, runtime.log.stream(LogSelection())))
    bare = _per_second(events, began)
    behind = head - _least_position(runtime)
    began = perf_counter_ns()
    catch_up(log=runtime.log, pool=runtime.projector)
    live = _per_second(behind, began)
    alone, together = (_rebuilt(runtime, head, processes=count) for count in (1, 2))
    return {
        "projection": {
            "events": behind,
            "models": len(READ_MODELS),
            "live_per_second": live,
            "rebuild_per_second": alone,
            "rebuild_two_processes_per_second": together,
            "bare_select_and_decode_per_second": bare,
            "rebuild_times_slower_than_bare": ratio(bare, together),
        }
    }


def _rebuilt(runtime: Runtime, head: int, *, processes: int) -> int:
    helpers = all_hands(runtime, processes=processes)
    began = perf_counter_ns()
    rebuilder = Rebuilder(runtime.log, runtime.projector, helpers=helpers)
    rebuilder.rebuild(READ_MODELS, progress=lambda *_: None)
    return _per_second(head, began)


def _per_second(events: int, began: int) -> int:
    return events * 1_000_000_000 // (perf_counter_ns() - began)


def _least_position(runtime: Runtime) -> int:
    with runtime.read_models.connection() as connection:
        row = connection.execute("SELECT min(position) FROM read.positions").fetchone()
    assert row is not None
    return int(row[0])

"""Projecting and rebuilding all read models, beside bare SELECT and bare COPY of the same rows."""

from __future__ import annotations

from time import perf_counter_ns
from typing import Any, Final

from psycopg import connect
from psycopg.sql import SQL, Identifier

from application.log import LogSelection
from interfaces.bootstrap.runtime import Runtime
from interfaces.rebuilding.working import all_hands
from projections.daemon import catch_up
from projections.read_models import READ_MODELS
from projections.rebuild import Rebuilder
from tests.bench.cpu import Spent, spending
from tests.bench.measuring import ratio

COPIES: Final = "bench_copies"


def bench_projecting(runtime: Runtime) -> dict[str, Any]:
    """Rates in events a second; the log is full and the read models are where they were.

    A core's rate counts the time at work of this process and of the database together. A rebuild
    is all of it: loading, indexes, comparing and the switch.
    """
    head, url = runtime.log.head(), runtime.database_url
    with spending(url) as bare:
        events = sum(1 for _ in map(runtime.log.decode, runtime.log.stream(LogSelection())))
    behind = head - _least_position(runtime)
    with spending(url) as live:
        catch_up(log=runtime.log, pool=runtime.projector)
    alone, together = (rebuilt(runtime, processes=count) for count in (1, 2))
    rows, copying_ns = _copied(url)
    copied = head * 1_000_000_000 // copying_ns
    return {
        "projection": {
            "events": behind,
            "models": len(READ_MODELS),
            "live_per_second": live.per_second(behind),
            "live_per_second_a_core": live.per_second_a_core(behind),
            "live_projector_cpu_us_an_event": live.here // behind // 1_000,
            "live_database_cpu_us_an_event": live.database // behind // 1_000,
            "rebuild_one_process_per_second": alone.per_second(head),
            "rebuild_two_processes_per_second": together.per_second(head),
            "rebuild_per_second_a_core": together.per_second_a_core(head),
            "bare_select_and_decode_per_second": bare.per_second(events),
            "bare_copy_rows": rows,
            "bare_copy_per_second": copied,
            "live_times_slower_than_bare_select": ratio(
                bare.per_second(events), live.per_second(behind)
            ),
            "rebuild_times_slower_than_bare_select": ratio(
                bare.per_second(events), together.per_second(head)
            ),
            "rebuild_times_slower_than_bare_copy": ratio(copied, together.per_second(head)),
        }
    }


def rebuilt(runtime: Runtime, *, processes: int) -> Spent:
    """What a rebuild of all read models takes, with the comparison and the switch."""
    helpers = all_hands(runtime, processes=processes)
    with spending(runtime.database_url) as spent:
        rebuilder = Rebuilder(runtime.log, runtime.projector, helpers=helpers)
        rebuilder.rebuild(READ_MODELS, progress=lambda *_: None)
    return spent


def _copied(database_url: str) -> tuple[int, int]:
    """The finished rows of all read models, put by COPY into tables of the same shape: how many,
    and the nanoseconds of that.
    """
    rows = taken = 0
    with connect(database_url, autocommit=True) as session:
        session.execute(SQL("CREATE SCHEMA {}").format(Identifier(COPIES)))
        for table in (name for model in READ_MODELS for name in model.ddl.names):
            source, target = Identifier("read", table), Identifier(COPIES, table)
            session.execute(SQL("CREATE TABLE {} (LIKE {} INCLUDING ALL)").format(target, source))
            with session.cursor() as cursor:
                with cursor.copy(SQL("COPY {} TO STDOUT").format(source)) as out:
                    content = list(out)
                began = perf_counter_ns()
                with cursor.copy(SQL("COPY {} FROM STDIN").format(target)) as into:
                    for piece in content:
                        into.write(piece)
                taken += perf_counter_ns() - began
                rows += cursor.rowcount
        session.execute(SQL("DROP SCHEMA {} CASCADE").format(Identifier(COPIES)))
    return rows, taken


def _least_position(runtime: Runtime) -> int:
    with runtime.read_models.connection() as connection:
        row = connection.execute("SELECT min(position) FROM read.positions").fetchone()
    assert row is not None
    return int(row[0])

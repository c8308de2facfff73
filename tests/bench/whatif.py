"""What-if over the whole log, beside a bare read and decode of the same histories."""

from __future__ import annotations

from collections.abc import Callable
from time import perf_counter_ns, process_time_ns
from typing import Any

from application.plans.catalogue import program
from application.whatif.evaluating import Judges, chunked, evaluate
from application.whatif.questions import Question
from interfaces.bootstrap.runtime import Runtime
from interfaces.whatif.judging import Here, Processes, cores
from tests.bench.measuring import ratio

NANOSECONDS = 1_000_000_000


def bench_whatif(runtime: Runtime) -> dict[str, Any]:
    """Events a second, in one process and side by side; a core's are those of its time at work."""
    histories, last_seq = runtime.histories, runtime.histories.head()
    found = histories.find(account=None, plan=None, last_seq=last_seq)
    events = sum(each.events for each in found)
    question = Question(pack=program("standard-100k").pack("evaluation"))

    def bare() -> None:
        for chunk in chunked(found):
            for _ in histories.read([each.account_id for each in chunk], last_seq=last_seq):
                pass

    def judged(judges: Judges) -> Callable[[], object]:
        return lambda: evaluate(found, judges, receive=id, progress=lambda *_: None)

    baseline, baseline_core = _rates(bare, events)
    alone, alone_core = _rates(judged(Here(histories, question, last_seq)), events)
    processes = Processes(
        database_url=runtime.database_url,
        question=question,
        last_seq=last_seq,
        processes=cores(),
    )
    together, _ = _rates(judged(processes), events)
    return {
        "what_if": {
            "events": events,
            "accounts": len(found),
            "one_process_per_second": alone,
            "a_core_per_second": alone_core,
            "a_core_per_minute": alone_core * 60,
            "processes": cores(),
            "processes_per_second_with_their_start": together,
            "bare_select_and_decode_per_second": baseline,
            "a_core_times_slower_than_bare": ratio(baseline_core, alone_core),
        }
    }


def _rates(work: Callable[[], object], events: int) -> tuple[int, int]:
    """By the clock on the wall, and by the time that this process was at work."""
    began, at_work = perf_counter_ns(), process_time_ns()
    work()
    at_work = process_time_ns() - at_work
    return events * NANOSECONDS // (perf_counter_ns() - began), events * NANOSECONDS // at_work

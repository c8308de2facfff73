"""A thread that is interrupted while its append waits leaves nothing undone for the others."""

from collections.abc import Callable
from dataclasses import replace
from threading import Thread
from time import sleep
from typing import Any, cast
from uuid import UUID

from application.context import NOBODY
from infrastructure.event_store.combiner_limits import DEFAULT_LIMITS
from infrastructure.event_store.combining import AppendCombiner
from infrastructure.event_store.line import Waiting
from infrastructure.event_store.packing import Append, Packed
from infrastructure.event_store.stored import StoredFact
from tests.support.interrupting import interrupt

LIMITS = replace(DEFAULT_LIMITS, gather_seconds=60.0, wait_seconds_max=60.0)


class Caller(Thread):
    """Appends an event of an account of its own, and notes how that ended."""

    def __init__(self, combiner: AppendCombiner, number: int) -> None:
        super().__init__()
        self.combiner, self.ended = combiner, ""
        fact = StoredFact(
            originator_id=UUID(int=number), originator_version=1, topic="t", state=b"{}"
        )
        self.packed = Packed(Append(facts=[fact], context=NOBODY))
        before = len(combiner._line)
        self.start()
        until(lambda: len(combiner._line) == before + 1)
        self.waiting = found(combiner, self.packed)

    def run(self) -> None:
        try:
            self.combiner.append(self.packed)
        except KeyboardInterrupt:
            self.ended = "interrupted"

    def interrupt(self) -> None:
        """And wait for its end."""
        interrupt(self)
        self.waiting.tell()
        self.join()
        assert self.ended == "interrupted"


def found(combiner: AppendCombiner, packed: Packed) -> Waiting:
    queues = combiner._line._queues.values()
    return next(each for queue in queues for each in queue if each.packed is packed)


def timekeeper(combiner: AppendCombiner) -> Waiting | None:
    return combiner._timekeeper


def until(condition: Callable[[], bool]) -> None:
    while not condition():
        sleep(0.001)


def combining() -> AppendCombiner:
    return AppendCombiner(cast("Any", None), cast("Any", None), LIMITS)


def test_who_waits_behind_a_batch_is_not_sent_any_more() -> None:
    combiner = combining()
    combiner._pace.landed(busy=9)
    combiner._flights = 1
    first, second = Caller(combiner, 1), Caller(combiner, 2)
    first.interrupt()
    assert len(combiner._line) == 1
    assert combiner._line.first is second.waiting
    second.interrupt()
    assert (len(combiner._line), combiner._flights) == (0, 1)


def test_who_kept_the_time_is_followed_by_another() -> None:
    combiner = combining()
    combiner._pace.landed(busy=9)
    first, second = Caller(combiner, 1), Caller(combiner, 2)
    assert timekeeper(combiner) is first.waiting
    first.interrupt()
    assert timekeeper(combiner) is second.waiting
    second.interrupt()
    assert timekeeper(combiner) is None


def test_who_was_told_to_lead_is_followed_by_another() -> None:
    combiner = combining()
    combiner._pace.landed(busy=9)
    first, second = Caller(combiner, 1), Caller(combiner, 2)
    with combiner._guard:
        combiner._flights, combiner._timekeeper = 1, None
        first.waiting.leads = 1
    first.interrupt()
    assert combiner._flights == 0
    assert timekeeper(combiner) is second.waiting
    second.interrupt()

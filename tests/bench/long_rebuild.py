"""A rebuild of a log ten times as long as the book, where the seconds of its start count little."""

from __future__ import annotations

from typing import Any, Final

from application.log import LogSelection
from application.simulation.books import Book
from application.simulation.writing import write_book
from interfaces.bootstrap.starting import running
from interfaces.settings import Settings
from tests.bench.cpu import spending
from tests.bench.lengthening import lengthen
from tests.bench.measuring import ratio
from tests.bench.projecting import rebuilt

COPIES: Final = 9
"""Of the accounts of the book, beside themselves."""


def bench_long_rebuild(book: Book) -> dict[str, Any]:
    """On a server of its own. The first rebuild fills the read models and is not counted: the
    second is all of it, with the comparison of every row.
    """
    with running(Settings(), data_dir=None) as runtime:
        write_book(book, runtime.ledger, runtime.log)
        head = lengthen(runtime.database_url, copies=COPIES)
        rebuilt(runtime, processes=2)
        with spending(runtime.database_url) as bare:
            events = sum(1 for _ in map(runtime.log.decode, runtime.log.stream(LogSelection())))
        together = rebuilt(runtime, processes=2)
    return {
        "long_rebuild": {
            "events": head,
            "two_processes_per_second": together.per_second(head),
            "per_second_a_core": together.per_second_a_core(head),
            "here_cpu_us_an_event": together.here // head // 1_000,
            "database_cpu_us_an_event": together.database // head // 1_000,
            "bare_select_and_decode_per_second": bare.per_second(events),
            "times_slower_than_bare_select": ratio(
                bare.per_second(events), together.per_second(head)
            ),
        }
    }

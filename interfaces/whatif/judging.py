"""Accounts judged in this process, or side by side in others.

Each process reads whole histories through a connection of its own, as the reader, and answers with
what it found; none of them can write anything.
"""

from __future__ import annotations

import os
import signal
from collections import deque
from collections.abc import Generator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from itertools import islice
from multiprocessing import get_context, parent_process
from threading import Thread
from typing import Final

from typing_extensions import override

from application.whatif.answers import Answer
from application.whatif.evaluating import Chunk, Judges, answer_chunk
from application.whatif.histories import Histories
from application.whatif.questions import Question
from domain.errors import DomainError
from interfaces.bootstrap.starting import histories_on

PROCESSES_MAX: Final = 64
_WAITING_PER_PROCESS: Final = 3


class WhatIfInterrupted(DomainError):
    """A process that judged accounts ended before its time."""

    code = "whatif-interrupted"


@dataclass(frozen=True, slots=True)
class Here(Judges):
    """This process, one chunk after the other."""

    histories: Histories
    question: Question
    last_seq: int

    @override
    def answers(self, chunks: Sequence[Chunk]) -> Generator[Sequence[Answer], None, None]:
        for chunk in chunks:
            yield answer_chunk(self.histories, self.question, chunk, last_seq=self.last_seq)


@dataclass(frozen=True, slots=True, kw_only=True)
class Processes(Judges):
    """Processes started for this question alone, and ended with it."""

    database_url: str
    question: Question
    last_seq: int
    processes: int

    @override
    def answers(self, chunks: Sequence[Chunk]) -> Generator[Sequence[Answer], None, None]:
        """No more chunks are handed out than the processes can soon take: memory stays flat."""
        pool = ProcessPoolExecutor(
            max(1, min(self.processes, len(chunks))),
            # Threads and connections of this process must not be forked.
            mp_context=get_context("spawn"),
            initializer=_begin,
            initargs=(self.database_url, self.question, self.last_seq),
        )
        ahead = iter(chunks)
        waiting: deque[Future[list[Answer]]] = deque()
        try:
            for chunk in islice(ahead, self.processes * _WAITING_PER_PROCESS):
                waiting.append(pool.submit(_answered, chunk))
            while waiting:
                yield waiting.popleft().result()
                waiting.extend(pool.submit(_answered, chunk) for chunk in islice(ahead, 1))
        except BrokenProcessPool as fault:
            raise WhatIfInterrupted(
                "A process that judged accounts was ended from outside, perhaps for want of memory."
                " Nothing was changed by it; ask again, with fewer processes."
            ) from fault
        finally:
            pool.shutdown(wait=True, cancel_futures=True)


def cores() -> int:
    """How many processes can work side by side here."""
    return min(len(os.sched_getaffinity(0)), PROCESSES_MAX)


_at_work: tuple[Histories, Question, int] | None = None


def _begin(database_url: str, question: Question, last_seq: int) -> None:
    """What a new process does first. Ctrl-C is for its parent, and ends it with its parent."""
    global _at_work  # noqa: PLW0603 (the one state of a process that does nothing else)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    Thread(target=_end_with_parent, daemon=True).start()
    _at_work = histories_on(database_url), question, last_seq


def _end_with_parent() -> None:
    """A parent that was killed tells nobody; without this its children would wait for ever."""
    parent = parent_process()
    assert parent is not None, "this process was started by another"
    parent.join()
    os._exit(1)


def _answered(chunk: Chunk) -> list[Answer]:
    assert _at_work is not None, "the process has begun"
    histories, question, last_seq = _at_work
    return answer_chunk(histories, question, chunk, last_seq=last_seq)

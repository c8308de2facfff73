"""Many accounts, one after the other, whoever works on them."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import closing
from typing import Final, Protocol, TypeAlias
from uuid import UUID

from application.whatif.answering import answer
from application.whatif.answers import Answer
from application.whatif.histories import AccountFound, Histories
from application.whatif.questions import Question
from application.whatif.totals import Totals

CHUNK_EVENTS: Final = 4_000
CHUNK_ACCOUNTS_MAX: Final = 100

Receive: TypeAlias = Callable[[Answer], object]
Progress: TypeAlias = Callable[[int, int], object]
"""Told how many events are judged, and of how many."""
Chunk: TypeAlias = Sequence[UUID]


class Judges(Protocol):
    """Whoever answers chunks of accounts, in this process or in others."""

    def answers(self, chunks: Sequence[Chunk]) -> Generator[Sequence[Answer], None, None]:
        """The answers of each chunk, in the order of the chunks."""


def evaluate(
    found: Sequence[AccountFound], judges: Judges, *, receive: Receive, progress: Progress
) -> Totals:
    """Answer for all accounts in the order of their identifiers, and count.

    The order does not depend on who works how fast. Nothing is kept of an account once `receive`
    has had its answer.
    """
    totals, total, done = Totals(), sum(each.events for each in found), 0
    chunks = list(chunked(found))
    progress(0, total)
    wanted = [[each.account_id for each in chunk] for chunk in chunks]
    # Whatever ends this early ends those who judge, too, and at once.
    with closing(judges.answers(wanted)) as answered:
        for chunk, answers in zip(chunks, answered, strict=True):
            for each in answers:
                totals.add(each)
                receive(each)
            done += sum(each.events for each in chunk)
            progress(done, total)
    return totals


def answer_chunk(
    histories: Histories, question: Question, accounts: Chunk, *, last_seq: int
) -> list[Answer]:
    """The answers of some accounts; none for those outside the window."""
    answered = (answer(each, question) for each in histories.read(accounts, last_seq=last_seq))
    return [each for each in answered if each is not None]


def chunked(found: Sequence[AccountFound]) -> Iterator[Sequence[AccountFound]]:
    """Accounts that are read by one query: few enough events to hold at once."""
    chunk: list[AccountFound] = []
    events = 0
    for each in found:
        if chunk and (events + each.events > CHUNK_EVENTS or len(chunk) >= CHUNK_ACCOUNTS_MAX):
            yield chunk
            chunk, events = [], 0
        chunk.append(each)
        events += each.events
    if chunk:
        yield chunk

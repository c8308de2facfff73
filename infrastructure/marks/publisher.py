"""Putting marks on the stream: what a bridge to a trading platform does."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, Final

import redis

from application.marks.errors import MarksPiledUp
from application.marks.mark import partition_of
from infrastructure.marks.connecting import answering
from infrastructure.marks.streams import stream_of
from infrastructure.marks.wire import FIELD, MARKS_MAX, Plain, encode_marks

WAITING_MAX: Final = 100_000
"""Entries in one partition: a hundred million marks at the most."""


class MarkPublisher:
    """Sorts marks into partitions and sends them in batches."""

    def __init__(
        self, client: redis.Redis, *, partitions: int, waiting_max: int = WAITING_MAX
    ) -> None:
        self._client: Any = client
        self._partitions, self._waiting_max = partitions, waiting_max
        self._sequence = 0

    def publish(self, marks: Iterable[Plain], *, arrived_ms: int | None = None) -> int:
        """Send (account, at, open profit) each, in the units of the wire; how many entries.

        The same marks sent twice change nothing. `arrived_ms` is for a clock that is not Redis's
        own: it must never fall. Refuses with MarksPiledUp or MarksUnavailable.
        """
        batches: dict[int, list[Plain]] = {}
        for mark in marks:
            batches.setdefault(partition_of(mark[0], self._partitions), []).append(mark)
        with answering():
            self._refuse_piling_up(batches)
            with self._client.pipeline(transaction=False) as pipeline:
                for partition, batch in batches.items():
                    for piece in _pieces(batch):
                        id = "*" if arrived_ms is None else self._next_id(arrived_ms)
                        pipeline.xadd(stream_of(partition), {FIELD: encode_marks(piece)}, id=id)
                return len(pipeline.execute())

    def _refuse_piling_up(self, partitions: Iterable[int]) -> None:
        for each in partitions:
            if (waiting := self._client.xlen(stream_of(each))) >= self._waiting_max:
                raise MarksPiledUp(
                    f"{waiting:,} batches of marks wait in the partition {each}; no more are taken"
                    " until the rules engine has judged some. Look at `dynasty rules-engine"
                    " status`.",
                    partition=each,
                )

    def _next_id(self, arrived_ms: int) -> str:
        """Redis 6.2 counts within a millisecond only for its own clock."""
        self._sequence += 1
        return f"{arrived_ms}-{self._sequence}"


def _pieces(marks: Sequence[Plain]) -> Iterable[Sequence[Plain]]:
    for start in range(0, len(marks), MARKS_MAX):
        yield marks[start : start + MARKS_MAX]

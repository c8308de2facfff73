"""Whole streams in batches."""

from dataclasses import dataclass
from itertools import pairwise
from typing import cast
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from application.log import RecordedEvent
from projections.loading import whole_streams


@dataclass(frozen=True)
class Row:
    """As much of an event as matters here."""

    stream_id: UUID
    stream_version: int


def rows(lengths: list[int]) -> list[RecordedEvent]:
    found = [Row(UUID(int=at), 1 + n) for at, length in enumerate(lengths) for n in range(length)]
    return cast("list[RecordedEvent]", found)


@given(
    lengths=st.lists(st.integers(1, 30), max_size=12),
    size=st.integers(1, 40),
    stream_max=st.integers(1, 60),
)
def test_every_event_is_in_one_batch_and_streams_are_whole(
    lengths: list[int], size: int, stream_max: int
) -> None:
    told, most = rows(lengths), max(size, stream_max)
    batches = list(whole_streams(told, size=size, stream_max=stream_max))
    assert [each for batch in batches for each in batch] == told
    assert all(size <= len(batch) for batch in batches[:-1])
    assert all(len(batch) <= most for batch in batches)
    for before, after in pairwise(batches):
        assert before[-1].stream_id != after[0].stream_id or len(before) == most


def test_one_long_stream_is_cut() -> None:
    batches = list(whole_streams(rows([5]), size=1, stream_max=2))
    assert [len(batch) for batch in batches] == [2, 2, 1]

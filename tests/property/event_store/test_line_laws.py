"""The line of appends: nobody is taken twice or left behind, and accounts take turns."""

from collections import defaultdict
from dataclasses import replace
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from application.context import NOBODY
from application.errors import LedgerBusy
from infrastructure.event_store.combiner_limits import DEFAULT_LIMITS
from infrastructure.event_store.line import Line, Waiting
from infrastructure.event_store.packing import Append, Packed
from infrastructure.event_store.stored import StoredFact

accounts = st.integers(1, 5)
arrivals = st.lists(
    st.tuples(accounts, st.integers(1, 4), st.sets(accounts, max_size=2)), max_size=40
)
LIMITS = replace(DEFAULT_LIMITS, batch_events_max=6)


def append(account: int, events: int, reads: set[int]) -> Packed:
    """Some events of an account by someone who has read others."""
    facts = [
        StoredFact(
            originator_id=UUID(int=account), originator_version=version, topic="t", state=b"{}"
        )
        for version in range(1, events + 1)
    ]
    expect = {UUID(int=each): 1 for each in reads - {account}}
    return Packed(Append(facts=facts, context=NOBODY, expect=expect))


def taken(line: Line, most: int) -> list[list[Waiting]]:
    batches = []
    while line:
        first = line.first
        batches.append(line.take(most))
        assert batches[-1][0] is first
    return batches


@given(arrivals, st.integers(1, 8))
def test_everybody_is_taken_once_and_an_account_in_its_order(
    asked: list[tuple[int, int, set[int]]], most: int
) -> None:
    line = Line(LIMITS)
    came: dict[int | None, list[Waiting]] = defaultdict(list)
    for each in asked:
        mine = line.add(append(*each))
        came[mine.account].append(mine)
    assert len(line) == len(asked)
    went: dict[int | None, list[Waiting]] = defaultdict(list)
    for batch in taken(line, most):
        assert len(batch) <= most
        for one in batch:
            went[one.account].append(one)
    assert (went, len(line)) == (came, 0)


@given(arrivals, st.integers(1, 8))
def test_what_goes_together_touches_nothing_in_common_and_is_no_more_than_fits(
    asked: list[tuple[int, int, set[int]]], most: int
) -> None:
    line = Line(LIMITS)
    for each in asked:
        line.add(append(*each))
    for batch in taken(line, most):
        touched = [touch for each in batch for touch in each.packed.touches]
        assert len(touched) == len(set(touched))
        events = sum(len(each.packed.events) for each in batch)
        assert len(batch) == 1 or events <= LIMITS.batch_events_max


@given(arrivals, st.integers(1, 3), st.integers(1, 9))
def test_who_finds_it_full_is_refused_and_changes_nothing(
    asked: list[tuple[int, int, set[int]]], each_max: int, most: int
) -> None:
    line = Line(replace(LIMITS, waiting_max=most, waiting_per_account_max=each_max))
    waiting: dict[int, int] = defaultdict(int)
    for each in asked:
        if len(line) >= most or waiting[each[0]] >= each_max:
            with pytest.raises(LedgerBusy):
                line.add(append(*each))
        else:
            line.add(append(*each))
            waiting[each[0]] += 1
    assert len(line) == sum(waiting.values())
    assert len(line.take_all()) == sum(waiting.values())
    assert not line


@given(arrivals, st.data())
def test_who_leaves_is_refused_and_is_not_taken_later(
    asked: list[tuple[int, int, set[int]]], data: st.DataObject
) -> None:
    line = Line(LIMITS)
    came = [line.add(append(*each)) for each in asked]
    gone = [each for each in came if data.draw(st.booleans())]
    for each in gone:
        with pytest.raises(LedgerBusy):
            line.leave(each)
        line.leave(each)  # Once more is nothing: it is not there.
    left = [each for batch in taken(line, 8) for each in batch]
    assert {id(each) for each in left} == {id(each) for each in came} - {id(each) for each in gone}

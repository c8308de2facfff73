"""When batches set out: at once when calm, never too many, and nobody waits for ever."""

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from infrastructure.event_store.combiner_limits import DEFAULT_LIMITS
from infrastructure.event_store.pacing import Pace

busy = st.lists(st.integers(1, 300), max_size=30)


def after(landings: list[int], *, seconds: float) -> Pace:
    pace = Pace(replace(DEFAULT_LIMITS, gather_seconds=seconds))
    for each in landings:
        pace.landed(busy=each)
    return pace


@given(st.integers(1, 300))
def test_at_first_whoever_comes_goes_at_once(waiting: int) -> None:
    pace = Pace(DEFAULT_LIMITS)
    assert pace.is_calm
    assert pace.sets_out(waiting=waiting, flights=0)


@given(busy, st.integers(0, 300))
def test_no_more_are_under_way_than_may_be(landings: list[int], waiting: int) -> None:
    pace = after(landings, seconds=0.0)
    assert not pace.sets_out(waiting=waiting, flights=DEFAULT_LIMITS.flights)


@given(busy, st.floats(0, 1))
def test_nobody_is_no_batch(landings: list[int], seconds: float) -> None:
    pace = after(landings, seconds=seconds)
    assert not any(pace.sets_out(waiting=0, flights=each) for each in range(3))


@given(busy, st.integers(1, 300))
def test_when_the_moment_is_over_whoever_is_there_goes(landings: list[int], waiting: int) -> None:
    assert after(landings, seconds=0.0).sets_out(waiting=waiting, flights=0)


@given(busy.filter(bool))
def test_as_many_as_were_busy_are_always_enough(landings: list[int]) -> None:
    pace = after(landings, seconds=1_000.0)
    assert pace.sets_out(waiting=max(landings), flights=0)


@given(st.integers(4, 300), st.integers(1, 10))
def test_of_a_steady_crowd_half_goes_while_the_other_half_is_under_way(
    crowd: int, times: int
) -> None:
    pace = after([crowd] * times, seconds=1_000.0)
    half = min(crowd // 2, pace.batch_max)
    assert pace.sets_out(waiting=half, flights=1)
    assert not pace.sets_out(waiting=half - 1, flights=1)


def test_a_crowd_that_has_gone_is_soon_not_waited_for() -> None:
    pace = after([64] + [1] * 20, seconds=1_000.0)
    assert pace.is_calm


@given(st.lists(st.floats(0, 1), max_size=60))
def test_batches_stay_between_their_bounds_and_grow_again(took: list[float]) -> None:
    pace = Pace(DEFAULT_LIMITS)
    for each in took:
        before = pace.batch_max
        pace.took(each)
        slow = each > DEFAULT_LIMITS.batch_seconds
        assert pace.batch_max <= before if slow else pace.batch_max >= before
        assert DEFAULT_LIMITS.batch_min <= pace.batch_max <= DEFAULT_LIMITS.batch_max
    for _ in range(60):
        pace.took(0.0)
    assert pace.batch_max == DEFAULT_LIMITS.batch_max

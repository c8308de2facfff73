"""The schedule of an ordeal is its seed's, and nothing is left out of it."""

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from tests.faults.schedule import CUTS_MAX, KINDS, LASTING_MS, PAUSE_MS, Kind, schedule_of

seeds = st.integers(0, 2**32)
lengths = st.integers(1, 120)
some_kinds = st.lists(st.sampled_from(KINDS), min_size=1, unique=True)


@given(seed=seeds, seconds=lengths, kinds=some_kinds)
def test_one_seed_is_one_schedule(seed: int, seconds: int, kinds: list[Kind]) -> None:
    assert schedule_of(seed, seconds=seconds, kinds=kinds) == schedule_of(
        seed, seconds=seconds, kinds=kinds
    )


@given(seed=seeds, seconds=lengths)
def test_a_longer_run_begins_as_a_shorter_one(seed: int, seconds: int) -> None:
    short, long = schedule_of(seed, seconds=seconds), schedule_of(seed, seconds=2 * seconds)
    assert long[: len(short)] == short


@given(seed=seeds, seconds=lengths, kinds=some_kinds)
def test_each_kind_comes_once_before_any_comes_again(
    seed: int, seconds: int, kinds: list[Kind]
) -> None:
    found = [each.kind for each in schedule_of(seed, seconds=seconds, kinds=kinds)]
    for first in range(0, len(found), len(kinds)):
        dealt = found[first : first + len(kinds)]
        assert set(Counter(dealt).values()) <= {1}
        assert set(dealt) <= set(kinds)


@given(seed=seeds, seconds=lengths)
def test_faults_come_in_time_and_last_as_long_as_theirs_may(seed: int, seconds: int) -> None:
    before = 0
    for each in schedule_of(seed, seconds=seconds):
        assert PAUSE_MS[0] <= each.at_ms - before <= PAUSE_MS[1]
        assert each.at_ms < seconds * 1_000
        least, most = LASTING_MS.get(each.kind, (0, 0))
        assert least <= each.lasting_ms <= most
        assert (0 < len(each.cuts) <= CUTS_MAX) == (each.kind == "connection_cut")
        before = each.at_ms


def test_other_seeds_are_other_schedules() -> None:
    assert len({str(schedule_of(seed, seconds=30)) for seed in range(20)}) == 20

"""An alarm of a standstill is given if, and only if, the head moved on and a position did not."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from application.watching.alarms import alarms, lagging, stalled
from application.watching.figures import Figures, LaneFigures
from application.watching.stillness import remembering
from application.watching.thresholds import Thresholds
from tests.support.figures import NOW, any_figures, figures, lane, projection

FEW = settings(max_examples=40)
LIMITS = Thresholds(still=timedelta(seconds=30))
SECOND = timedelta(seconds=1)


@dataclass(frozen=True)
class Second:
    """What happened in a second: events were appended, a lane moved on, its row was touched."""

    appended: int
    moved: bool
    touched: bool


SECONDS = st.lists(
    st.builds(Second, appended=st.integers(0, 2), moved=st.booleans(), touched=st.booleans()),
    min_size=1,
    max_size=120,
)
RARELY = st.lists(
    st.builds(
        Second,
        appended=st.sampled_from([0, 0, 1]),
        moved=st.sampled_from([False] * 50 + [True]),
        touched=st.sampled_from([False]),
    ),
    min_size=40,
    max_size=120,
)


def lived(seconds: Sequence[Second]) -> list[tuple[Figures, timedelta]]:
    """A look at the end of each second, and how long the position had stood still with something
    waiting by then, told from the whole story.
    """
    recorded: list[datetime] = []
    position, moved_at, stood_since, found = 0, NOW, None, []
    for number, second in enumerate(seconds, start=1):
        at = NOW + number * SECOND
        recorded += [at] * second.appended
        if second.moved and position < len(recorded):
            position, moved_at, stood_since = position + 1, at, None
        elif second.touched:
            moved_at = at
        if position < len(recorded):
            stood_since = stood_since or at
        waiting = recorded[position] if position < len(recorded) else None
        one = lane(position, moved=moved_at, waiting=waiting, head=len(recorded))
        looked = figures(projection("accounts", one), at=at, head=len(recorded))
        found.append((looked, at - stood_since if stood_since else timedelta(0)))
    return found


def watched(seconds: Sequence[Second]) -> list[tuple[Figures, timedelta]]:
    """The same, as a watcher sees it that looks every second and remembers."""
    before: Figures | None = None
    found = []
    for looked, stood in lived(seconds):
        before = remembering(looked, before)
        found.append((before, stood))
    return found


@given(SECONDS | RARELY)
def test_a_watcher_tells_of_a_standstill_exactly_when_there_is_one(
    seconds: Sequence[Second],
) -> None:
    for seen, stood in watched(seconds):
        assert bool(stalled(seen, LIMITS)) == (stood > LIMITS.still)


@given(SECONDS | RARELY)
def test_one_look_tells_of_it_too_unless_the_row_was_touched(seconds: Sequence[Second]) -> None:
    untouched = [Second(each.appended, each.moved, touched=False) for each in seconds]
    for looked, stood in lived(untouched):
        assert bool(stalled(looked, LIMITS)) == (stood > LIMITS.still)


@given(SECONDS)
def test_one_look_never_tells_of_a_standstill_that_is_none(seconds: Sequence[Second]) -> None:
    for looked, stood in lived(seconds):
        assert not stalled(looked, LIMITS) or stood > LIMITS.still


@FEW
@given(any_figures())
def test_what_has_all_of_the_log_neither_stands_nor_lags(found: Figures) -> None:
    for each in (*stalled(found, LIMITS), *lagging(found, LIMITS)):
        assert each.position < found.head or each.waiting_since


@FEW
@given(any_figures())
def test_nothing_stands_and_lags_at_once(found: Figures) -> None:
    standing = {id(each) for each in stalled(found, LIMITS)}
    assert not standing & {id(each) for each in lagging(found, LIMITS)}


@FEW
@given(any_figures(), st.none() | any_figures())
def test_a_kind_of_alarm_is_told_once_and_the_critical_ones_first(
    found: Figures, before: Figures | None
) -> None:
    told = alarms(remembering(found, before), before)
    names = [each.name for each in told]
    assert len(set(names)) == len(names)
    assert [each.severity for each in told] == sorted(each.severity for each in told)
    assert all(each.sentence.endswith(".") and each.subjects for each in told)


@FEW
@given(any_figures(), any_figures())
def test_remembering_changes_no_position_and_only_ever_looks_further_back(
    found: Figures, before: Figures
) -> None:
    def lanes(each: Figures) -> list[LaneFigures]:
        known = each.projections if isinstance(each.projections, list) else []
        return [one for projection in known for one in projection.lanes]

    for new, old in zip(lanes(remembering(found, before)), lanes(found), strict=True):
        assert new.position == old.position
        assert (new.still_since is None) == (old.still_since is None)
        assert new.still_since is None or new.still_since <= (old.still_since or NOW)

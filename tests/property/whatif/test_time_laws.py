"""Time passes up to the end of the window on both sides, and alone flips nothing."""

from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from application.whatif.questions import Question
from domain.accounts.events import AccountEvent
from domain.accounts.events_packs import PackChanged
from tests.support.histories import PACKS, History, histories
from tests.support.rerunning import answered, recorded

LATER = st.one_of(
    st.timedeltas(timedelta(microseconds=1), timedelta(days=3)),
    st.timedeltas(timedelta(days=3), timedelta(days=60)),
)


def own_pack(events: list[AccountEvent], history: History, **facts: object) -> Question:
    """The own packs of a moved account, or its only one by name."""
    moved = any(isinstance(each, PackChanged) for each in events)
    return Question(pack=None if moved else PACKS[history.pack], **facts)  # type: ignore[arg-type]


@given(history=histories(steps_min=3), later=LATER)
def test_the_own_packs_flip_nothing_however_long_nothing_is_told(
    history: History, later: timedelta
) -> None:
    events = recorded(history)
    end = max(each.effective_at for each in events) + later
    found = answered(events, own_pack(events, history, end=end))
    assert not found.changed
    assert found.status_before == found.status_after


@given(history=histories(steps_min=3), cut=st.integers(0, 40))
def test_the_own_packs_flip_nothing_wherever_the_window_ends(history: History, cut: int) -> None:
    """At the very moment of a report, which is then told no more, or just behind it."""
    events = recorded(history)
    at = events[cut % len(events)].effective_at
    for end in (at, at + timedelta(microseconds=1)):
        if end > events[0].effective_at:
            found = answered(events, own_pack(events, history, end=end))
            assert not found.changed


@given(
    history=histories(steps_min=5), pack=st.sampled_from(sorted(PACKS)), later=LATER,
)  # fmt: skip
def test_a_longer_window_takes_no_verdict_back(
    history: History, pack: str, later: timedelta
) -> None:
    """What was broken by the end of a window is broken in every later one."""
    events = recorded(history)
    end = max(each.effective_at for each in events) + timedelta(microseconds=1)
    shorter, longer = (
        answered(events, Question(pack=PACKS[pack], end=each)) for each in (end, end + later)
    )
    assert not (shorter.status_before == "failed" and longer.status_before != "failed")
    if not shorter.doubts:
        assert not (shorter.status_after == "failed" and longer.status_after != "failed")

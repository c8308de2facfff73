"""What holds when a history is run again."""

from typing import cast
from uuid import UUID

from hypothesis import given, settings
from hypothesis import strategies as st

from domain.accounts.account import TradingAccount
from domain.accounts.events import AccountEvent
from domain.accounts.rerunning import rerun
from tests.support.histories import PACKS, History, Life, histories

unhurried = settings(deadline=None)  # A busy machine proves nothing.


def lived(history: History) -> tuple[TradingAccount, list[AccountEvent]]:
    """An account and all its events."""
    life = Life.of(history.pack, account_id=UUID(int=7))
    for step in history.steps:
        life.live(step)
    return life.account, cast("list[AccountEvent]", list(life.account.collect_events()))


@unhurried
@given(history=histories())
def test_a_rerun_makes_the_same_events(history: History) -> None:
    account, events = lived(history)
    made = [each for step in rerun(events) for each in step.made]
    assert made == events
    (*_, last) = rerun(events)
    assert last.account.state == account.state
    assert last.refusal is None


@unhurried
@given(history=histories(), pack=st.sampled_from(sorted(PACKS)))
def test_a_rerun_under_another_pack_leaves_the_history_as_it_was(
    history: History, pack: str
) -> None:
    _, events = lived(history)
    before = list(events)
    steps = list(rerun(events, pack=PACKS[pack]))
    assert events == before
    assert [each.told for each in steps] == before
    assert steps[-1].account.state.pack == PACKS[pack]

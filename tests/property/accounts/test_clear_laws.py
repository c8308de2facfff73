"""Where no limit is near nothing is due, so that judging may stop there."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.accounts import account, verdicts
from domain.accounts.approaching import due_warnings
from domain.accounts.judging import crossings
from domain.accounts.limits import is_clear
from domain.accounts.state import AccountState
from domain.money import USD
from tests.property.accounts.lives import LIVES, Life, Move

unhurried = settings(deadline=None)  # A busy machine proves nothing.
lives = given(life=LIVES)
PROFITS = st.integers(min_value=-60_000_000, max_value=60_000_000).map(USD)


def lived(life: tuple[Any, list[Move]]) -> Life:
    whole = Life(life[0])
    for move in life[1]:
        whole.live(move)
    return whole


@unhurried
@given(life=LIVES, open_pnl=PROFITS)
def test_nothing_is_due_where_no_limit_is_near(life: tuple[Any, list[Move]], open_pnl: USD) -> None:
    state = lived(life).state
    assert is_clear(state, told=open_pnl) == is_clear(state.marked(open_pnl))
    for each in (state, state.marked(open_pnl)):
        if is_clear(each):
            assert not crossings(each)
            assert not due_warnings(each)


@unhurried
@lives
def test_an_account_that_always_looks_closer_concludes_the_same(
    life: tuple[Any, list[Move]],
) -> None:
    quick = lived(life).events
    with pytest.MonkeyPatch.context() as patch:
        for module in (account, verdicts):
            patch.setattr(module, "is_clear", _never)
        assert lived(life).events == quick


def _never(_: AccountState, *, told: USD | None = None) -> bool:
    return False


@unhurried
@given(life=LIVES, open_pnl=PROFITS)
def test_what_would_be_marked_leaves_the_account_as_it_was(
    life: tuple[Any, list[Move]], open_pnl: USD
) -> None:
    state = lived(life).state
    before = repr(state)
    seen = state.marked(open_pnl)
    assert (seen.mark, seen.mark_is_old) == (open_pnl, False)
    assert repr(state) == before

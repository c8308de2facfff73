"""However a history is cut into commands, payouts, corrections and moves among them."""

from __future__ import annotations

from uuid import UUID

from hypothesis import event, given, settings
from hypothesis import strategies as st

from domain.accounts.account import TradingAccount
from domain.accounts.standing import standing_of
from tests.property.accounts.test_time_laws import reread
from tests.support.histories import History, Life, histories

unhurried = settings(deadline=None)  # A busy machine proves nothing.


@unhurried
@given(history=histories(steps_min=4), cuts=st.sets(st.integers(0, 30)))
def test_an_account_that_is_put_away_anywhere_goes_on_the_same(
    history: History, cuts: set[int]
) -> None:
    whole, pieces = (Life.of(history.pack, account_id=UUID(int=7)) for _ in range(2))
    for number, step in enumerate(history.steps):
        whole.live(step)
        if number in cuts:
            pieces.account = put_away(pieces)
        pieces.live(step)
    assert list(pieces.history()) == list(whole.history())
    assert pieces.account.state == whole.account.state
    assert standing_of(pieces.account.state) == standing_of(whole.account.state)
    for each in {type(each).__name__ for each in whole.history()}:
        event(each)


def put_away(life: Life) -> TradingAccount:
    """The account that the log gives, with nothing pending."""
    return reread(list(life.history()))

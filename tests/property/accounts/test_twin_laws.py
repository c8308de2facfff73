"""A twin of an account is the same, and lives alone."""

from typing import Any

from hypothesis import given, settings

from domain.accounts.account import TradingAccount
from domain.accounts.evolve import begin, evolve
from domain.accounts.twins import twin_of
from tests.property.accounts.lives import LIVES, Life, Move

unhurried = settings(deadline=None)  # A busy machine proves nothing.


def lived(life: tuple[Any, list[Move]]) -> Life:
    whole = Life(life[0])
    for move in life[1]:
        whole.live(move)
    return whole


@unhurried
@given(life=LIVES)
def test_what_happens_to_a_twin_does_not_happen_to_the_other(
    life: tuple[Any, list[Move]],
) -> None:
    opened, *rest = lived(life).events
    state = begin(opened)  # type: ignore[arg-type]
    for event in rest:
        twin, before = twin_of(state), repr(state)
        evolve(twin, event)  # type: ignore[arg-type]
        assert repr(state) == before
        evolve(state, event)  # type: ignore[arg-type]
        assert twin == state


@unhurried
@given(life=LIVES)
def test_the_twin_of_an_account_is_where_the_account_is(life: tuple[Any, list[Move]]) -> None:
    account: TradingAccount | None = None
    for event in lived(life).events:
        account = event.mutate(account)  # type: ignore[arg-type]
    assert account is not None
    twin = account.twin()
    assert vars(twin) == vars(account)
    assert twin.state is not account.state

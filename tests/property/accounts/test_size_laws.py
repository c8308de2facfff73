"""The largest size says what the order answer and the floors would say."""

from dataclasses import replace
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from domain.accounts.account import TradingAccount
from domain.accounts.judging import crossings
from domain.accounts.orders import Order, answer_order
from domain.accounts.sizes import LargestSize, largest_sizes
from domain.accounts.state import AccountState
from domain.market.specs import SPECS
from domain.money import USD
from tests.property.accounts.lives import DAILY, LIVES, LOSSES, Life, Move
from tests.support.builders import a_fill, account_of, moment, pack_of

unhurried = settings(deadline=None)  # A busy machine proves nothing.

ROOTS = ("ES", "MES", "NQ", "MNQ", "CL")
POSITIONS = st.fixed_dictionaries(
    {},
    optional={
        "per_symbol": st.dictionaries(st.sampled_from(ROOTS), st.integers(0, 8), min_size=1),
        "others": st.sampled_from(["allowed", "forbidden"]),
        "total_units": st.integers(0, 60),
        "units": st.just({"CL": 7}),
        "mixed_sizes": st.sampled_from(["allowed", "forbidden"]),
    },
)
SCALING = st.sampled_from([[], [{"profit_above": "0.00", "total_units": 25}]])
RULES = st.fixed_dictionaries(
    {
        "position_limits": POSITIONS,
        "scaling": SCALING,
        "hedging": st.sampled_from(["allowed", "forbidden"]),
    }
)
HELD = st.lists(
    st.tuples(st.sampled_from(ROOTS), st.integers(-6, 6).filter(bool)), max_size=3, unique_by=lambda
    each: each[0],
)  # fmt: skip


def holding(rules: dict[str, Any], held: list[tuple[str, int]]) -> TradingAccount:
    """An account with these contracts open, whether its rules allow them or not."""
    account = account_of(**rules)
    for root, quantity in held:
        action = "buy" if quantity > 0 else "sell"
        account.record_fill(
            a_fill(root, action, quantity=abs(quantity), symbol=f"{root}H6", price="100")
        )
    return account


def accepted(state: AccountState, size: LargestSize, more: int) -> bool:
    signed = more if size.direction == "long" else -more
    order = Order(symbol=f"{size.root}H6", signed_quantity=signed)
    return answer_order(state, order, at=moment()).accepted


@unhurried
@given(rules=RULES, held=HELD)
def test_one_more_than_the_largest_size_is_an_order_that_is_refused(
    rules: dict[str, Any], held: list[tuple[str, int]]
) -> None:
    state = holding(rules, held).state
    for size in largest_sizes(state):
        if size.contracts is None:
            assert accepted(state, size, 1_000)
            continue
        if size.contracts > size.held:
            assert accepted(state, size, size.contracts - size.held)
        assert not accepted(state, size, max(0, size.contracts - size.held) + 1)


@unhurried
@given(
    max_loss=LOSSES,
    daily_loss=DAILY,
    lost=st.integers(0, 25_000_000).map(USD),
    ticks=st.integers(1, 200),
)
def test_the_adverse_move_breaks_nothing_at_the_largest_size_and_something_at_one_more(
    max_loss: Any, daily_loss: Any, lost: USD, ticks: int
) -> None:
    rules = pack_of(
        max_loss=max_loss, daily_loss=daily_loss, position_limits={"per_symbol": {"ES": 500}}
    )
    whole = Life(rules)
    whole.account.record_result(result_id="1", net=-lost, at=whole.clock)
    state = whole.state
    (size,) = largest_sizes(state, adverse_ticks=ticks)
    assert size.contracts is not None
    if state.status == "active":
        assert not crossings(after(state, size, size.contracts))
        broken = {each.rule for each in crossings(after(state, size, size.contracts + 1))}
        assert size.limited_by == "position_limit" or size.limited_by in broken


def after(state: AccountState, size: LargestSize, contracts: int) -> AccountState:
    """So many contracts, moved against and closed."""
    cost = SPECS[size.root].tick_value * (size.adverse_ticks * contracts)
    return replace(state, balance=state.balance - cost)


@unhurried
@given(life=LIVES)
def test_looking_ahead_changes_nothing_and_never_fails(life: tuple[Any, list[Move]]) -> None:
    whole = Life(life[0])
    for move in life[1]:
        whole.live(move)
        for size in largest_sizes(whole.state):
            assert size.contracts is None or size.contracts >= 0
            assert size.ticks_left is None or size.ticks_left >= 0
    assert whole.replayed() == whole.state

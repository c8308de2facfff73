"""What holds of every position, however it came to be: first in, first out, and nothing lost."""

from decimal import Decimal

from hypothesis import given, settings
from hypothesis import strategies as st

from domain.accounts.positions import Lot, Matched, match_fill, net_of
from domain.market.contracts import contract_of
from domain.money import USD, ZERO
from tests.support.builders import OPENED

unhurried = settings(deadline=None)  # A busy machine proves nothing.

SYMBOLS = ("ESH6", "ESM6", "MESH6")
TICK = Decimal("0.25")
FILLS = st.lists(
    st.tuples(
        st.sampled_from(SYMBOLS),
        st.integers(-5, 5).filter(bool),
        st.integers(19_000, 21_000).map(lambda ticks: ticks * TICK),
    ),
    max_size=25,
)
Fills = list[tuple[str, int, Decimal]]


def matched(fills: Fills) -> list[Matched]:
    lots: tuple[Lot, ...] = ()
    steps = []
    for symbol, quantity, price in fills:
        steps.append(
            match_fill(lots, symbol=symbol, signed_quantity=quantity, price=price, at=OPENED)
        )
        lots = steps[-1].lots
    return steps


def worth(lots: tuple[Lot, ...], at: Decimal) -> USD:
    """Profit of the open lots if everything stood at one price."""
    return sum(
        (
            contract_of(lot.series).profit(
                entry=lot.price, exit_price=at, signed_quantity=lot.quantity
            )
            for lot in lots
        ),
        ZERO,
    )


@unhurried
@given(FILLS)
def test_the_net_position_is_the_sum_of_the_fills(fills: Fills) -> None:
    for count, step in enumerate(matched(fills), start=1):
        for symbol in SYMBOLS:
            bought = sum(quantity for name, quantity, _ in fills[:count] if name == symbol)
            assert net_of(step.lots, symbol) == bought


@unhurried
@given(FILLS)
def test_one_series_is_never_long_and_short_at_once(fills: Fills) -> None:
    for step in matched(fills):
        for symbol in SYMBOLS:
            signs = {lot.quantity > 0 for lot in step.lots if lot.series == symbol}
            assert len(signs) <= 1
        assert all(lot.quantity for lot in step.lots)


@unhurried
@given(FILLS, st.integers(19_000, 21_000).map(lambda ticks: ticks * TICK))
def test_realised_and_open_profit_are_the_value_of_the_fills(fills: Fills, at: Decimal) -> None:
    steps = matched(fills)
    realised = sum((step.realised for step in steps), ZERO)
    value = sum(
        (
            contract_of(symbol).profit(entry=price, exit_price=at, signed_quantity=quantity)
            for symbol, quantity, price in fills
        ),
        ZERO,
    )
    assert realised + worth(steps[-1].lots if steps else (), at) == value


@unhurried
@given(FILLS)
def test_what_is_closed_was_open_and_opposite(fills: Fills) -> None:
    before: tuple[Lot, ...] = ()
    for (symbol, quantity, _), step in zip(fills, matched(fills), strict=True):
        held = net_of(before, contract_of(symbol).series)
        opposite = abs(held) if held * quantity < 0 else 0
        assert step.closed == min(opposite, abs(quantity))
        before = step.lots


@unhurried
@given(FILLS)
def test_the_oldest_lot_is_closed_first(fills: Fills) -> None:
    before: tuple[Lot, ...] = ()
    for (symbol, quantity, _), step in zip(fills, matched(fills), strict=True):
        mine = [lot.price for lot in before if lot.series == symbol]
        after = [lot.price for lot in step.lots if lot.series == symbol]
        held = net_of(before, symbol)
        if held * quantity < 0 and abs(quantity) < abs(held):
            assert after == mine[len(mine) - len(after) :]
        before = step.lots

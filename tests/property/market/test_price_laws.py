"""What holds of every price and every profit."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.market.contracts import Contract, contract_of, price_text
from domain.market.errors import PriceOffTick
from domain.market.specs import SPECS

contracts = st.sampled_from(sorted(SPECS)).map(contract_of)
ticks = st.integers(-100_000, 1_000_000)
quantities = st.integers(-10_000, 10_000).filter(bool)


def at(contract: Contract, count: int) -> Decimal:
    return contract.price(contract.spec.tick * count)


@given(contracts, ticks)
def test_a_price_survives_being_written_and_read(contract: Contract, count: int) -> None:
    price = at(contract, count)
    assert contract.price(price_text(price)) == price
    assert (
        contract.price(price_text(price) + ("00" if "." in price_text(price) else ".00")) == price
    )


@given(contracts, ticks)
def test_a_price_has_one_spelling(contract: Contract, count: int) -> None:
    text = price_text(at(contract, count))
    assert "E" not in text
    assert not ("." in text and text.endswith(("0", ".")))
    assert text != "-0"


@given(contracts, ticks, st.integers(1, 99))
def test_a_price_off_its_tick_lies_between_its_neighbours(
    contract: Contract, count: int, hundredths: int
) -> None:
    tick = contract.spec.tick
    between = tick * count + tick * hundredths / 100
    with pytest.raises(PriceOffTick) as refusal:
        contract.price(between)
    below, above = (Decimal(str(refusal.value.facts[k])) for k in ("below", "above"))
    assert below < between < above
    assert (below, above) == (tick * count, tick * (count + 1))


@given(contracts, ticks, ticks, quantities)
def test_profit_is_ticks_times_tick_value_times_quantity(
    contract: Contract, entry: int, exit_: int, quantity: int
) -> None:
    profit = contract.profit(
        entry=at(contract, entry), exit_price=at(contract, exit_), signed_quantity=quantity
    )
    assert profit == contract.spec.tick_value * (exit_ - entry) * quantity


@given(contracts, ticks, ticks, quantities)
def test_what_the_long_wins_the_short_loses(
    contract: Contract, entry: int, exit_: int, quantity: int
) -> None:
    bought, sold = at(contract, entry), at(contract, exit_)
    long = contract.profit(entry=bought, exit_price=sold, signed_quantity=quantity)
    short = contract.profit(entry=bought, exit_price=sold, signed_quantity=-quantity)
    assert long == -short


@given(contracts, ticks, ticks, ticks, quantities)
def test_a_stop_on_the_way_changes_no_profit(
    contract: Contract, first: int, stop: int, last: int, quantity: int
) -> None:
    start, middle, end = (at(contract, count) for count in (first, stop, last))
    there = contract.profit(entry=start, exit_price=middle, signed_quantity=quantity)
    on = contract.profit(entry=middle, exit_price=end, signed_quantity=quantity)
    assert there + on == contract.profit(entry=start, exit_price=end, signed_quantity=quantity)

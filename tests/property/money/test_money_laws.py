"""What holds of every amount of money."""

from decimal import Decimal, localcontext
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.money import UNITS_MAX, USD, NotAnAmount

unhurried = settings(deadline=None)  # A busy machine proves nothing.

amounts = st.integers(-UNITS_MAX + 1, UNITS_MAX - 1).map(USD)
fractions = st.fractions(0, 1, max_denominator=10_000)


@unhurried
@given(amounts)
def test_an_amount_survives_being_printed_and_read(amount: USD) -> None:
    assert USD.of(str(amount)) == amount


@unhurried
@given(amounts)
def test_an_amount_is_printed_with_two_to_four_places(amount: USD) -> None:
    _, _, places = str(amount).partition(".")
    assert 2 <= len(places) <= 4
    assert len(places) == 2 or not places.endswith("0")


@unhurried
@given(amounts, st.integers(1, 12))
def test_no_precision_around_it_changes_an_amount(amount: USD, precision: int) -> None:
    text = str(amount)
    exact = Decimal(text)
    with localcontext() as context:
        context.prec = precision
        assert USD.of(text) == USD.exactly(exact) == amount


@unhurried
@given(st.decimals(allow_nan=False, allow_infinity=False, min_value=-1, max_value=1))
def test_what_needs_more_than_four_places_is_no_amount(value: Decimal) -> None:
    units = Fraction(value) * 10_000
    if units.denominator == 1:
        assert USD.exactly(value).units == units
    else:
        with pytest.raises(NotAnAmount):
            USD.exactly(value)


@unhurried
@given(st.text(max_size=20))
def test_any_text_is_an_amount_or_refused(text: str) -> None:
    try:
        amount = USD.of(text)
    except NotAnAmount:
        return
    assert Decimal(text) * 10_000 == amount.units


@unhurried
@given(amounts, fractions)
def test_a_share_lies_within_a_unit_of_the_exact_part(amount: USD, fraction: Fraction) -> None:
    exact = amount.units * fraction
    down, up = amount.share_down(fraction).units, amount.share_up(fraction).units
    assert exact - 1 < down <= exact <= up < exact + 1


@unhurried
@given(amounts, fractions)
def test_share_and_rest_are_the_whole(amount: USD, fraction: Fraction) -> None:
    assert amount.share_down(fraction) + amount.share_up(1 - fraction) == amount


@unhurried
@given(amounts)
def test_whole_cents_never_give_more(amount: USD) -> None:
    cents = amount.whole_cents_down()
    assert cents.units % 100 == 0
    assert 0 <= (amount - cents).units < 100


@unhurried
@given(amounts, amounts)
def test_adding_and_taking_away_are_opposites(one: USD, other: USD) -> None:
    assert one + other - other == one
    assert (one < other) == ((one - other).units < 0)
    assert one + (-one) == USD(0)

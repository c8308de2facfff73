"""Money: read strictly, exact in between, rounded by named rules."""

from decimal import Decimal
from fractions import Fraction

import pytest

from domain.money import USD, NotAnAmount


@pytest.mark.parametrize(
    ("text", "units"),
    [
        ("0", 0),
        ("-0.00", 0),
        ("1250.00", 12_500_000),
        ("7.8125", 78_125),
        ("-0.0001", -1),
        ("-12.5", -125_000),
        ("9999999999999.9999", 10**17 - 1),
    ],
)
def test_a_plain_decimal_is_an_amount(text: str, units: int) -> None:
    assert USD.of(text) == USD(units)


@pytest.mark.parametrize(
    "text",
    ["", "1.", ".5", "+1", "1,000", "1e3", "1.00005", "NaN", " 1", "1\n", "٣", "10000000000000"],
)
def test_anything_else_is_refused(text: str) -> None:
    with pytest.raises(NotAnAmount, match="decimal string"):
        USD.of(text)


@pytest.mark.parametrize("value", [1, 1.5, None, Decimal(1), True])
def test_a_number_is_no_text(value: object) -> None:
    with pytest.raises(NotAnAmount):
        USD.of(value)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("units", "text"),
    [
        (0, "0.00"),
        (500_000_000, "50000.00"),
        (78_125, "7.8125"),
        (1, "0.0001"),
        (-10, "-0.001"),
        (-125_000, "-12.50"),
    ],
)
def test_an_amount_is_printed_with_at_least_cents(units: int, text: str) -> None:
    assert str(USD(units)) == text


def test_a_tick_of_the_two_year_note_is_exact() -> None:
    tick = Decimal("0.00390625") * 2_000
    assert USD.exactly(tick) * 3 == USD.of("23.4375")


def test_what_arithmetic_left_beyond_four_places_is_refused() -> None:
    with pytest.raises(NotAnAmount):
        USD.exactly(Decimal("0.00005"))


@pytest.mark.parametrize(("units", "down", "up"), [(10, 3, 4), (-10, -4, -3), (9, 3, 3), (0, 0, 0)])
def test_a_third_is_rounded_as_its_rule_says(units: int, down: int, up: int) -> None:
    third = Fraction(1, 3)
    assert (USD(units).share_down(third), USD(units).share_up(third)) == (USD(down), USD(up))


def test_parts_of_a_cent_stay_with_the_firm() -> None:
    assert str(USD.of("90.0899").whole_cents_down()) == "90.08"


def test_amounts_add_subtract_and_compare() -> None:
    one, two = USD.of("1"), USD.of("2")
    assert one + one == two
    assert one - two == -one
    assert one * 2 == two
    assert max(one, two) is two

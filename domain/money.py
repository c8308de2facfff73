"""Money, counted in ten-thousandths of a dollar.

A tick of the two-year note future is worth $7.8125, so cents cannot hold a profit and loss
exactly; four decimal places can. No float ever enters here.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Self

from domain.errors import DomainError

EXPONENT = 4
UNITS_PER_DOLLAR = 10**EXPONENT
UNITS_PER_CENT = 100
UNITS_MAX = 10**17
"""Ten trillion dollars: past this an amount is a mistake, not money."""

_AMOUNT = re.compile(r"-?\d{1,13}(\.\d{1,4})?", re.ASCII)


class NotAnAmount(DomainError):
    """The text is not a dollar amount of at most four decimal places."""

    code = "not-an-amount"


@dataclass(frozen=True, slots=True)
class USD:
    """An exact amount. `USD.of("7.8125")` is `USD(78_125)`."""

    units: int

    @classmethod
    def of(cls, amount: str) -> Self:
        """Read a plain decimal, `-1234.5678` at the most precise; anything else is refused."""
        if not isinstance(amount, str) or not _AMOUNT.fullmatch(amount):
            raise NotAnAmount(
                f"{amount!r} is not an amount of dollars; write it as a decimal string such as"
                ' "1250.00", with at most four decimal places.'
            )
        dollars, _, places = amount.partition(".")
        return cls(int(dollars + places.ljust(EXPONENT, "0")))

    @classmethod
    def exactly(cls, amount: Decimal) -> Self:
        """An amount that arithmetic produced; refused when it needs more than four places."""
        # Integers, for a Decimal would be rounded to the precision of whoever calls.
        numerator, denominator = amount.as_integer_ratio()
        units, rest = divmod(numerator * UNITS_PER_DOLLAR, denominator)
        if rest:
            raise NotAnAmount(f"{amount} has more than {EXPONENT} decimal places.")
        return cls(units)

    # Sums are most of what judging does: they skip the frozen class's slow way to a new amount.
    def __add__(self, other: USD) -> USD:
        total = _blank(USD)
        _set_units(total, self.units + other.units)
        return total

    def __sub__(self, other: USD) -> USD:
        rest = _blank(USD)
        _set_units(rest, self.units - other.units)
        return rest

    # So are comparisons: the dataclass's own would make two tuples for each.
    def __lt__(self, other: USD) -> bool:
        return self.units < other.units if other.__class__ is USD else NotImplemented

    def __le__(self, other: USD) -> bool:
        return self.units <= other.units if other.__class__ is USD else NotImplemented

    def __gt__(self, other: USD) -> bool:
        return self.units > other.units if other.__class__ is USD else NotImplemented

    def __ge__(self, other: USD) -> bool:
        return self.units >= other.units if other.__class__ is USD else NotImplemented

    def __neg__(self) -> USD:
        return USD(-self.units)

    def __mul__(self, count: int) -> USD:
        return USD(self.units * count)

    def __str__(self) -> str:
        """Plain decimal with two to four places: `48399.00`, `7.8125`."""
        sign = "-" if self.units < 0 else ""
        dollars, rest = divmod(abs(self.units), UNITS_PER_DOLLAR)
        if not rest % UNITS_PER_CENT:
            return f"{sign}{dollars}.{rest // UNITS_PER_CENT:02d}"
        return f"{sign}{dollars}.{rest:04d}".removesuffix("0")

    def share_up(self, fraction: Fraction) -> USD:
        """A fraction of the amount, rounded up to a unit: for allowances, so a floor errs low."""
        return USD(-(-self.units * fraction.numerator // fraction.denominator))

    def share_down(self, fraction: Fraction) -> USD:
        """A fraction of the amount, rounded down to a unit: the rule for ceilings."""
        return USD(self.units * fraction.numerator // fraction.denominator)

    def whole_cents_down(self) -> USD:
        """The rule for cash that leaves the firm: parts of a cent stay with the firm."""
        return USD(self.units // UNITS_PER_CENT * UNITS_PER_CENT)


_blank = object.__new__
_set_units = vars(USD)["units"].__set__

ZERO = USD(0)

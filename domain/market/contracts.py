"""Contracts by symbol, prices on their tick, and profit to the last unit of money."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import (
    Context,
    Decimal,
    DivisionByZero,
    Inexact,
    InvalidOperation,
    Overflow,
)
from functools import lru_cache
from typing import Final

from domain.market.errors import NotAPrice, PriceOffTick, QuantityOutOfRange, UnknownContract
from domain.market.platform_codes import PROJECTX_ROOTS
from domain.market.specs import SPECS, ContractSpec
from domain.money import UNITS_MAX, USD

QUANTITY_MAX: Final = 10_000
"""Contracts in one trade: past this it is a mistake, not a position."""

_MONTHS = "FGHJKMNQUVXZ"
_SYMBOL = re.compile(rf"([A-Z0-9]{{2,3}})([{_MONTHS}])(\d{{1,2}})", re.ASCII)
_PROJECTX = re.compile(rf"CON\.F\.US\.([A-Z0-9]{{2,4}})\.([{_MONTHS}])(\d{{1,2}})", re.ASCII)
_PLACES_MAX = 12
_PRICE = re.compile(rf"-?\d{{1,9}}(\.\d{{1,{_PLACES_MAX}}})?", re.ASCII)
_SHOWN_MAX = 40
_SYMBOLS_CACHED = 4096

# Its own context, so that no caller's precision can round a price, and rounding is an error.
_EXACT = Context(prec=50, traps=[DivisionByZero, Inexact, InvalidOperation, Overflow])


@dataclass(frozen=True, slots=True)
class Contract:
    """One symbol and the terms it trades on.

    `symbol` is as written. `series` is the exchange's short form, `ESH6`, and is the same for every
    spelling of one contract; a bare root has no month and is its own series.
    """

    symbol: str
    spec: ContractSpec
    series: str

    def price(self, value: str | Decimal) -> Decimal:
        """Read a price of this contract; below zero is legal.

        Answers the value without superfluous zeros. Raises `NotAPrice` when it is no plain decimal,
        `PriceOffTick` when it lies between two ticks.
        """
        price = _plain(value)
        beyond = _EXACT.remainder(price, self.spec.tick)
        if beyond:
            raise self._off_tick(price, beyond)
        return price

    def profit(self, *, entry: Decimal, exit_price: Decimal, signed_quantity: int) -> USD:
        """What the move was worth before fees: quantity above zero is long, below zero short.

        Raises `QuantityOutOfRange`, or `NotAPrice` when no market could have moved so far. Prices
        must come from `price`: the amount is exact, never rounded.
        """
        if not 1 <= abs(signed_quantity) <= QUANTITY_MAX:
            raise QuantityOutOfRange(
                f"{signed_quantity} contracts of {self.symbol} is not a trade; give a quantity from"
                f" 1 to {QUANTITY_MAX:,}, below zero for a short.",
                symbol=self.symbol,
                quantity=signed_quantity,
            )
        move = _EXACT.subtract(exit_price, entry)
        worth = _EXACT.multiply(_EXACT.multiply(move, self.spec.multiplier), signed_quantity)
        profit = USD.exactly(worth)
        if abs(profit.units) > UNITS_MAX:
            raise NotAPrice(
                f"{self.symbol} did not move from {price_text(entry)} to {price_text(exit_price)}:"
                f" that is worth {profit} dollars; check both prices.",
                symbol=self.symbol,
            )
        return profit

    def _off_tick(self, price: Decimal, beyond: Decimal) -> PriceOffTick:
        # The remainder has the sign of the price; the tick below lies towards minus infinity.
        tick = self.spec.tick
        below = _EXACT.subtract(price, beyond)
        if beyond < 0:
            below = _EXACT.subtract(below, tick)
        above = _EXACT.add(below, tick)
        below, above = _tidy(below), _tidy(above)
        return PriceOffTick(
            f"{self.symbol} does not trade at {price_text(price)}: its tick is {price_text(tick)},"
            f" and the nearest prices are {price_text(below)} and {price_text(above)}.",
            symbol=self.symbol,
            price=price_text(price),
            tick=price_text(tick),
            below=price_text(below),
            above=price_text(above),
        )


def contract_of(symbol: str) -> Contract:
    """Find the contract of `ESH6`, `MCLZ25`, a bare `ES`, or ProjectX's `CON.F.US.EP.H26`.

    Raises `UnknownContract` for anything else: other spellings are refused, not guessed at.
    """
    return _contract_of(symbol)


def price_text(price: Decimal) -> str:
    """Fixed notation: `0.0000005`, never `5E-7`."""
    return format(price, "f")


@lru_cache(maxsize=_SYMBOLS_CACHED)
def _contract_of(symbol: str) -> Contract:
    bare = SPECS.get(symbol)
    if bare is not None:
        return Contract(symbol, bare, symbol)
    if named := _SYMBOL.fullmatch(symbol):
        root = named[1]
    elif named := _PROJECTX.fullmatch(symbol):
        root = PROJECTX_ROOTS.get(named[1], "")
    else:
        raise _unknown(symbol)
    spec = SPECS.get(root)
    if spec is None:
        raise _unknown(symbol)
    return Contract(symbol, spec, f"{root}{named[2]}{named[3][-1]}")


def _unknown(symbol: str) -> UnknownContract:
    shown = symbol if len(symbol) <= _SHOWN_MAX else symbol[:_SHOWN_MAX] + "…"
    return UnknownContract(
        f"{shown!r} is not a contract of this ledger; write a root of its table, a month letter"
        ' and a year, such as "ESH6" or "MCLZ25".',
        symbol=shown,
    )


def _plain(value: str | Decimal) -> Decimal:
    if isinstance(value, Decimal):
        # The size comes first: the fixed notation of 1E+999999 is a megabyte of zeros.
        if not value.is_finite() or abs(value.adjusted()) > _PLACES_MAX:
            raise _not_a_price(value)
        value = price_text(value)
    if not isinstance(value, str) or not _PRICE.fullmatch(value):
        raise _not_a_price(value)
    return _tidy(Decimal(value))


def _tidy(price: Decimal) -> Decimal:
    """The same number with no zeros after its last digit, no exponent and no minus zero."""
    if not price:
        return Decimal(0)
    short = price.normalize(_EXACT)
    whole = short.as_tuple().exponent
    assert isinstance(whole, int), "infinities were refused before"
    return short.quantize(Decimal(1), context=_EXACT) if whole > 0 else short


def _not_a_price(value: object) -> NotAPrice:
    shown = str(value)[:_SHOWN_MAX]
    return NotAPrice(
        f'{shown!r} is not a price; write a plain decimal such as "5003.25", with no exponent and'
        f" at most {_PLACES_MAX} decimal places.",
        price=shown,
    )

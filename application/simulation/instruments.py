"""What is traded in a simulated book: prices to begin with, how far a day moves, what it costs.

Levels and moves are of the size that each market has had in the middle of the 2020s; nobody should
read more into them. Fees are what platforms charge a side, exchange and clearing included.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from functools import lru_cache
from typing import Final

from domain.market.contracts import contract_of
from domain.market.specs import SPECS, ContractSpec
from domain.money import USD

SLOT_SECONDS: Final = 300
"""The grid of the market: prices are known every five minutes from the open on."""

FULL_DAY_SLOTS: Final = 276
_GRAINS_OPEN, _GRAINS_CLOSE = 186, 244  # 08:30 and 13:20 in Chicago.
_MONTHS: Final = "FGHJKMNQUVXZ"
_SYMBOLS_CACHED: Final = 4_096


@dataclass(frozen=True, slots=True)
class Market:
    """One underlying: where it begins and how many ticks it moves in a day (one deviation).

    Ticks are those of `spec`, the finest of the contracts on it.
    """

    spec: ContractSpec
    level: int
    day_ticks: int

    @property
    def name(self) -> str:
        """The underlying."""
        return self.spec.underlying


@dataclass(frozen=True, slots=True)
class Instrument:
    """One product on a market. `coarseness` is how many of the market's ticks make one of its own;
    `fee` is for one contract, one side. The front contract is the first of `months` that is at
    least `lead_days` away.
    """

    spec: ContractSpec
    market: Market
    coarseness: int
    tick_units: int
    fee: USD
    months: str
    lead_days: int

    @property
    def root(self) -> str:
        """The exchange's root symbol."""
        return self.spec.root

    def price(self, ticks: int) -> Decimal:
        """The price that is so many ticks from zero."""
        return contract_of(self.root).price(self.spec.tick * ticks)

    def hours(self, slots: int) -> range | None:
        """The slots in which it trades on a day of so many; grains sit out short days."""
        if self.spec.group != "agriculture":
            return range(slots)
        return range(_GRAINS_OPEN, _GRAINS_CLOSE) if slots == FULL_DAY_SLOTS else None

    def front(self, day: date) -> str:
        """The symbol most traded on a day."""
        return _front(self.root, self.months, day + timedelta(days=self.lead_days))


@lru_cache(maxsize=_SYMBOLS_CACHED)
def _front(root: str, months: str, not_before: date) -> str:
    month = not_before.replace(day=1)
    while month < not_before or _MONTHS[month.month - 1] not in months:
        month = (month + timedelta(days=31)).replace(day=1)
    return f"{root}{_MONTHS[month.month - 1]}{month.year % 10}"


def _market(root: str, price: str, day_ticks: int) -> Market:
    spec = SPECS[root]
    return Market(spec, int(Decimal(price) / spec.tick), day_ticks)


_QUARTERS, _ALL = "HMUZ", _MONTHS
_INDEX_LEAD, _RATES_LEAD, _ENERGY_LEAD, _OTHER_LEAD = -9, 2, 15, 4

_MARKETS: Final = {
    market.name: market
    for market in (
        _market("ES", "6000", 240),
        _market("NQ", "21500", 1_200),
        _market("YM", "44000", 400),
        _market("RTY", "2200", 280),
        _market("CL", "70.00", 140),
        _market("NG", "3.500", 105),
        _market("GC", "2700.0", 300),
        _market("SI", "31.000", 100),
        _market("HG", "4.3000", 100),
        _market("ZF", "106.5", 32),
        _market("ZN", "109.5", 28),
        _market("ZB", "115", 26),
        _market("6E", "1.05", 100),
        _market("6B", "1.25", 60),
        _market("6J", "0.0065", 80),
        _market("ZC", "450", 24),
        _market("ZS", "1000", 48),
        _market("ZW", "550", 36),
    )
}


def _listed(*rows: tuple[str, str, str, int]) -> dict[str, Instrument]:
    listed = {}
    for root, fee, months, lead_days in rows:
        spec = SPECS[root]
        market = _MARKETS[spec.underlying]
        coarseness = int(spec.tick / market.spec.tick)
        listed[root] = Instrument(
            spec, market, coarseness, spec.tick_value.units, USD.of(fee), months, lead_days
        )
    return listed


INSTRUMENTS: Final = _listed(
    ("ES", "1.40", _QUARTERS, _INDEX_LEAD),
    ("MES", "0.37", _QUARTERS, _INDEX_LEAD),
    ("NQ", "1.40", _QUARTERS, _INDEX_LEAD),
    ("MNQ", "0.37", _QUARTERS, _INDEX_LEAD),
    ("YM", "1.40", _QUARTERS, _INDEX_LEAD),
    ("MYM", "0.37", _QUARTERS, _INDEX_LEAD),
    ("RTY", "1.40", _QUARTERS, _INDEX_LEAD),
    ("M2K", "0.37", _QUARTERS, _INDEX_LEAD),
    ("CL", "1.52", _ALL, _ENERGY_LEAD),
    ("MCL", "0.52", _ALL, _ENERGY_LEAD),
    ("NG", "1.62", _ALL, _ENERGY_LEAD),
    ("GC", "1.62", "GJMQZ", _OTHER_LEAD),
    ("MGC", "0.62", "GJMQZ", _OTHER_LEAD),
    ("SI", "1.62", "HKNUZ", _OTHER_LEAD),
    ("HG", "1.62", "HKNUZ", _OTHER_LEAD),
    ("ZF", "0.67", _QUARTERS, _RATES_LEAD),
    ("ZN", "0.82", _QUARTERS, _RATES_LEAD),
    ("ZB", "0.89", _QUARTERS, _RATES_LEAD),
    ("6E", "1.62", _QUARTERS, _INDEX_LEAD),
    ("M6E", "0.26", _QUARTERS, _INDEX_LEAD),
    ("6B", "1.62", _QUARTERS, _INDEX_LEAD),
    ("6J", "1.62", _QUARTERS, _INDEX_LEAD),
    ("ZC", "2.15", "HKNUZ", _OTHER_LEAD),
    ("ZS", "2.15", "FHKNQUX", _OTHER_LEAD),
    ("ZW", "2.15", "HKNUZ", _OTHER_LEAD),
)
"""Every product of the simulated market, by root."""

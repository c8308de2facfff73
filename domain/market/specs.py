"""The contracts that may appear in the ledger: what one point is worth and how fine prices are.

The multiplier is dollars for 1.00 of the quoted price. Grains, soybean oil and livestock are quoted
in cents, and their multiplier is per cent: corn at 450.25 is 4.5025 dollars a bushel, 50 dollars a
cent.

Three rows deserve a second look before money hangs on them:

- SIL, MBT and MET count as micros here, yet they are not a tenth of their larger sister (SIL is a
  fifth of SI, MBT a fiftieth of BTC), and at least one platform weighs them in its own way. A pack
  that pools contracts must state its own weights for them.
- 6A, 6N and 6S trade in half pips, 0.00005. Older tables still print 0.0001; every price on the
  old tick is also on this one. The platform's own contract list agrees with the half pip.
- The size class is the platforms' convention (a mini counts ten, a micro one), not the exchange's.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import time
from decimal import Decimal
from functools import cache
from typing import Final, Literal, TypeAlias

from domain.money import USD

Exchange: TypeAlias = Literal["CME", "CBOT", "NYMEX", "COMEX"]
SizeClass: TypeAlias = Literal["mini", "micro"]
Group: TypeAlias = Literal[
    "equity-index", "energy", "metals", "rates", "fx", "agriculture", "crypto"
]
_Row: TypeAlias = tuple[str, str, Exchange, str, str, SizeClass, str]


@dataclass(frozen=True, slots=True)
class ContractSpec:
    """The terms of one product, the same for each of its delivery months.

    `multiplier` is dollars for 1.00 of price, `tick` the smallest step of the price. `group` is the
    kind of market. Two contracts on one `underlying` move together: ES and MES share `SP500`.
    `closes_at` is the Chicago time at which its day ends, where that is before the common 16:00.
    """

    root: str
    name: str
    exchange: Exchange
    multiplier: Decimal
    tick: Decimal
    size_class: SizeClass
    group: Group
    underlying: str
    closes_at: time | None = None

    @property
    def tick_value(self) -> USD:
        """What one tick is worth on one contract."""
        return _tick_value(self.tick, self.multiplier)


@cache
def _tick_value(tick: Decimal, multiplier: Decimal) -> USD:
    return USD.exactly(tick * multiplier)


def _listed(group: Group, *rows: _Row, closes_at: time | None = None) -> tuple[ContractSpec, ...]:
    """The rows of one group: root, name, exchange, multiplier, tick, size class, underlying."""
    return tuple(
        ContractSpec(
            root, name, exchange, Decimal(multiplier), Decimal(tick), size, group, on, closes_at
        )
        for root, name, exchange, multiplier, tick, size, on in rows
    )


_EQUITY_INDEX = _listed(
    "equity-index",
    ("ES", "E-mini S&P 500", "CME", "50", "0.25", "mini", "SP500"),
    ("MES", "Micro E-mini S&P 500", "CME", "5", "0.25", "micro", "SP500"),
    ("NQ", "E-mini Nasdaq-100", "CME", "20", "0.25", "mini", "NASDAQ100"),
    ("MNQ", "Micro E-mini Nasdaq-100", "CME", "2", "0.25", "micro", "NASDAQ100"),
    ("YM", "E-mini Dow", "CBOT", "5", "1", "mini", "DOW"),
    ("MYM", "Micro E-mini Dow", "CBOT", "0.5", "1", "micro", "DOW"),
    ("RTY", "E-mini Russell 2000", "CME", "50", "0.1", "mini", "RUSSELL2000"),
    ("M2K", "Micro E-mini Russell 2000", "CME", "5", "0.1", "micro", "RUSSELL2000"),
    ("EMD", "E-mini S&P MidCap 400", "CME", "100", "0.1", "mini", "MIDCAP400"),
    ("NKD", "Nikkei 225 in dollars", "CME", "5", "5", "mini", "NIKKEI225"),
)
_ENERGY = _listed(
    "energy",
    ("CL", "WTI crude oil", "NYMEX", "1000", "0.01", "mini", "WTI"),
    ("QM", "E-mini crude oil", "NYMEX", "500", "0.025", "mini", "WTI"),
    ("MCL", "Micro WTI crude oil", "NYMEX", "100", "0.01", "micro", "WTI"),
    ("NG", "Henry Hub natural gas", "NYMEX", "10000", "0.001", "mini", "NATGAS"),
    ("MNG", "Micro Henry Hub natural gas", "NYMEX", "1000", "0.001", "micro", "NATGAS"),
    ("RB", "RBOB gasoline", "NYMEX", "42000", "0.0001", "mini", "RBOB"),
    ("HO", "NY Harbor ULSD heating oil", "NYMEX", "42000", "0.0001", "mini", "ULSD"),
)
_METALS = _listed(
    "metals",
    ("GC", "Gold", "COMEX", "100", "0.1", "mini", "GOLD"),
    ("MGC", "Micro gold", "COMEX", "10", "0.1", "micro", "GOLD"),
    ("SI", "Silver", "COMEX", "5000", "0.005", "mini", "SILVER"),
    ("SIL", "Micro silver, 1,000 oz", "COMEX", "1000", "0.005", "micro", "SILVER"),
    ("HG", "Copper", "COMEX", "25000", "0.0005", "mini", "COPPER"),
    ("PL", "Platinum", "NYMEX", "50", "0.1", "mini", "PLATINUM"),
)
_RATES = _listed(
    "rates",
    ("ZT", "2-year Treasury note", "CBOT", "2000", "0.00390625", "mini", "UST2Y"),
    ("ZF", "5-year Treasury note", "CBOT", "1000", "0.0078125", "mini", "UST5Y"),
    ("ZN", "10-year Treasury note", "CBOT", "1000", "0.015625", "mini", "UST10Y"),
    ("TN", "Ultra 10-year Treasury note", "CBOT", "1000", "0.015625", "mini", "UST10Y-ULTRA"),
    ("ZB", "30-year Treasury bond", "CBOT", "1000", "0.03125", "mini", "UST30Y"),
    ("UB", "Ultra Treasury bond", "CBOT", "1000", "0.03125", "mini", "UST30Y-ULTRA"),
)
_FX = _listed(
    "fx",
    ("6E", "Euro FX", "CME", "125000", "0.00005", "mini", "EUR"),
    ("6B", "British pound", "CME", "62500", "0.0001", "mini", "GBP"),
    ("6J", "Japanese yen", "CME", "12500000", "0.0000005", "mini", "JPY"),
    ("6A", "Australian dollar", "CME", "100000", "0.00005", "mini", "AUD"),
    ("6C", "Canadian dollar", "CME", "100000", "0.00005", "mini", "CAD"),
    ("6S", "Swiss franc", "CME", "125000", "0.00005", "mini", "CHF"),
    ("6N", "New Zealand dollar", "CME", "100000", "0.00005", "mini", "NZD"),
    ("6M", "Mexican peso", "CME", "500000", "0.00001", "mini", "MXN"),
    ("M6E", "Micro EUR/USD", "CME", "12500", "0.0001", "micro", "EUR"),
    ("M6A", "Micro AUD/USD", "CME", "10000", "0.0001", "micro", "AUD"),
    ("M6B", "Micro GBP/USD", "CME", "6250", "0.0001", "micro", "GBP"),
)
_GRAINS = _listed(
    "agriculture",
    ("ZC", "Corn", "CBOT", "50", "0.25", "mini", "CORN"),
    ("ZW", "Chicago wheat", "CBOT", "50", "0.25", "mini", "WHEAT"),
    ("ZS", "Soybeans", "CBOT", "50", "0.25", "mini", "SOYBEANS"),
    ("ZM", "Soybean meal", "CBOT", "100", "0.1", "mini", "SOYBEAN-MEAL"),
    ("ZL", "Soybean oil", "CBOT", "600", "0.01", "mini", "SOYBEAN-OIL"),
    closes_at=time(13, 20),
)
_LIVESTOCK = _listed(
    "agriculture",
    ("HE", "Lean hogs", "CME", "400", "0.025", "mini", "LEAN-HOGS"),
    ("LE", "Live cattle", "CME", "400", "0.025", "mini", "LIVE-CATTLE"),
    ("GF", "Feeder cattle", "CME", "500", "0.025", "mini", "FEEDER-CATTLE"),
    closes_at=time(13, 5),
)
_CRYPTO = _listed(
    "crypto",
    ("BTC", "Bitcoin", "CME", "5", "5", "mini", "BITCOIN"),
    ("MBT", "Micro bitcoin", "CME", "0.1", "5", "micro", "BITCOIN"),
    ("MET", "Micro ether", "CME", "0.1", "0.5", "micro", "ETHER"),
)

SPECS: Final = {
    spec.root: spec
    for spec in (
        *_EQUITY_INDEX, *_ENERGY, *_METALS, *_RATES, *_FX, *_GRAINS, *_LIVESTOCK, *_CRYPTO,
    )
}  # fmt: skip
"""Every contract the ledger knows, by root symbol."""

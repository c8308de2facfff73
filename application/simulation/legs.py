"""What a simulated trader holds, and what it is worth."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime

from application.simulation.instruments import Instrument
from application.simulation.prices import Prices
from domain.accounts.executions import Fill, Trade


@dataclass(frozen=True, slots=True, kw_only=True)
class Leg:
    """Contracts entered at one price; `quantity` is below zero for a short."""

    instrument: Instrument
    symbol: str
    quantity: int
    ticks: int
    entered_at: datetime
    day: int

    def worth(self, ticks: int) -> int:
        """Open profit in units of money, at a price in ticks."""
        return (ticks - self.ticks) * self.quantity * self.instrument.tick_units


@dataclass(slots=True, kw_only=True)
class Idea:
    """What was entered for one reason and is left together. Money is in units.

    `banked` is the profit of legs that were closed before the others. `reports` are what the
    platform told of it, in its order; of a late one it tells nothing before the next morning.
    """

    legs: list[Leg]
    stop_units: int
    target_units: int
    slots_left: int
    overnight: bool
    scales_out: bool
    doubles_down: bool
    banked: int = 0
    reports: list[Trade | Fill] = field(default_factory=list)
    first_day: int = 0
    is_late: bool = False

    def is_over(self, worth: int) -> bool:
        """Whether time, loss or profit ends it, at this open profit."""
        total = worth + self.banked
        return self.slots_left <= 0 or not -self.stop_units < total < self.target_units


def worth_of(legs: Iterable[Leg], prices: Prices, *, day: int, slot: int) -> int:
    """The open profit of legs at the beginning of a slot, in units of money."""
    return sum(leg.worth(prices.at(leg.instrument, day, slot, 0)) for leg in legs)

"""What a trader decides to enter: product, side, size, and where it is left."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import isqrt
from typing import Final, TypeAlias

from application.simulation.chance import Chance
from application.simulation.instruments import FULL_DAY_SLOTS, INSTRUMENTS, Instrument
from application.simulation.legs import Idea
from application.simulation.prices import Prices
from application.simulation.traders import Trader

Order: TypeAlias = tuple[Instrument, int]
"""A product and a signed quantity."""

_STOP_TICKS_MIN: Final = 3
_TOO_LARGE: Final = 2  # One contract may risk this many times what is meant, and no more.
_STUBBORN: Final = 4  # How much further a stop lies that is ignored.
_SPLIT_PERMILLE: Final = 350
_EVERYTHING: Final = tuple(INSTRUMENTS.values())


@dataclass(frozen=True, slots=True, kw_only=True)
class Moment:
    """A slot of a day of the market."""

    prices: Prices
    day: int
    slot: int


def draw_idea(chance: Chance, trader: Trader, now: Moment) -> tuple[Idea, Sequence[Order]] | None:
    """An idea and the orders that enter it; None when the product does not trade now."""
    kind = trader.temperament
    hold = chance.between(*kind.hold_slots)
    risk = trader.allowance.units * chance.between(*kind.risk_permille) // 1_000
    instrument = _draw_instrument(chance, trader, now, hold=hold, risk=risk)
    hours = instrument.hours(now.prices.slots(now.day))
    if hours is None or now.slot not in hours[:-2]:
        return None
    stop = _stop_units(instrument, now, hold)
    size = _draw_size(chance, trader, instrument, risk // stop)
    side = _draw_side(chance, trader, instrument, now, hold)
    orders = _split(chance, instrument, side * size)
    if kind.hedges:
        orders = [
            (instrument, side * size),
            (_other_side(chance, trader, instrument), -side * size),
        ]
    stubborn = _STUBBORN if chance.happens(kind.ignores_stops_permille) else 1
    idea = Idea(
        legs=[],
        stop_units=stop * size * stubborn,
        target_units=stop * size * kind.reward_percent // 100,
        slots_left=hold,
        overnight=chance.happens(kind.overnight_permille) and hours.stop == FULL_DAY_SLOTS,
        scales_out=chance.happens(kind.scales_out_permille),
        doubles_down=chance.happens(kind.doubles_down_permille),
        first_day=now.day,
    )
    return idea, orders


def _draw_instrument(
    chance: Chance, trader: Trader, now: Moment, *, hold: int, risk: int
) -> Instrument:
    kind = trader.temperament
    strays, stray = chance.happens(kind.stray_permille), chance.one_of(_EVERYTHING)
    chosen = stray if strays else chance.one_of(trader.favourites)
    if strays or kind.oversize_permille or _fits(chosen, now, hold, risk):
        return chosen
    # Too large for what is meant to be risked: the smallest that fits, of the same market if any.
    allowed = [each for each in _EVERYTHING if trader.lists(each)] or _EVERYTHING
    return min(
        allowed,
        key=lambda each: (
            not _fits(each, now, hold, risk),
            each.market is not chosen.market,
            _stop_units(each, now, hold),
        ),
    )


def _fits(instrument: Instrument, now: Moment, hold: int, risk: int) -> bool:
    return _stop_units(instrument, now, hold) <= _TOO_LARGE * risk


def _stop_units(instrument: Instrument, now: Moment, hold: int) -> int:
    """What one contract loses when the market moves by one deviation of that many slots."""
    day_ticks = now.prices.day_ticks(instrument, now.day)
    ticks = day_ticks * isqrt(max(1, hold) * 100) // isqrt(FULL_DAY_SLOTS * 100)
    return max(_STOP_TICKS_MIN, ticks) * instrument.tick_units


def _draw_size(chance: Chance, trader: Trader, instrument: Instrument, wanted: int) -> int:
    limit = trader.limit(instrument)
    if chance.happens(trader.temperament.oversize_permille):
        return limit + chance.between(1, limit)
    return min(max(1, wanted), limit)


def _draw_side(
    chance: Chance, trader: Trader, instrument: Instrument, now: Moment, hold: int
) -> int:
    """Above zero for long. Insight is a glance at what the market is going to do."""
    coin = 1 if chance.below(2) else -1
    if not chance.happens(trader.temperament.insight_permille):
        return coin
    path = now.prices.path(instrument.market, now.day)
    move = path[min(now.slot + max(1, hold), len(path) - 1)] - path[now.slot]
    return coin if move == 0 else (1 if move > 0 else -1)


def _split(chance: Chance, instrument: Instrument, quantity: int) -> Sequence[Order]:
    """An order that is filled whole, or in two parts."""
    part = quantity // 2 if quantity > 0 else -(-quantity // 2)
    if not part or not chance.happens(_SPLIT_PERMILLE):
        return [(instrument, quantity)]
    return [(instrument, part), (instrument, quantity - part)]


def _other_side(chance: Chance, trader: Trader, instrument: Instrument) -> Instrument:
    """Another product of the same group, a listed one if there is."""
    group = [
        each for each in _EVERYTHING
        if each.spec.group == instrument.spec.group and each is not instrument
    ]  # fmt: skip
    return chance.one_of([each for each in group if trader.lists(each)] or group)

"""The market of a book: one path of prices an underlying and day, the same for every account.

A step is the fall of coins, shared in part with the other markets of its group, and now and then
several times as large: tails are fatter than normal. The size of steps follows the clock of
Chicago, the news, the mood of the day and the level. All of it is whole numbers, so no machine
rounds differently.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterator, Sequence
from datetime import date
from math import isqrt
from typing import Final

from application.simulation.chance import Chance
from application.simulation.instruments import (
    FULL_DAY_SLOTS,
    SLOT_SECONDS,
    Instrument,
    Market,
)
from application.simulation.news import releases_on
from domain.market.calendar import session_close, session_open

_FINE: Final = 256  # Paths are walked in parts of a tick.
_MOODS: Final = (55, 70, 80, 90, 100, 100, 110, 125, 150, 220)
_TIMES_A_STEP: Final = 14_422  # A thousand times the deviation of 3 shared and 2 own falls.
_PULL_BACK_DAYS: Final = 200
_STIRRED: Final = 3  # A slot with news moves so many times as far.
_SHAKEN: Final = 64  # Of 4,096 own falls; the first two of them far more.

# How lively each stretch of the day is, from 17:00 in Chicago: minutes, and percent.
_SHAPE: Final = (
    (60, 60), (480, 40), (60, 70), (240, 65), (60, 90), (30, 100), (60, 280), (90, 190),
    (120, 120), (60, 130), (60, 180), (60, 80),
)  # fmt: skip
_WEIGHTS: Final = tuple(
    percent for minutes, percent in _SHAPE for _ in range(minutes * 60 // SLOT_SECONDS)
)
_WHOLE: Final = isqrt(sum(weight * weight for weight in _WEIGHTS))
assert len(_WEIGHTS) == FULL_DAY_SLOTS, "the shape covers a full day"


class Prices:
    """Paths of all markets over the days of a book, walked when they are first asked for.

    Nothing of it depends on the accounts. At most 50 MB for the longest book.
    """

    def __init__(self, *, seed: int, days: Sequence[date]) -> None:
        self._seed, self._days = seed, days
        self._paths: dict[str, list[array[int]]] = {}
        self._shared: dict[tuple[str, int], bytes] = {}

    def path(self, market: Market, day: int) -> array[int]:
        """Levels in ticks of the market at each slot of a day, the close among them."""
        walked = self._paths.setdefault(market.name, [])
        while len(walked) <= day:
            walked.append(self._walk(market, len(walked), walked[-1][-1] if walked else None))
        return walked[day]

    def at(self, instrument: Instrument, day: int, slot: int, second: int) -> int:
        """The price in ticks of the instrument, so many seconds into a slot."""
        path = self.path(instrument.market, day)
        level = path[slot]
        if second:
            level += (path[slot + 1] - level) * second // SLOT_SECONDS
        return level // instrument.coarseness

    def day_ticks(self, instrument: Instrument, day: int) -> int:
        """How many ticks of the instrument an ordinary day moves, as things stand at its open."""
        market = instrument.market
        level = self.path(market, day)[0]
        return max(1, market.day_ticks * level // market.level // instrument.coarseness)

    def slots(self, day: int) -> int:
        """How many slots the session of a day has."""
        return slots_of(self._days[day])

    def _walk(self, market: Market, day: int, last: int | None) -> array[int]:
        chance = Chance(self._seed, market.name, self._days[day])
        level = self._opening(market, last, chance)
        deviation = market.day_ticks * level * chance.one_of(_MOODS) * _FINE
        deviation //= market.level * 100
        deviations = [deviation * weight // _WHOLE for weight in _WEIGHTS]
        for slot in _stirred(self._days[day], market):
            deviations[slot] *= _STIRRED
        return _path(level, self._falls(market.spec.group, day), deviations, chance)

    @staticmethod
    def _opening(market: Market, last: int | None, chance: Chance) -> int:
        """A small gap after the last close, and a slow pull back to where the market began."""
        if last is None:
            return market.level
        gap = market.day_ticks * chance.bell() // 40
        level = last + gap + (market.level - last) // _PULL_BACK_DAYS
        return max(market.level // 8, level)

    def _falls(self, group: str, day: int) -> bytes:
        """What the markets of a group have in common on a day, as coins out of 64."""
        known = self._shared.get((group, day))
        if known is None:
            bits = Chance(self._seed, group, self._days[day]).bits
            known = bytes(bits(64).bit_count() for _ in range(self.slots(day)))
            self._shared[group, day] = known
        return known


def _stirred(day: date, market: Market) -> Iterator[int]:
    """The slots in which news is released that moves the market."""
    for release in releases_on(day):
        if release.roots is None or market.spec.root in release.roots:
            yield int((release.released_at - session_open(day)).total_seconds()) // SLOT_SECONDS


def slots_of(day: date) -> int:
    """How many whole slots lie between the open and the close of a trading day."""
    return int((session_close(day) - session_open(day)).total_seconds()) // SLOT_SECONDS


def _path(level: int, shared: bytes, deviations: Sequence[int], chance: Chance) -> array[int]:
    bits, fine, least = chance.bits, level * _FINE, level * _FINE // 2
    path = array("i", (level,))
    for fall, deviation in zip(shared, deviations, strict=False):  # A short day ends sooner.
        own = bits(64).bit_count() - 32
        shaken = bits(12)
        if shaken < _SHAKEN:
            own *= 10 if shaken < 2 else 3  # noqa: PLR2004 (explained where the odds are named)
        step = (3 * (fall - 32) + 2 * own) * deviation * 1_000 // _TIMES_A_STEP
        fine = max(least, fine + step)
        path.append(fine // _FINE)
    return path

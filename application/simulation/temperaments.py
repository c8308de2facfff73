"""Kinds of traders: how often they trade, how long, how much they put at risk, and their vices.

`*_permille` are chances or shares of a thousand. Numbers are set so that a book of a month looks
like one: some accounts fail, fewer pass, most are under way.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True, kw_only=True)
class Temperament:
    """How one kind of trader trades.

    `ideas` a trading day and `hold_slots` (of five minutes) are least and most. One idea risks
    `risk_permille` of what the account may lose; it is dropped at that loss, or at `reward_percent`
    of it as profit. `insight_permille` of ideas face where the market will go, the others
    anywhere. `day_stop_permille` of what may be lost ends the day; None: nothing does.
    """

    name: str
    weight: int
    trades_permille: int
    ideas: tuple[int, int]
    hold_slots: tuple[int, int]
    risk_permille: tuple[int, int]
    reward_percent: int
    insight_permille: int
    day_stop_permille: int | None = None
    mark_every: int = 2
    stray_permille: int = 20
    oversize_permille: int = 0
    ignores_stops_permille: int = 0
    doubles_down_permille: int = 0
    scales_out_permille: int = 0
    hedges: bool = False
    overnight_permille: int = 0


TEMPERAMENTS: Final = (
    Temperament(
        name="disciplined",
        weight=32,
        trades_permille=850,
        ideas=(1, 4),
        hold_slots=(2, 18),
        risk_permille=(50, 130),
        reward_percent=160,
        insight_permille=60,
        day_stop_permille=180,
        scales_out_permille=350,
    ),
    Temperament(
        name="scalper",
        weight=20,
        trades_permille=900,
        ideas=(5, 16),
        hold_slots=(0, 2),
        risk_permille=(20, 60),
        reward_percent=110,
        insight_permille=50,
        day_stop_permille=250,
        mark_every=1,
    ),
    Temperament(
        name="swing",
        weight=12,
        trades_permille=600,
        ideas=(1, 1),
        hold_slots=(120, 700),
        risk_permille=(50, 110),
        reward_percent=220,
        insight_permille=60,
        mark_every=12,
        overnight_permille=900,
    ),
    Temperament(
        name="gambler",
        weight=14,
        trades_permille=930,
        ideas=(2, 8),
        hold_slots=(1, 20),
        risk_permille=(150, 450),
        reward_percent=120,
        insight_permille=0,
        stray_permille=120,
        oversize_permille=60,
        ignores_stops_permille=400,
        doubles_down_permille=350,
        overnight_permille=60,
    ),
    Temperament(
        name="hedger",
        weight=8,
        trades_permille=700,
        ideas=(1, 2),
        hold_slots=(12, 60),
        risk_permille=(40, 90),
        reward_percent=150,
        insight_permille=60,
        day_stop_permille=300,
        mark_every=4,
        hedges=True,
    ),
    Temperament(
        name="inactive",
        weight=14,
        trades_permille=25,
        ideas=(1, 2),
        hold_slots=(2, 24),
        risk_permille=(30, 100),
        reward_percent=120,
        insight_permille=0,
    ),
)
"""All kinds; `weight` says how many of a hundred accounts are of each."""

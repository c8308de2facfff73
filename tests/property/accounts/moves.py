"""Packs of every rule, and moves that a platform might send: what random lives are made of."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from hypothesis import strategies as st

from tests.support.builders import pack_of

LOSSES = st.sampled_from(
    [
        None,
        {"mode": "static", "amount": "2000.00"},
        {"mode": "eod_trailing", "amount": "2000.00", "lock_at": "50000.00"},
        {"mode": "eod_trailing", "fraction_of_peak": "0.03", "breach": "below"},
        {"mode": "intraday_trailing", "amount": "2500.00"},
        {"mode": "realised_trailing", "amount": "1500.00", "basis": "balance"},
    ]
)
AFTER_PAYOUT = st.sampled_from(
    [
        {"mode": "static", "amount": "2000.00", "after_first_payout": "starting_balance"},
        {"mode": "eod_trailing", "amount": "2000.00", "after_first_payout": "50500.00"},
    ]
)
DAILY = st.sampled_from(
    [
        None,
        {"amount": "1000.00", "effect": "lock_day"},
        {"amount": "1200.00", "effect": "fail", "from": "day_start_equity"},
        {"fraction_of_day_start": "0.02", "effect": "lock_day", "from": "highest_close"},
    ]
)
LIMITS = st.sampled_from(
    [
        None,
        {"per_symbol": {"MES": 4}, "total_units": 30},
        {"total_units": 6, "effect": "lock_day"},
        {"per_symbol": {"MES": 9}, "total_units": 12, "effect": "fail"},
    ]
)
SCALING = st.sampled_from(
    [
        [],
        [{"profit_above": "0.00", "total_units": 5}, {"profit_above": "400.00", "total_units": 8}],
    ]
)
SESSIONS = st.sampled_from(
    [
        None,
        {"flat_by": "15:10", "effect": "flag"},
        {"flat_by": "12:00", "overnight": "forbidden", "effect": "lock_day"},
        {"overnight": "forbidden", "weekend": "forbidden", "effect": "flag"},
        {"flat_by": "15:10", "weekend": "forbidden", "effect": "fail"},
    ]
)
NEWS = st.sampled_from(
    [
        None,
        {"minutes_before": 30, "minutes_after": 30},
        {"minutes_before": 300, "minutes_after": 1_000, "effect": "lock_day"},
    ]
)
OPEN_LOSS = st.sampled_from([None, {"fraction": "0.30", "base_at_least": "900.00"}])
OF_TIME: dict[str, st.SearchStrategy[Any]] = {
    "session": SESSIONS,
    "news": NEWS,
    "open_loss": OPEN_LOSS,
    "hedging": st.sampled_from(["allowed", "forbidden"]),
    "minimum_hold_seconds": st.sampled_from([None, 0, 600]),
    "inactivity_days": st.sampled_from([None, 1, 3, 5, 7, 14]),
    "maximum_trading_days": st.sampled_from([None, 2, 5, 9]),
}
PACKS = st.builds(
    pack_of,
    max_loss=LOSSES,
    daily_loss=DAILY,
    position_limits=LIMITS,
    scaling=SCALING,
    phase=st.sampled_from(["evaluation", "funded"]),
    profit_target=st.sampled_from([None, "1500.00"]),
    payout=st.just({"fraction_of_profit": "0.50"}),
    **OF_TIME,
)


@dataclass(frozen=True)
class Move:
    """One command: its kind, how much of it, and how long after the one before."""

    kind: str
    number: int
    ticks: int
    quantity: int
    minutes: int


MOVES = st.builds(
    Move,
    kind=st.sampled_from(
        (
            *("trade", "trade", "trade", "buy", "sell", "mark", "mark", "result"),
            *(
                "close",
                "close",
                "void",
                "void",
                "request",
                "approve",
                "reject",
                "cancel",
                "pay",
                "again",
            ),
            *("note", "look"),
        )
    ),
    number=st.integers(0, 6),
    ticks=st.integers(-400, 600),
    quantity=st.integers(1, 5),
    minutes=st.sampled_from([1, 5, 30, 180, 600, 1440, 4320]),
)
EARNED = Move(kind="result", number=0, ticks=600, quantity=5, minutes=5)
SETTLED = st.builds(
    Move,
    kind=st.sampled_from(
        (
            *("request", "request", "request", "approve", "approve", "pay", "pay", "reject"),
            *("cancel", "again", "close", "trade", "mark", "look"),
        )
    ),
    number=st.integers(0, 6),
    ticks=st.integers(-200, 300),
    quantity=st.integers(1, 3),
    minutes=st.sampled_from([1, 5, 180]),
)
CALM: dict[str, st.SearchStrategy[Any]] = {
    "max_loss": st.one_of(LOSSES, AFTER_PAYOUT),
    "position_limits": st.none(),
    "inactivity_days": st.none(),
}
FUNDED = st.builds(
    pack_of, phase=st.just("funded"), daily_loss=DAILY,
    payout=st.just({"fraction_of_profit": "0.50"}), **CALM,
)  # fmt: skip
EVALUATED = st.builds(
    pack_of, phase=st.just("evaluation"), profit_target=st.just("3000.00"), daily_loss=DAILY, **CALM
)
BOUGHT = Move(kind="buy", number=0, ticks=0, quantity=1, minutes=5)
DAYS_LATER = st.builds(
    Move,
    kind=st.sampled_from(["mark", "look", "sell"]),
    number=st.just(0),
    ticks=st.sampled_from([-800, -60, 40]),
    quantity=st.just(1),
    minutes=st.sampled_from([30, 1440, 4320, 7200]),
)
HELD = st.builds(
    pack_of,
    session=st.sampled_from([None, {"overnight": "allowed", "weekend": "forbidden"}]),
    open_loss=st.just({"fraction": "0.30", "base_at_least": "900.00"}),
)
CLOSING = Move(kind="close", number=0, ticks=0, quantity=1, minutes=5)
LIVES = st.one_of(
    st.tuples(PACKS, st.lists(MOVES, min_size=8, max_size=40)),
    st.tuples(PACKS, st.lists(MOVES, min_size=8, max_size=40)),
    st.tuples(FUNDED, st.lists(SETTLED, min_size=8, max_size=40).map(lambda rest: [EARNED, *rest])),
    st.tuples(
        HELD,
        st.tuples(DAYS_LATER, st.lists(MOVES, max_size=20)).map(
            lambda rest: [BOUGHT, rest[0], *rest[1]]
        ),
    ),
    st.tuples(
        EVALUATED,
        st.lists(MOVES, max_size=30).map(lambda rest: [*rest[:4], EARNED, CLOSING, *rest[4:]]),
    ),
)
"""Lives of any kind; some are paid now and then, hold over days, or pass soon unless they fail."""

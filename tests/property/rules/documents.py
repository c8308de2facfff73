"""Random rule packs as documents, and random JSON."""

from collections.abc import Mapping
from typing import Any

from hypothesis import strategies as st

from domain.market.specs import SPECS
from domain.money import USD

money = st.integers(1, 10**9).map(lambda units: str(USD(units)))
signed_money = st.integers(-(10**9), 10**9).map(lambda units: str(USD(units)))
ratio = st.integers(1, 10_000).map(lambda n: f"{n // 10_000}.{n % 10_000:04d}")
count = st.integers(0, 1_000)
permission = st.sampled_from(["allowed", "forbidden"])
effect = st.sampled_from(["fail", "lock_day", "flag"])
breach = st.sampled_from(["at_or_below", "below"])
basis = st.sampled_from(["equity", "balance"])
clock = st.times().map(lambda at: f"{at:%H:%M}")
roots = st.dictionaries(st.sampled_from(sorted(SPECS)), count, max_size=4)

modes = st.sampled_from(["static", "eod_trailing", "intraday_trailing", "realised_trailing"])


def with_one_of(
    first: tuple[str, st.SearchStrategy[str]],
    second: tuple[str, st.SearchStrategy[str]],
    *,
    required: Mapping[str, st.SearchStrategy[str]],
    optional: Mapping[str, st.SearchStrategy[str]],
) -> st.SearchStrategy[dict[str, str]]:
    """An object that has exactly one of two members."""
    return st.one_of(
        [
            st.fixed_dictionaries({**required, key: value}, optional={**optional})
            for key, value in (first, second)
        ]
    )


max_loss = with_one_of(
    ("amount", money),
    ("fraction_of_peak", ratio),
    required={"mode": modes},
    optional={
        "lock_at": money,
        "breach": breach,
        "basis": basis,
        "after_first_payout": st.just("starting_balance") | money,
    },
)
daily_loss = with_one_of(
    ("amount", money),
    ("fraction_of_day_start", ratio),
    required={"effect": st.sampled_from(["lock_day", "fail"])},
    optional={
        "from": st.sampled_from(["day_start_balance", "day_start_equity", "highest_close"]),
        "basis": basis,
        "breach": breach,
    },
)
shares = st.lists(ratio, min_size=1, max_size=4).map(
    lambda each: [{"from_payout": n + 1, "share": share} for n, share in enumerate(each)]
)
bands = st.lists(ratio, max_size=3).flatmap(
    lambda each: ratio.map(
        lambda last: [
            *({"up_to_total": f"{n + 1}000.00", "share": share} for n, share in enumerate(each)),
            {"share": last},
        ]
    )
)
payout = st.fixed_dictionaries({}, optional={
    "minimum": money, "fraction_of_profit": ratio, "cap_per_payout": money,
    "cap_per_month": money, "count_per_month": count, "minimum_trading_days": count,
    "winning_days": st.fixed_dictionaries({"threshold": signed_money, "required": count}),
    "buffer": money, "consistency": st.fixed_dictionaries({"limit": ratio}),
    "day_profit": money, "cutoff": clock, "freeze_while_pending": st.booleans(),
})  # fmt: skip
payouts = st.one_of(
    payout,
    st.builds(lambda rest, steps: {**rest, "trader_share": steps}, payout, shares),
    st.builds(lambda rest, steps: {**rest, "share_bands": steps}, payout, bands),
)
limits = st.fixed_dictionaries({}, optional={
    "per_symbol": roots, "others": permission, "total_units": count, "units": roots,
    "mini_units": st.integers(1, 20), "micro_units": st.integers(1, 20),
    "mixed_sizes": permission, "effect": effect,
})  # fmt: skip
scaling = st.lists(
    st.fixed_dictionaries({"profit_above": signed_money, "total_units": count}),
    max_size=4, unique_by=lambda step: step["profit_above"],
)  # fmt: skip
open_losses = st.one_of(
    st.fixed_dictionaries({"fraction": ratio}, optional={"base_at_least": money, "effect": effect}),
    st.fixed_dictionaries(
        {"fraction": ratio, "raised_above": signed_money, "raised_fraction": ratio},
        optional={"base_at_least": money, "effect": effect},
    ),
)
multiple = st.integers(1, 99_999).map(lambda n: f"{n // 100}.{n % 100:02d}")
documents: st.SearchStrategy[dict[str, Any]] = st.fixed_dictionaries(
    # Above every static amount, and with a target: what the rules ask of each other holds.
    {"starting_balance": st.just("1000000.00"), "profit_target": money},
    optional={
        "name": st.text("abc XYZ-é", min_size=1, max_size=20).filter(str.strip),
        "phase": st.sampled_from(["evaluation", "funded"]),
        "max_loss": max_loss, "daily_loss": daily_loss,
        "consistency": st.fixed_dictionaries({"limit": ratio}, optional={
            "of": st.sampled_from(["total_profit", "profit_target"]),
            "effect": st.sampled_from(["delay", "raise_target"]),
        }),
        "minimum_trading_days": count, "maximum_trading_days": st.integers(1, 99),
        "position_limits": limits, "scaling": scaling,
        "session": st.fixed_dictionaries({}, optional={
            "flat_by": clock, "overnight": permission, "weekend": permission, "effect": effect,
        }),
        "news": st.fixed_dictionaries(
            {"minutes_before": count, "minutes_after": count}, optional={"effect": effect}
        ),
        "hedging": permission, "minimum_hold_seconds": count,
        "inactivity_days": st.integers(1, 99), "payout": payouts,
        "open_loss": open_losses, "stop_to_target_max": multiple,
    },
)  # fmt: skip

json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8)
    | st.sampled_from(["1.00", "0.5", "14:00", "static", "equity", "flag", "allowed"]),
    lambda inner: st.lists(inner, max_size=4)
    | st.dictionaries(
        st.sampled_from(["mode", "amount", "limit", "effect", "share", "ES", "x/y"]), inner,
        max_size=4,
    ),
    max_leaves=12,
)  # fmt: skip
KEYS = (
    "name", "phase", "starting_balance", "max_loss", "daily_loss", "profit_target", "consistency",
    "minimum_trading_days", "maximum_trading_days", "position_limits", "scaling", "session",
    "news", "hedging", "minimum_hold_seconds", "inactivity_days", "open_loss",
    "stop_to_target_max", "payout", "nonsense",
)  # fmt: skip
almost_packs = st.one_of(
    json_values,
    st.dictionaries(st.sampled_from(KEYS), json_values, max_size=5),
    st.builds(
        lambda good, key, bad: {**good, key: bad}, documents, st.sampled_from(KEYS), json_values
    ),
)

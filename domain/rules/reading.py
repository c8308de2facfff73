"""Reading a rule pack from a document. Every fault is named by its JSON pointer."""

from __future__ import annotations

from domain.documents import Place
from domain.market.specs import SPECS
from domain.rules.pack import (
    Basis,
    Breach,
    Consistency,
    DailyLoss,
    Effect,
    MaxLoss,
    NewsRule,
    OpenLoss,
    Permission,
    PositionLimits,
    RulePack,
    ScalingStep,
    SessionRule,
)
from domain.rules.reading_payouts import read_payout

_ROOTS_MAX = 200
_NEWS_MINUTES_MAX = 7 * 24 * 60
_IDLE_DAYS_MAX = 3_650


def read_pack(place: Place) -> RulePack:
    """A whole pack. Raises Unreadable."""
    at = place.fields(
        required=("starting_balance",),
        optional=(
            "name", "phase", "max_loss", "daily_loss", "profit_target", "consistency",
            "minimum_trading_days", "maximum_trading_days", "position_limits", "scaling",
            "session", "news", "hedging", "minimum_hold_seconds", "inactivity_days", "open_loss",
            "stop_to_target_max", "payout",
        ),
    )  # fmt: skip
    pack = RulePack(
        starting_balance=at["starting_balance"].amount(),
        name=at["name"].text(at_most=100) if "name" in at else "unnamed",
        phase=at["phase"].choice("evaluation", "funded") if "phase" in at else "evaluation",
        max_loss=_max_loss(at["max_loss"]) if "max_loss" in at else None,
        daily_loss=_daily_loss(at["daily_loss"]) if "daily_loss" in at else None,
        profit_target=at["profit_target"].amount() if "profit_target" in at else None,
        consistency=_consistency(at["consistency"]) if "consistency" in at else None,
        minimum_trading_days=_count(at, "minimum_trading_days", at_least=0),
        maximum_trading_days=_count(at, "maximum_trading_days", at_least=1),
        position_limits=_positions(at["position_limits"]) if "position_limits" in at else None,
        scaling=_scaling(at["scaling"]) if "scaling" in at else (),
        session=_session(at["session"]) if "session" in at else None,
        news=_news(at["news"]) if "news" in at else None,
        hedging=_permission(at, "hedging"),
        minimum_hold_seconds=_count(at, "minimum_hold_seconds", at_least=0),
        inactivity_days=(
            at["inactivity_days"].count(at_least=1, at_most=_IDLE_DAYS_MAX)
            if "inactivity_days" in at
            else None
        ),
        open_loss=_open_loss(at["open_loss"]) if "open_loss" in at else None,
        stop_to_target_max=(
            at["stop_to_target_max"].multiple() if "stop_to_target_max" in at else None
        ),
        payout=read_payout(at["payout"]) if "payout" in at else None,
    )
    _check_together(pack, place)
    return pack


def _check_together(pack: RulePack, place: Place) -> None:
    consistency = pack.consistency
    if consistency and pack.profit_target is None:
        if consistency.of == "profit_target":
            place.member("consistency").member("of").refuse("the pack has no profit_target.")
        if consistency.effect == "raise_target":
            place.member("consistency").member("effect").refuse("the pack has no profit_target.")
    loss = pack.max_loss
    if loss and loss.amount and loss.mode == "static" and loss.amount >= pack.starting_balance:
        place.member("max_loss").member("amount").refuse("it is not below the starting balance.")


def _count(at: dict[str, Place], key: str, *, at_least: int) -> int | None:
    return at[key].count(at_least=at_least) if key in at else None


def _permission(at: dict[str, Place], key: str) -> Permission:
    return at[key].choice("allowed", "forbidden") if key in at else "allowed"


def _one_of(place: Place, at: dict[str, Place], first: str, second: str) -> None:
    if (first in at) == (second in at):
        place.refuse(f"exactly one of {first} and {second} is expected here.")


def _max_loss(place: Place) -> MaxLoss:
    at = place.fields(
        required=("mode",),
        optional=("amount", "fraction_of_peak", "lock_at", "breach", "basis", "after_first_payout"),
    )
    _one_of(place, at, "amount", "fraction_of_peak")
    after = at.get("after_first_payout")
    return MaxLoss(
        mode=at["mode"].choice("static", "eod_trailing", "intraday_trailing", "realised_trailing"),
        amount=at["amount"].amount() if "amount" in at else None,
        fraction_of_peak=at["fraction_of_peak"].ratio() if "fraction_of_peak" in at else None,
        lock_at=at["lock_at"].amount() if "lock_at" in at else None,
        breach=_breach(at),
        basis=_basis(at),
        after_first_payout=(
            None
            if after is None
            else "starting_balance"
            if after.value == "starting_balance"
            else after.money()
        ),
    )


def _breach(at: dict[str, Place]) -> Breach:
    return at["breach"].choice("at_or_below", "below") if "breach" in at else "at_or_below"


def _basis(at: dict[str, Place]) -> Basis:
    return at["basis"].choice("equity", "balance") if "basis" in at else "equity"


def _effect(at: dict[str, Place], default: Effect) -> Effect:
    return at["effect"].choice("fail", "lock_day", "flag") if "effect" in at else default


def _daily_loss(place: Place) -> DailyLoss:
    at = place.fields(
        required=("effect",),
        optional=("amount", "fraction_of_day_start", "from", "basis", "breach"),
    )
    _one_of(place, at, "amount", "fraction_of_day_start")
    bases = ("day_start_balance", "day_start_equity", "highest_close")
    return DailyLoss(
        effect=at["effect"].choice("lock_day", "fail"),
        amount=at["amount"].amount() if "amount" in at else None,
        fraction_of_day_start=(
            at["fraction_of_day_start"].ratio() if "fraction_of_day_start" in at else None
        ),
        measured_from=at["from"].choice(*bases) if "from" in at else "day_start_balance",
        basis=_basis(at),
        breach=_breach(at),
    )


def _consistency(place: Place) -> Consistency:
    at = place.fields(required=("limit",), optional=("of", "effect"))
    return Consistency(
        limit=at["limit"].ratio(),
        of=at["of"].choice("total_profit", "profit_target") if "of" in at else "total_profit",
        effect=at["effect"].choice("delay", "raise_target") if "effect" in at else "delay",
    )


def _positions(place: Place) -> PositionLimits:
    at = place.fields(
        optional=(
            "per_symbol", "others", "total_units", "units", "mini_units", "micro_units",
            "mixed_sizes", "effect",
        )
    )  # fmt: skip
    return PositionLimits(
        # A table without products says nothing, and has one spelling in the canonical form.
        per_symbol=(_by_root(at["per_symbol"]) or None) if "per_symbol" in at else None,
        others=_permission(at, "others"),
        total_units=_count(at, "total_units", at_least=0),
        units=_by_root(at["units"]) if "units" in at else {},
        mini_units=at["mini_units"].count(at_least=1) if "mini_units" in at else 10,
        micro_units=at["micro_units"].count(at_least=1) if "micro_units" in at else 1,
        mixed_sizes=_permission(at, "mixed_sizes"),
        effect=_effect(at, "flag"),
    )


def _by_root(place: Place) -> dict[str, int]:
    entries = place.entries()
    if len(entries) > _ROOTS_MAX:
        place.refuse(f"at most {_ROOTS_MAX} roots are allowed.")
    for root, entry in entries.items():
        if root not in SPECS:
            entry.refuse("no contract has this root.")
    return {root: entry.count() for root, entry in sorted(entries.items())}


def _scaling(place: Place) -> tuple[ScalingStep, ...]:
    steps = []
    for item in place.items(at_most=50):
        at = item.fields(required=("profit_above", "total_units"))
        steps.append(
            ScalingStep(
                profit_above=at["profit_above"].money(), total_units=at["total_units"].count()
            )
        )
    if len({step.profit_above for step in steps}) != len(steps):
        place.refuse("one profit_above stands twice.")
    return tuple(sorted(steps, key=lambda step: step.profit_above))


def _session(place: Place) -> SessionRule:
    at = place.fields(optional=("flat_by", "overnight", "weekend", "effect"))
    return SessionRule(
        flat_by=at["flat_by"].clock() if "flat_by" in at else None,
        overnight=_permission(at, "overnight"),
        weekend=_permission(at, "weekend"),
        effect=_effect(at, "fail"),
    )


def _news(place: Place) -> NewsRule:
    at = place.fields(required=("minutes_before", "minutes_after"), optional=("effect",))
    return NewsRule(
        minutes_before=at["minutes_before"].count(at_most=_NEWS_MINUTES_MAX),
        minutes_after=at["minutes_after"].count(at_most=_NEWS_MINUTES_MAX),
        effect=_effect(at, "flag"),
    )


def _open_loss(place: Place) -> OpenLoss:
    at = place.fields(
        required=("fraction",),
        optional=("base_at_least", "raised_above", "raised_fraction", "effect"),
    )
    if ("raised_above" in at) != ("raised_fraction" in at):
        place.refuse("raised_above and raised_fraction are given together, or not at all.")
    return OpenLoss(
        fraction=at["fraction"].ratio(),
        base_at_least=at["base_at_least"].amount() if "base_at_least" in at else None,
        raised_above=at["raised_above"].money() if "raised_above" in at else None,
        raised_fraction=at["raised_fraction"].ratio() if "raised_fraction" in at else None,
        effect=_effect(at, "flag"),
    )

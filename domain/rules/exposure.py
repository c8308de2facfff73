"""Limits on what is open at once: by product, in units, by size class, and against hedging.

Open contracts count in absolute numbers, with no netting across symbols (Topstep 8284209).
Sources: the firm's pricing page (per product), Topstep 9221977 (units), Tradeify (mixed sizes),
Apex (hedging of one underlying).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from domain.market.specs import SPECS
from domain.money import USD
from domain.rules.pack import Effect, PositionLimits, RulePack


@dataclass(frozen=True, slots=True)
class Holding:
    """Open contracts of one root; `quantity` is signed."""

    root: str
    quantity: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Exceeded:
    """A limit that a set of holdings goes beyond."""

    rule: Literal["position_limit", "scaling", "mixed_sizes", "hedging", "not_tradable"]
    effect: Effect
    observed: int
    limit: int
    unit: Literal["contracts", "units"]
    subject: str


def exceeded_limits(
    pack: RulePack, holdings: Sequence[Holding], *, root: str, profit_at_close: USD
) -> list[Exceeded]:
    """Every limit that the holdings break and `root`, the product just traded, has a part in."""
    limits = pack.position_limits
    found: list[Exceeded] = []
    if limits:
        found += _per_symbol(limits, holdings, root)
        found += _total(limits, holdings)
        found += _mixed(limits, holdings, root)
    found += _scaling(pack, holdings, profit_at_close)
    found += _hedging(pack, holdings, root)
    return found


def _open(holdings: Sequence[Holding], root: str) -> int:
    return sum(abs(held.quantity) for held in holdings if held.root == root)


def _per_symbol(limits: PositionLimits, holdings: Sequence[Holding], root: str) -> list[Exceeded]:
    allowed = limits.per_symbol
    observed = _open(holdings, root)
    if allowed is not None and root in allowed:
        broken, rule = observed > allowed[root], "position_limit"
    else:
        broken, rule = limits.others == "forbidden" and observed > 0, "not_tradable"
    if not broken:
        return []
    return [
        Exceeded(
            rule=rule,  # type: ignore[arg-type]
            effect=limits.effect,
            observed=observed,
            limit=(allowed or {}).get(root, 0),
            unit="contracts",
            subject=root,
        )
    ]


def units_of(limits: PositionLimits, holdings: Sequence[Holding]) -> int:
    """Open contracts, weighed: the pack's own weight of a root, else that of its size class."""
    total = 0
    for held in holdings:
        by_class = (
            limits.mini_units if SPECS[held.root].size_class == "mini" else limits.micro_units
        )
        total += abs(held.quantity) * limits.units.get(held.root, by_class)
    return total


def scaling_units(pack: RulePack, profit: USD) -> int | None:
    """The units that scaling allows at a net profit at the last close; None without scaling."""
    if not pack.scaling:
        return None
    # Steps rise; below the first mark the first step is in force all the same.
    reached = [step for step in pack.scaling if profit > step.profit_above]
    return (reached or pack.scaling[:1])[-1].total_units


def _total(limits: PositionLimits, holdings: Sequence[Holding]) -> list[Exceeded]:
    if limits.total_units is None or (observed := units_of(limits, holdings)) <= limits.total_units:
        return []
    return [
        Exceeded(
            rule="position_limit",
            effect=limits.effect,
            observed=observed,
            limit=limits.total_units,
            unit="units",
            subject="all",
        )
    ]


def _mixed(limits: PositionLimits, holdings: Sequence[Holding], root: str) -> list[Exceeded]:
    if limits.mixed_sizes == "allowed":
        return []
    classes = {SPECS[held.root].size_class for held in holdings if held.quantity}
    if len(classes) < 2:  # noqa: PLR2004 (mini and micro)
        return []
    return [
        Exceeded(
            rule="mixed_sizes",
            effect=limits.effect,
            observed=2,
            limit=1,
            unit="units",
            subject=root,
        )
    ]


def _scaling(pack: RulePack, holdings: Sequence[Holding], profit: USD) -> list[Exceeded]:
    allowed = scaling_units(pack, profit)
    if allowed is None:
        return []
    limits = pack.position_limits or PositionLimits()
    observed = units_of(limits, holdings)
    if observed <= allowed:
        return []
    return [
        Exceeded(
            rule="scaling",
            effect=limits.effect,
            observed=observed,
            limit=allowed,
            unit="units",
            subject="all",
        )
    ]


def _hedging(pack: RulePack, holdings: Sequence[Holding], root: str) -> list[Exceeded]:
    if pack.hedging == "allowed":
        return []
    group = [
        held.quantity
        for held in holdings
        if SPECS[held.root].underlying == SPECS[root].underlying and held.quantity
    ]
    if not (any(each > 0 for each in group) and any(each < 0 for each in group)):
        return []
    return [
        Exceeded(
            rule="hedging",
            effect="flag",
            observed=len(group),
            limit=0,
            unit="contracts",
            subject=SPECS[root].underlying,
        )
    ]

"""How many contracts of one product a pack lets be open at once, beside what else is open.

The same limits as in `domain/rules/exposure.py`, solved for the size: by product, in units, by
scaling, against mixed sizes and against hedging.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TypeAlias

from domain.market.specs import SPECS
from domain.money import USD
from domain.rules.exposure import Holding, scaling_units, units_of
from domain.rules.pack import PositionLimits, RulePack

Bound: TypeAlias = tuple[int, str]
"""At most so many contracts, and the rule that says so."""


def contract_bounds(
    pack: RulePack, holdings: Sequence[Holding], *, root: str, long: bool, profit_at_close: USD
) -> list[Bound]:
    """Every bound on the contracts of `root`, those that are open included, in one direction."""
    others = [held for held in holdings if held.root != root and held.quantity]
    limits = pack.position_limits or PositionLimits()
    return [
        *_by_product(limits, root),
        *_by_units(limits, others, root, limits.total_units, rule="position_limit"),
        *_by_units(limits, others, root, scaling_units(pack, profit_at_close), rule="scaling"),
        *_by_size_class(limits, others, root),
        *_by_direction(pack, holdings, root, long=long),
    ]


def _by_product(limits: PositionLimits, root: str) -> Iterator[Bound]:
    allowed = limits.per_symbol
    if allowed is not None and root in allowed:
        yield allowed[root], "position_limit"
    elif limits.others == "forbidden":
        yield 0, "not_tradable"


def _by_units(
    limits: PositionLimits, others: Sequence[Holding], root: str, allowed: int | None, *, rule: str
) -> Iterator[Bound]:
    if allowed is None:
        return
    weight = units_of(limits, [Holding(root, 1)])
    left = allowed - units_of(limits, others)
    if weight or left < 0:
        yield (max(0, left // weight) if weight else 0), rule


def _by_size_class(limits: PositionLimits, others: Sequence[Holding], root: str) -> Iterator[Bound]:
    own = SPECS[root].size_class
    if limits.mixed_sizes == "forbidden" and any(
        SPECS[held.root].size_class != own for held in others
    ):
        yield 0, "mixed_sizes"


def _by_direction(
    pack: RulePack, holdings: Sequence[Holding], root: str, *, long: bool
) -> Iterator[Bound]:
    underlying = SPECS[root].underlying
    if pack.hedging == "forbidden" and any(
        held.quantity and (held.quantity > 0) != long
        for held in holdings
        if SPECS[held.root].underlying == underlying
    ):
        yield 0, "hedging"

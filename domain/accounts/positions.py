"""Open lots, matched first in first out."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime
from decimal import Decimal

from domain.market.contracts import contract_of
from domain.money import USD, ZERO
from domain.values import made_often


@made_often()
class Lot:
    """Contracts opened by one fill and not closed yet. A short has a `quantity` below zero."""

    series: str
    root: str
    quantity: int
    price: Decimal
    opened_at: datetime


@made_often()
class Matched:
    """What a fill did: the lots after it, the profit it realised, how many contracts it closed."""

    lots: tuple[Lot, ...]
    realised: USD
    closed: int


def match_fill(
    lots: tuple[Lot, ...], *, symbol: str, signed_quantity: int, price: Decimal, at: datetime
) -> Matched:
    """Close opposite lots of the same series, oldest first; what is left opens a new lot."""
    contract = contract_of(symbol)
    left, realised, closed = signed_quantity, ZERO, 0
    kept: list[Lot] = []
    for lot in lots:
        if lot.series != contract.series or left * lot.quantity >= 0:
            kept.append(lot)
            continue
        taken = min(abs(left), abs(lot.quantity))
        direction = 1 if lot.quantity > 0 else -1
        realised += contract.profit(
            entry=lot.price, exit_price=price, signed_quantity=direction * taken
        )
        closed += taken
        left += direction * taken
        if taken < abs(lot.quantity):
            kept.append(replace(lot, quantity=lot.quantity - direction * taken))
    if left:
        kept.append(Lot(contract.series, contract.spec.root, left, price, at))
    return Matched(tuple(kept), realised, closed)


def net_of(lots: Iterable[Lot], series: str) -> int:
    """The signed net position in one series."""
    return sum(lot.quantity for lot in lots if lot.series == series)

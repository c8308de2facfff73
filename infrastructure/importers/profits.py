"""The platform's own profit beside the one that prices and contract give."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Literal, TypeAlias

from application.imports.reading import Note, RowPlace
from domain.accounts.executions import Trade
from domain.money import EXPONENT, USD, NotAnAmount

Basis: TypeAlias = Literal["gross", "net", "both", "neither"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """What the figure equals, what it is before costs, and a note when it is not what it should be.

    `reported` is None for a figure that is no whole number of 1/10,000 dollar.
    """

    basis: Basis
    reported: USD | None
    notes: tuple[Note, ...]


def compare_profit(
    trade: Trade, *, claimed: Decimal, place: RowPlace, may_be_net: bool
) -> Comparison:
    """Compare a claim with the computed profit. A difference is told; it decides nothing."""
    gross, net = trade.gross, trade.gross - trade.fees
    basis = _basis(claimed, gross=gross, net=net)
    if basis in ("gross", "both"):
        return Comparison(basis=basis, reported=gross, notes=())
    if basis == "net" and may_be_net:
        return Comparison(basis=basis, reported=gross, notes=())
    return Comparison(
        basis=basis,
        reported=_as_money(claimed),
        notes=(_difference(trade, claimed, place, basis),),
    )


def _basis(claimed: Decimal, *, gross: USD, net: USD) -> Basis:
    units = claimed.scaleb(EXPONENT)
    is_gross, is_net = units == gross.units, units == net.units
    if is_gross and is_net:
        return "both"
    return "gross" if is_gross else "net" if is_net else "neither"


def _as_money(claimed: Decimal) -> USD | None:
    try:
        return USD.exactly(claimed)
    except NotAnAmount:
        return None


def _difference(trade: Trade, claimed: Decimal, place: RowPlace, basis: Basis) -> Note:
    computed = Decimal(str(trade.gross))
    difference = _plain(claimed - computed)
    told = f"the platform reports {_plain(claimed)}"
    if basis == "net":
        told += ", which is the profit after costs"
    else:
        told += f", and {trade.gross - trade.fees} would be left after costs"
    return Note(
        place=place,
        kind="profit-differs",
        sentence=(
            f"{trade.trade_id}: prices and contract give {trade.gross} before costs; {told}."
            " The computed profit is booked."
        ),
        reported=_plain(claimed),
        computed=str(trade.gross),
        difference=difference,
    )


def _plain(amount: Decimal) -> str:
    """Two decimal places, or as many as are needed."""
    text = format(amount, "f")
    whole, _, places = text.partition(".")
    return f"{whole}.{places.rstrip('0').ljust(2, '0')}"

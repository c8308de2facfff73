"""An account's figures under flat names, and which of them an event changed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from typing import TypeAlias

from domain.accounts.standing import Standing, standing_of
from domain.accounts.state import AccountState
from domain.market.contracts import price_text
from domain.money import USD
from domain.rules.objectives import Consistency, Target

Value: TypeAlias = str | int | bool | None
"""Money, ratios and prices are decimal texts, counts are numbers; None for no rule."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One figure that an event changed, under the name that readers see: `target.reached`."""

    field: str
    before: Value
    after: Value


def figures_of(state: AccountState) -> dict[str, Value]:
    """The standing, every open position, what is reserved for payouts, what was warned of, and the
    pack that waits.
    """
    figures = standing_figures(standing_of(state))
    lots: dict[str, list[str]] = {}
    for lot in state.lots:
        lots.setdefault(lot.series, []).append(f"{lot.quantity:+d} @ {price_text(lot.price)}")
    figures.update({f"positions.{series}": ", ".join(held) for series, held in lots.items()})
    for payout_id, payout in state.payouts.pending.items():
        figures[f"payouts.{payout_id}"] = f"{payout.amount} {payout.status}"
    figures.update({f"warned.{rule}": f"{percent} %" for rule, percent in state.warned.items()})
    if state.next_pack is not None:
        figures["next_pack"] = state.next_pack.pack_hash
    return figures


def standing_figures(standing: Standing) -> dict[str, Value]:
    """The standing as plain values; what has parts is spread: `target.required`."""
    return dict(_plain(standing, ""))


def changes_between(before: Mapping[str, Value], after: Mapping[str, Value]) -> Sequence[Change]:
    """What differs, in the order of the figures; a figure that is absent is None."""
    names = [*after, *(name for name in before if name not in after)]
    return tuple(
        Change(field=name, before=before.get(name), after=after.get(name))
        for name in names
        if before.get(name) != after.get(name)
    )


def _plain(whole: Standing | Consistency | Target, prefix: str) -> Iterator[tuple[str, Value]]:
    for field in fields(whole):
        value = getattr(whole, field.name)
        if isinstance(value, Consistency | Target):
            yield from _plain(value, f"{field.name}.")
        else:
            yield prefix + field.name, str(value) if isinstance(value, USD) else value

"""What an account has open, or had open while a closed trade lasted."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from domain.accounts.positions import Lot, net_of
from domain.accounts.state import AccountState
from domain.market.contracts import contract_of
from domain.money import USD, ZERO
from domain.rules.exposure import Exceeded, Holding, exceeded_limits


def holdings_of(lots: Sequence[Lot]) -> list[Holding]:
    """Net open contracts by series: one holding each, for the limits count across series."""
    net: dict[str, tuple[str, int]] = {}
    for lot in lots:
        root, quantity = net.get(lot.series, (lot.root, 0))
        net[lot.series] = (root, quantity + lot.quantity)
    return [Holding(root, quantity) for root, quantity in net.values() if quantity]


def contracts_open(lots: Sequence[Lot], *, open_pnl: USD | None) -> int:
    """How many contracts are open, on whichever side.

    Open profit of a source that shows no fills counts as one: of how many it is, nobody said.
    """
    shown = sum(abs(lot.quantity) for lot in lots)
    return shown or int(open_pnl not in (None, ZERO))


def after_order(state: AccountState, symbol: str, signed_quantity: int) -> list[Holding]:
    """The holdings if an order of this size were filled whole."""
    contract = contract_of(symbol)
    same = net_of(state.lots, contract.series) + signed_quantity
    others = [lot for lot in state.lots if lot.series != contract.series]
    return [*holdings_of(others), Holding(contract.spec.root, same)]


def only_reduces(state: AccountState, symbol: str, signed_quantity: int) -> bool:
    """Whether an order leaves less open on the same side, or nothing."""
    held = net_of(state.lots, contract_of(symbol).series)
    return held * signed_quantity < 0 and abs(signed_quantity) <= abs(held)


def exceeded_while_open(
    state: AccountState,
    *,
    root: str,
    signed_quantity: int,
    entered_at: datetime,
    exited_at: datetime,
) -> list[Exceeded]:
    """The limits that a closed trade broke at the worst moment it was open, beside every other
    trade that overlaps it and what is open from fills. A moment of exit does not count as open.
    """
    pack = state.pack
    if not (pack.position_limits or pack.scaling or pack.hedging == "forbidden"):
        return []
    others = [
        each for each in state.recent_trades if each.opened_at < exited_at and each.at > entered_at
    ]
    moments = {entered_at, *(each.opened_at for each in others if each.opened_at > entered_at)}
    standing = holdings_of(state.lots)
    worst: dict[tuple[str, str], Exceeded] = {}
    for moment in sorted(moments):
        open_then = [
            Holding(each.root, each.quantity)
            for each in others
            if each.opened_at <= moment < each.at
        ]
        holdings = [*standing, *open_then, Holding(root, signed_quantity)]
        for found in exceeded_limits(
            pack, holdings, root=root, profit_at_close=profit_at_close(state)
        ):
            limit = found.rule, found.subject
            if limit not in worst or found.observed > worst[limit].observed:
                worst[limit] = found
    return list(worst.values())


def profit_at_close(state: AccountState) -> USD:
    """Net profit at the last close: what scaling goes by, in force from the next session."""
    return state.day_start_balance - state.pack.starting_balance + state.payouts.paid_out

"""The largest size that keeps an account within its limits.

One product at a time, against a stated adverse move: so many ticks against all of its contracts
from where the market is now. What other positions may lose meanwhile, and fees, are not in it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal

from domain.accounts.holdings import holdings_of, profit_at_close
from domain.accounts.limits import warning_limits_of
from domain.accounts.orders import reasons_against_any
from domain.accounts.state import AccountState
from domain.market.specs import SPECS
from domain.money import USD, ZERO
from domain.rules.exposure import Holding
from domain.rules.limits import LimitUse
from domain.rules.room import Bound, contract_bounds

ADVERSE_TICKS: Final = 40
"""The adverse move where none is stated: ten points of ES or NQ, 40 cents of crude oil."""

UNKNOWN: Final = "open_profit_unknown"
"""What bounds a size while positions are open whose open profit is old or was never told."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LargestSize:
    """The most contracts of one product that may be open at once, those that are open included.

    `contracts` is None without any bound, and where it cannot be known. `limited_by` is the rule,
    or the reason against any order, that forbids one more. `ticks_left` is the adverse move in
    whole ticks that the contracts `held` survive; None without any, or where it cannot be known.
    """

    root: str
    direction: Literal["long", "short"]
    held: int
    contracts: int | None
    limited_by: str | None
    adverse_ticks: int
    ticks_left: int | None


@dataclass(frozen=True, slots=True)
class _Money:
    """What may be lost without breaking a limit; None without such a limit, or unknown."""

    amount: USD | None = None
    rule: str | None = None


def largest_sizes(
    state: AccountState,
    *,
    adverse_ticks: int = ADVERSE_TICKS,
    limits: Sequence[LimitUse] | None = None,
) -> list[LargestSize]:
    """A size for each product that is open or that the pack lists; where there is none, for those
    on the underlying that was traded last. None when nothing was.

    `limits` are those of the account, where somebody has them at hand.
    """
    assert adverse_ticks > 0, "a move goes somewhere"
    uses = warning_limits_of(state) if limits is None else limits
    holdings, money, profit = holdings_of(state.lots), _money(state, uses), profit_at_close(state)
    against_any = reasons_against_any(state)
    sizes = []
    for root in _roots(state, holdings):
        held = sum(abs(each.quantity) for each in holdings if each.root == root)
        long = _is_long(state, holdings, root)
        bounds = [(held, reason) for reason in against_any]
        bounds += contract_bounds(
            state.pack, holdings, root=root, long=long, profit_at_close=profit
        )
        moved = (SPECS[root].tick_value * adverse_ticks).units
        if money.amount is not None and money.rule is not None:
            bounds.append((money.amount.units // moved, money.rule))
        contracts, limited_by = _least(bounds, unknown=money.rule == UNKNOWN)
        sizes.append(
            LargestSize(
                root=root,
                direction="long" if long else "short",
                held=held,
                contracts=contracts,
                limited_by=limited_by,
                adverse_ticks=adverse_ticks,
                ticks_left=_ticks_left(money, root, held),
            )
        )
    return sizes


def _ticks_left(money: _Money, root: str, held: int) -> int | None:
    if not money.amount or not held:
        return None
    return money.amount.units // (SPECS[root].tick_value * held).units


def _least(bounds: Sequence[Bound], *, unknown: bool) -> tuple[int | None, str | None]:
    least = min(bounds, key=lambda bound: bound[0], default=None)
    if unknown and (least is None or least[0] > 0):
        return None, UNKNOWN
    return least or (None, None)


def _money(state: AccountState, uses: Sequence[LimitUse]) -> _Money:
    """What may be lost at once. A limit on the balance counts an open loss as if it were closed."""
    found: _Money | None = None
    for use in uses:
        if not use.warns or not isinstance(use.observed, USD) or not isinstance(use.limit, USD):
            continue
        if state.lots and (state.mark is None or state.mark_is_old):
            return _Money(rule=UNKNOWN)
        # At a floor that may not be reached, the last unit must stay.
        spared = USD(1) if use.breach == "at_or_below" else ZERO
        level = min(use.observed, state.equity) if use.basis == "balance" else use.observed
        left = max(ZERO, level - use.limit - spared)
        if found is None or found.amount is None or left < found.amount:
            found = _Money(left, use.rule)
    return found or _Money()


def _is_long(state: AccountState, holdings: Sequence[Holding], root: str) -> bool:
    """The direction that is open; where none is, the one that is no hedge."""
    net = sum(held.quantity for held in holdings if held.root == root)
    if net or state.pack.hedging == "allowed":
        return net >= 0
    underlying = SPECS[root].underlying
    return not any(
        held.quantity < 0 for held in holdings if SPECS[held.root].underlying == underlying
    )


def _roots(state: AccountState, holdings: Sequence[Holding]) -> list[str]:
    limits = state.pack.position_limits
    roots = {held.root for held in holdings} | set((limits and limits.per_symbol) or ())
    return sorted(roots or _last_traded(state))


def _last_traded(state: AccountState) -> set[str]:
    executions = state.session.executions if state.session else []
    traded = [each for each in (*state.recent_trades[-1:], *executions) if each.root]
    if not traded:
        return set()
    underlying = SPECS[traded[-1].root].underlying
    return {root for root, spec in SPECS.items() if spec.underlying == underlying}

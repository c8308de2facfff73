"""The pre-trade question: would the pack let this order be filled? Asking changes nothing."""

from __future__ import annotations

from dataclasses import dataclass

from domain.accounts.holdings import after_order, only_reduces, profit_at_close
from domain.accounts.state import AccountState
from domain.market.contracts import contract_of
from domain.rules.exposure import exceeded_limits


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderAnswer:
    """Accepted, or why not."""

    accepted: bool
    reasons: tuple[str, ...]


def answer_order(state: AccountState, *, symbol: str, signed_quantity: int) -> OrderAnswer:
    """Reasons are rules that the resulting position would break, and states that forbid trading.

    An order that only reduces a position is always accepted: nobody is kept in a losing trade.
    """
    root = contract_of(symbol).spec.root
    if only_reduces(state, symbol, signed_quantity):
        return OrderAnswer(accepted=True, reasons=())
    reasons = reasons_against_any(state)
    holdings = after_order(state, symbol, signed_quantity)
    reasons += [
        found.rule
        for found in exceeded_limits(
            state.pack, holdings, root=root, profit_at_close=profit_at_close(state)
        )
    ]
    return OrderAnswer(accepted=not reasons, reasons=tuple(dict.fromkeys(reasons)))


def reasons_against_any(state: AccountState) -> list[str]:
    """What stands against every order that opens something, whatever its size."""
    reasons = []
    if state.status in ("failed", "passed"):
        reasons.append("not_active")
    if state.status == "locked":
        reasons.append("locked")
    rule = state.pack.payout
    if rule and rule.freeze_while_pending and state.payouts.pending:
        reasons.append("payout_pending")
    return reasons

"""The pre-trade question: would the pack let this order be filled? Asking changes nothing."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from domain.accounts.holdings import after_order, only_reduces, profit_at_close
from domain.accounts.state import AccountState
from domain.accounts.trial import at_moment
from domain.market.calendar import trading_day_of
from domain.market.contracts import contract_of
from domain.rules.exposure import exceeded_limits
from domain.rules.timing import flat_deadline, window_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """What a trader asks to do. `signed_quantity` is above zero for a purchase.

    `stop_ticks` and `target_ticks` are how far its stop and its target lie from the entry; None
    when the order does not say.
    """

    symbol: str
    signed_quantity: int
    stop_ticks: int | None = None
    target_ticks: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderAnswer:
    """Accepted, or why not."""

    accepted: bool
    reasons: tuple[str, ...]


def answer_order(state: AccountState, order: Order, *, at: datetime) -> OrderAnswer:
    """Reasons are rules that the resulting position would break, and states that forbid trading.

    An order that only reduces a position is always accepted: nobody is kept in a losing trade.
    """
    root = contract_of(order.symbol).spec.root
    state = at_moment(state, at)
    if only_reduces(state, order.symbol, order.signed_quantity):
        return OrderAnswer(accepted=True, reasons=())
    holdings = after_order(state, order.symbol, order.signed_quantity)
    exceeded = exceeded_limits(
        state.pack, holdings, root=root, profit_at_close=profit_at_close(state)
    )
    reasons = [
        *reasons_against_any(state),
        *(found.rule for found in exceeded),
        *_untimely(state, root, at=at),
        *_out_of_proportion(state, order),
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


def _untimely(state: AccountState, root: str, *, at: datetime) -> Iterator[str]:
    pack, day = state.pack, trading_day_of(at)
    for noted in state.releases.values() if pack.news else ():
        assert pack.news is not None
        window = window_of(pack.news, noted.release.released_at)
        if noted.release.moves(root) and window.takes_no_opening(at):
            yield "news"
    deadline = flat_deadline(pack.session, day, root=root)
    if deadline is not None and at >= deadline:
        yield "flat_by"
    most = pack.maximum_trading_days
    if most is not None and day not in state.traded_days and state.trading_days >= most:
        yield "maximum_trading_days"


def _out_of_proportion(state: AccountState, order: Order) -> Iterator[str]:
    """Source: Apex 3.0, a stop of at most five times the target."""
    most = state.pack.stop_to_target_max
    if most is None or order.stop_ticks is None or order.target_ticks is None:
        return
    if order.stop_ticks > most * order.target_ticks:
        yield "stop_to_target"

"""What the executions of an account break beside its limits: held too short, opened too late,
traded through news, on a day too many.

A round trip is judged when it is booked, with the times it names; what was open over a deadline and
is open still is judged by time alone, in `time_passing`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal

from domain.accounts.broken import Broken
from domain.accounts.executions import Fill, Trade
from domain.accounts.nights import held_over
from domain.accounts.positions import Lot
from domain.accounts.state import AccountState
from domain.accounts.thresholds import moment_text
from domain.accounts.time_passing import news_broken
from domain.market.calendar import next_trading_day, session_close, trading_day_of
from domain.market.contracts import contract_of
from domain.money import USD
from domain.rules.canonical import decimal_text
from domain.rules.timing import Window, ends_week, flat_deadline, window_of


def trade_conduct(state: AccountState, trade: Trade) -> list[Broken]:
    """What a round trip broke, once it is booked."""
    entered, exited = trade.entered_at, trade.exited_at
    return [
        *_news(state, trade.root, trade.quantity, entered, exited),
        *_trade_not_flat(state, trade),
        *_trade_held_over(state, trade),
        *_held_too_short(state, trade.root, exited - entered),
        *_days_exceeded(state),
    ]


def fill_conduct(state: AccountState, fill: Fill, *, before: Sequence[Lot]) -> list[Broken]:
    """What an execution broke, once it is booked; `before` are the lots that it met."""
    at, closed = fill.executed_at, _closed_by(fill, before)
    taken = sum(quantity for _, quantity in closed)
    opened = fill.quantity - taken
    found: list[Broken] = []
    if opened:
        found += _news(state, fill.root, opened, at, at)
        found += _opened_too_late(state, fill.root, opened, at)
    for lot, quantity in closed:
        # Time alone has told this already, but for windows that begin in the maintenance hour.
        found += _news(state, fill.root, quantity, lot.opened_at, at)
    if closed:
        found += _held_too_short(state, fill.root, at - max(lot.opened_at for lot, _ in closed))
    once = {(each.rule, each.threshold.get("release")): each for each in reversed(found)}
    return [*reversed(once.values()), *_days_exceeded(state)]


def mark_conduct(state: AccountState, *, open_pnl: USD, day: date, at: datetime) -> list[Broken]:
    """Open profit that is told after the deadline, by a source that does not show its fills."""
    rule, deadline = state.pack.session, flat_deadline(state.pack.session, day)
    if rule is None or deadline is None or at < deadline or state.lots or not open_pnl.units:
        return []
    if state.status not in ("active", "locked"):
        return []
    return _once_a_day(state, _late(state, deadline, quantity=1, subject=None, kind="marked"))


def _news(
    state: AccountState, root: str, quantity: int, opened: datetime, closed: datetime
) -> Iterator[Broken]:
    rule = state.pack.news
    if rule is None:
        return
    for noted in state.releases.values():
        window: Window = window_of(rule, noted.release.released_at)
        if not noted.release.moves(root) or root in noted.broken:
            continue
        if window.is_overlapped(opened=opened, closed=closed):
            kind = "opened" if window.takes_no_opening(opened) else "closed"
            yield news_broken(
                noted, window, effect=rule.effect, root=root, quantity=quantity, kind=kind
            )


def _trade_not_flat(state: AccountState, trade: Trade) -> list[Broken]:
    deadline = flat_deadline(state.pack.session, trading_day_of(trade.entered_at), root=trade.root)
    if deadline is None or trade.exited_at <= deadline > trade.entered_at:
        return []
    kind = "closed" if trade.entered_at < deadline else "opened"
    late = _late(state, deadline, quantity=trade.quantity, subject=trade.root, kind=kind)
    return _once_a_day(state, late)


def _opened_too_late(state: AccountState, root: str, quantity: int, at: datetime) -> list[Broken]:
    deadline = flat_deadline(state.pack.session, trading_day_of(at), root=root)
    if deadline is None or at < deadline:
        return []
    late = _late(state, deadline, quantity=quantity, subject=root, kind="opened")
    return _once_a_day(state, late)


def _late(
    state: AccountState, deadline: datetime, *, quantity: int, subject: str | None, kind: str
) -> Broken:
    assert state.pack.session is not None, "the pack has the rule"
    return Broken(
        rule="flat_by",
        effect=state.pack.session.effect,
        observed=str(quantity),
        subject=subject,
        threshold={"deadline": moment_text(deadline), "kind": kind},
    )


def _trade_held_over(state: AccountState, trade: Trade) -> list[Broken]:
    """The first close that the trade was held over, and the first before a weekend."""
    rule = state.pack.session
    if rule is None or "forbidden" not in (rule.overnight, rule.weekend):
        return []
    found: dict[str, Broken] = {}
    day = trading_day_of(trade.entered_at)
    while session_close(day) < trade.exited_at:
        if trade.entered_at <= session_close(day):
            for each in held_over(rule, day, contracts=trade.quantity, kind="trade"):
                found.setdefault(each.rule, each)
            if ends_week(day):
                break
        day = next_trading_day(day)
    return [broken for each in found.values() for broken in _once_a_day(state, each)]


def _held_too_short(state: AccountState, root: str, held: timedelta) -> list[Broken]:
    least = state.pack.minimum_hold_seconds
    if least is None:
        return []
    # Executions that are told out of order cannot have been held less than not at all.
    seconds = max(Decimal(0), Decimal(held // timedelta(microseconds=1)) / 1_000_000)
    if seconds >= least:
        return []
    return [
        Broken(
            rule="minimum_hold",
            effect="flag",
            observed=decimal_text(seconds),
            limit=str(least),
            unit="seconds",
            subject=root,
        )
    ]


def _days_exceeded(state: AccountState) -> list[Broken]:
    most = state.pack.maximum_trading_days
    if most is None or state.trading_days <= most:
        return []
    return [
        Broken(
            rule="maximum_trading_days",
            effect="fail",
            observed=str(state.trading_days),
            limit=str(most),
            unit="days",
        )
    ]


def _closed_by(fill: Fill, before: Sequence[Lot]) -> list[tuple[Lot, int]]:
    """The lots that a fill closed, oldest first, and how much of each."""
    series, left, closed = contract_of(fill.symbol).series, fill.quantity, []
    for lot in before:
        if lot.series == series and lot.quantity * fill.signed_quantity < 0 and left:
            taken = min(left, abs(lot.quantity))
            closed.append((lot, taken))
            left -= taken
    return closed


def _once_a_day(state: AccountState, broken: Broken) -> list[Broken]:
    told = state.session is not None and broken.rule in state.session.violated
    return [] if told else [broken]

"""What time alone breaks: positions that are open at a deadline, news held through, idle accounts;
and the warnings that idle days come near their limit.

Each verdict is effective at its own deadline, each warning when its trading day begins, and both
are recorded before whatever revealed them, so they do not depend on who looked when.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime
from typing import TypeAlias

from domain.accounts.approaching import Due, due_with_day
from domain.accounts.broken import Broken
from domain.accounts.closing import close_session
from domain.accounts.idling import active_on
from domain.accounts.nights import broken_at_close, idle_too_long, inactivity
from domain.accounts.positions import Lot
from domain.accounts.state import AccountState, NotedRelease
from domain.accounts.thresholds import moment_text
from domain.accounts.verdicts import Recording, pronounce, tell_warning
from domain.market.calendar import (
    next_trading_day,
    session_close,
    session_open,
    trading_day_of,
)
from domain.rules.pack import Effect
from domain.rules.timing import Window, flat_deadline, last_active_day, window_of

_Due: TypeAlias = tuple[datetime, Broken | Due]


def pass_time(account: Recording, at: datetime) -> None:
    """Let it be `at`. What has passed before, or after the account's end, changes nothing."""
    if at >= account.state.opened_at and account.state.status != "failed":
        advance(account, at)


def end_day_before(account: Recording, at: datetime) -> None:
    """End the trading day whose session is over at `at`, though nothing of the next was told yet.

    Only for where nothing more will be told: until the next day begins, reports of this one come.
    """
    state, day = account.state, trading_day_of(at)
    if at >= session_close(day) and first_open_day(state) <= day and state.status != "failed":
        _end(account, day)


def advance(account: Recording, to: datetime, *, including: bool = True) -> None:
    """Pronounce and warn of what is due up to `to`, and end the days before its own.

    A deadline at `to` itself is due when it is `including`; an execution at that very instant may
    still be the exit that was in time.
    """
    day, turned = trading_day_of(to), first_open_day(account.state)
    while turned < day and account.state.status != "failed":
        _end(account, turned)
        state = account.state
        goes_on = state.session or state.lots or state.pack.inactivity_days
        turned = next_trading_day(turned) if goes_on else day
    if turned == day:
        _speak(account, day, until=to, including=including)


def first_open_day(state: AccountState) -> date:
    """The first trading day that may still be written to."""
    if state.session:
        return state.session.day
    if state.last_closed:
        return next_trading_day(state.last_closed)
    return trading_day_of(state.opened_at)


def _end(account: Recording, day: date) -> None:
    _speak(account, day, until=session_close(day), including=True)
    state = account.state
    if state.status == "failed":
        return
    judged = state.status != "passed"
    if state.session or (judged and broken_at_close(state, day, open_pnl=None)):
        close_session(account, day=day, open_pnl=None)


def _speak(account: Recording, day: date, *, until: datetime, including: bool) -> None:
    """One moment after the other: each may end the account, and all that it breaks is told."""
    while account.state.status in ("active", "locked"):
        due = [
            (at, found)
            for at, found in _due_on(account, day)
            if at < until or (including and at == until and not _is_of_news(found))
        ]
        if not due:
            return
        at = min(when for when, _ in due)
        now = [found for when, found in due if when == at]
        broken = [each for each in now if isinstance(each, Broken)]
        pronounce(account, broken, day=day, at=at, cause=account.version)
        for each in now:
            if isinstance(each, Due) and not broken:
                tell_warning(account, each, day=day, at=at, cause=account.version)


def _is_of_news(found: Broken | Due) -> bool:
    return isinstance(found, Broken) and found.rule == "news"


def _due_on(account: Recording, day: date) -> Iterator[_Due]:
    state = account.state
    if account.warns:
        yield from ((session_open(day), due) for due in due_with_day(state, day))
    idle = idle_too_long(state, day)
    if idle is not None:
        last = last_active_day(active_on(state), idle_days=state.pack.inactivity_days or 0)
        assert last is not None, "a later day is in the calendar"
        yield session_close(last), inactivity(state, days=idle, deadline=last)
    if state.lots:
        yield from _not_flat(state, day)
        yield from _held_through_news(state, day)


def _not_flat(state: AccountState, day: date) -> Iterator[_Due]:
    rule = state.pack.session
    if rule is None or rule.flat_by is None or _was_broken(state, "flat_by"):
        return
    held: dict[datetime, list[Lot]] = {}
    for lot in state.lots:
        deadline = flat_deadline(rule, day, root=lot.root)
        assert deadline is not None, "the pack has the rule"
        if lot.opened_at <= deadline:
            held.setdefault(deadline, []).append(lot)
    for deadline, lots in held.items():
        yield (
            deadline,
            Broken(
                rule="flat_by",
                effect=rule.effect,
                observed=str(sum(abs(lot.quantity) for lot in lots)),
                subject=", ".join(sorted({lot.root for lot in lots})),
                threshold={"deadline": moment_text(deadline), "kind": "held"},
            ),
        )


def _held_through_news(state: AccountState, day: date) -> Iterator[_Due]:
    rule = state.pack.news
    if rule is None:
        return
    for noted in state.releases.values():
        window = window_of(rule, noted.release.released_at)
        # What begins after the close is told with the next day, whoever looks before.
        if not window.start < min(window.end, session_close(day)):
            continue
        lots = [lot for lot in state.lots if lot.opened_at < window.end]
        for root in sorted({lot.root for lot in lots}):
            if noted.release.moves(root) and root not in noted.broken:
                opened = min(lot.opened_at for lot in lots if lot.root == root)
                quantity = sum(abs(lot.quantity) for lot in lots if lot.root == root)
                yield (
                    max(window.start, opened),
                    news_broken(
                        noted, window, effect=rule.effect, root=root, quantity=quantity, kind="held"
                    ),
                )


def news_broken(
    noted: NotedRelease, window: Window, *, effect: Effect, root: str, quantity: int, kind: str
) -> Broken:
    """The verdict on a product that was open within the window of a release."""
    return Broken(
        rule="news",
        effect=effect,
        observed=str(quantity),
        subject=root,
        threshold={
            "release": noted.release.release_id,
            "title": noted.release.title,
            "released_at": moment_text(noted.release.released_at),
            "from": moment_text(window.start),
            "until": moment_text(window.end),
            "kind": kind,
        },
    )


def _was_broken(state: AccountState, rule: str) -> bool:
    return state.session is not None and rule in state.session.violated

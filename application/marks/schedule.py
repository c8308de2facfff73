"""When an account has to be told the time: deadlines of its pack, days with which a limit comes
near, and the end of its day.

Pure: the same facts and the same calendar give the same moments. What follows from a moment the
account decides; one too many changes nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final, Literal

from application.marks.facts import AccountFacts
from domain.accounts.idling import idle_warning_days
from domain.market.calendar import (
    next_trading_day,
    session_close,
    session_open,
    trading_day_of,
)
from domain.market.releases import Release
from domain.rules.pack import NewsRule, SessionRule
from domain.rules.timing import flat_deadline, last_active_day, window_of

_DAYS_AHEAD: Final = 2
_INSTANT: Final = timedelta(microseconds=1)
_ALIVE: Final = ("active", "locked", "passed")


@dataclass(frozen=True, slots=True, order=True)
class Wakeup:
    """A moment at which an account is told the time, or at which its day `closes`."""

    at: datetime
    kind: Literal["close", "time"]
    day: date


def next_wakeup(
    facts: AccountFacts, *, after: datetime, releases: Sequence[Release] = ()
) -> Wakeup | None:
    """The first moment after `after`; None when nothing is to come of itself.

    The end of the day in progress is due however late it is, unless `after` has reached it. At one
    moment the day closes before the time is told, so that a deadline finds the day judged.
    """
    return min(_upcoming(facts, after, releases), default=None)


def _upcoming(
    facts: AccountFacts, after: datetime, releases: Sequence[Release]
) -> Iterator[Wakeup]:
    if facts.day is not None and session_close(facts.day) > after:
        yield Wakeup(session_close(facts.day), "close", facts.day)
    if facts.status not in _ALIVE:
        return
    for at in _deadlines(facts, after, releases):
        if at > after:
            yield Wakeup(at, "time", trading_day_of(at))


def _deadlines(
    facts: AccountFacts, after: datetime, releases: Sequence[Release]
) -> Iterator[datetime]:
    if facts.open_roots and facts.pack.session is not None:
        yield from _session_deadlines(facts.pack.session, facts.open_roots, after)
    if facts.open_roots and facts.pack.news is not None:
        yield from _news_deadlines(facts.pack.news, facts.open_roots, releases)
    if facts.pack.inactivity_days is not None:
        days = facts.pack.inactivity_days
        yield from _idle_too_long(facts, days, after)
        for day in idle_warning_days(_active_on(facts), idle_days=days):
            yield session_open(day)


def _session_deadlines(
    rule: SessionRule, roots: Sequence[str], after: datetime
) -> Iterator[datetime]:
    """When each product must be flat, and the end of each session: this day and the next."""
    day = trading_day_of(after)
    for _ in range(_DAYS_AHEAD):
        yield session_close(day)
        for deadline in {flat_deadline(rule, day, root=root) for root in roots}:
            if deadline is not None:
                yield deadline
        day = next_trading_day(day)


def _news_deadlines(
    rule: NewsRule, roots: Sequence[str], releases: Sequence[Release]
) -> Iterator[datetime]:
    for release in releases:
        if any(release.moves(root) for root in roots):
            window = window_of(rule, release.released_at)
            # Within the window: at its first instant an exit may still be in time.
            yield window.start + _INSTANT
            yield window.end


def _idle_too_long(facts: AccountFacts, days: int, after: datetime) -> Iterator[datetime]:
    """The opening after the last session in which an execution was still in time, then each later
    one; none beyond the calendar.

    How the days are counted is the account's to say; it is asked at every opening from then on.
    """
    last = last_active_day(_active_on(facts), idle_days=days)
    if last is None:
        return
    day = max(next_trading_day(last), trading_day_of(after))
    yield session_open(day if session_open(day) > after else next_trading_day(day))


def _active_on(facts: AccountFacts) -> date:
    return facts.last_traded or trading_day_of(facts.opened_at)

"""How scheduled releases enter an account's memory, are broken, and leave it."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Final

from domain.accounts.events import ReleaseNoted, RuleViolated
from domain.accounts.state import AccountState, NotedRelease
from domain.market.calendar import previous_trading_day, session_open, trading_day_of
from domain.market.holidays import FIRST_DAY
from domain.market.releases import Release
from domain.rules.timing import window_of

_KEPT_TRADING_DAYS: Final = 2
_FIRST_YEARS: Final = FIRST_DAY + timedelta(days=14)


def release_noted(event: ReleaseNoted) -> Release:
    """The release of an event that was checked when it was recorded."""
    return Release(
        release_id=event.release_id,
        title=event.title,
        released_at=event.released_at,
        impact=event.impact,
        roots=event.roots,
    )


def note(state: AccountState, event: ReleaseNoted) -> None:
    """Remember a release. With nothing open, those long over are let go on the way."""
    if not state.lots:
        forget_releases(state, trading_day_of(event.timestamp))
    release = release_noted(event)
    state.releases = {**state.releases, event.release_id: NotedRelease(release=release)}


def note_broken(state: AccountState, event: RuleViolated) -> None:
    """A release is broken once by each root."""
    noted = state.releases.get(event.threshold.get("release", ""))
    if event.rule == "news" and noted is not None and event.subject is not None:
        broken = replace(noted, broken=noted.broken | {event.subject})
        state.releases = {**state.releases, noted.release.release_id: broken}


def forget_releases(state: AccountState, day: date) -> None:
    """Let go of what was over two trading days before this one."""
    if not state.releases or day <= _FIRST_YEARS:
        return
    for _ in range(_KEPT_TRADING_DAYS):
        day = previous_trading_day(day)
    kept_from = session_open(day)
    state.releases = {
        name: noted
        for name, noted in state.releases.items()
        if _end_of(state, noted.release) >= kept_from
    }
    state.releases_from = max(kept_from, state.releases_from or kept_from)


def is_forgotten(state: AccountState, release: Release) -> bool:
    """Whether a release was over so long ago that the account lets go of it at once."""
    return state.releases_from is not None and _end_of(state, release) < state.releases_from


def _end_of(state: AccountState, release: Release) -> datetime:
    rule = state.pack.news
    return window_of(rule, release.released_at).end if rule else release.released_at

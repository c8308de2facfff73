"""An account on two clocks: what was true at one moment, by what was known at another."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from itertools import takewhile
from typing import Any, cast

from domain.accounts.account import TradingAccount
from domain.accounts.corrected import corrected
from domain.accounts.events import (
    AccountEvent,
    AccountFailed,
    AccountPassed,
    DayLocked,
    DayUnlocked,
)
from domain.accounts.events_corrections import HistoryCorrected, RevisionDecided
from domain.accounts.restating import Restated, restated
from domain.accounts.state import Status


def account_at(known: Sequence[AccountEvent], moment: datetime | None) -> TradingAccount | None:
    """The account at a moment of the world, by all events that are `known`; None before it began.

    With no moment: as it stands. In a history that was corrected every report counts where it
    belongs, and the outcome is the pronounced one unless a revision was applied.
    """
    if not known or (moment is not None and known[0].effective_at > moment):
        return None
    was_corrected = any(isinstance(each, HistoryCorrected) for each in known)
    if moment is None or not was_corrected:
        return _folded(known, moment)
    true = true_at(known, moment)
    account = true.account
    account.state.status, account.state.ended_by = _outcome(known, true, moment)
    account.version = len(known)
    return account


def true_at(known: Sequence[AccountEvent], moment: datetime) -> Restated:
    """What all reports come to that belong before a moment, by all events that are `known`."""
    reports = [each for each in corrected(known).reports if each.effective_at <= moment]
    return restated(reports, TradingAccount)


def _folded(known: Sequence[AccountEvent], moment: datetime | None) -> TradingAccount:
    """In the order of the log, which ends at the first event that took effect later."""
    account: Any = None
    for event in takewhile(lambda each: moment is None or each.effective_at <= moment, known):
        account = event.mutate(account)
    return cast("TradingAccount", account)


def _outcome(
    known: Sequence[AccountEvent], true: Restated, moment: datetime
) -> tuple[Status, str | None]:
    applied = any(
        isinstance(each, RevisionDecided) and each.decision == "applied" for each in known
    )
    if applied:
        by = true.account.outlived
        return ("failed", by) if by else (true.account.state.status, None)
    standing: tuple[Status, str | None] = "active", None
    for event in known:
        if event.effective_at <= moment:
            standing = _pronounced(event) or standing
    return standing


def _pronounced(event: AccountEvent) -> tuple[Status, str | None] | None:
    """How the account stands by this event; None when it is not about that."""
    match event:
        case AccountFailed():
            return "failed", event.rule
        case AccountPassed():
            return "passed", None
        case DayLocked():
            return "locked", None
        case DayUnlocked():
            return "active", None
        case RevisionDecided():
            return event.status_after, event.ended_by_after
        case _:
            return None

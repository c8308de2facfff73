"""Which part of a history a question is about, and up to when time passes on both sides of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import takewhile
from typing import Final, cast

from application.whatif.outcomes import Outcome, last_report, outcomes_in
from application.whatif.questions import Question
from domain.accounts.account import TradingAccount
from domain.accounts.events import (
    AccountEvent,
    EquityMarked,
    FillRecorded,
    ResultRecorded,
    TradeRecorded,
    TradingDayClosed,
)
from domain.accounts.state import AccountState
from domain.accounts.time_passing import end_day_before, pass_time

_LET_TIME_PASS: Final = (
    TradeRecorded, FillRecorded, ResultRecorded, EquityMarked, TradingDayClosed,
)  # fmt: skip
_LAST_MOMENT: Final = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class Recorded:
    """An account as it was, at the end of the window, and what time alone broke until then."""

    state: AccountState
    outcomes: list[Outcome]


def within(events: Sequence[AccountEvent], question: Question) -> Sequence[AccountEvent]:
    """The history up to the end of the window.

    A stream is never taken with holes: it ends before the first event that took effect too late.
    """
    end = question.end
    return events if end is None else list(takewhile(lambda each: each.effective_at < end, events))


def is_told_whole(events: Sequence[AccountEvent], end: datetime | None) -> bool:
    """Whether the last report let all the time of an open window pass, so that none is left."""
    last = events[last_report(events)]
    return (
        end is None
        and isinstance(last, _LET_TIME_PASS)
        and all(each.effective_at <= last.effective_at for each in events)
    )


def let_pass(
    account: TradingAccount, events: Sequence[AccountEvent], end: datetime | None
) -> list[Outcome]:
    """What time alone breaks between the last report and the end of the window.

    An open one ends with the last moment that the history tells of: the log has no clock, and that
    nothing happened since nobody has said.
    """
    until = (end or max(each.effective_at for each in events)) - _LAST_MOMENT
    pass_time(account, until)
    if end is not None:
        end_day_before(account, until)
    made = cast("Sequence[AccountEvent]", account.collect_events())
    return outcomes_in(made, place=len(events))


def as_recorded(events: Sequence[AccountEvent], end: datetime | None) -> Recorded:
    """The account as its recorded events make it, and then the time up to the end."""
    opening, *rest = events
    account = cast("TradingAccount", opening.mutate(None))
    account.warns = False
    for each in rest:
        # Without the library's checks, which cost as much again: the log was read in order.
        account.when(each)
    account.version = len(events)
    return Recorded(account.state, let_pass(account, events, end))

"""One account's history, judged again. A pure function of history and question."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import takewhile
from typing import Final

from application.whatif.answers import Answer, Figures, RefusedReport, Report, StatusTold, Told
from application.whatif.doubting import rests_on_open_profit
from application.whatif.flips import Flip, flips_between
from application.whatif.histories import AccountHistory
from application.whatif.in_time import in_time
from application.whatif.outcomes import Outcome, recorded_outcomes
from application.whatif.questions import Question
from application.whatif.retrials import Retrial, retry
from application.whatif.telling import place_of_end, status_told, told_of
from domain.accounts.counterfactuals.altering import alter
from domain.accounts.counterfactuals.asking import Altered, Doubt
from domain.accounts.events import AccountEvent, AccountOpened, FillRecorded, TradeRecorded
from domain.accounts.evolve import begin, evolve
from domain.accounts.state import AccountState, Status

LISTED_MAX: Final = 1_000
"""Flips, refusals and executions left out that an answer lists of one account; all are counted."""


def answer(history: AccountHistory, question: Question) -> Answer | None:
    """What the account would have come to; None when nothing happened to it in the window.

    Refuses with TradeNotInHistory.
    """
    history = in_time(history)
    events = _within(history.events, question)
    if not events:
        return None
    opening = events[0]
    assert isinstance(opening, AccountOpened), "a history begins with its opening"
    altered = alter(events, question.asked)
    retrial = retry(events, altered, pack=question.pack)
    was = recorded_outcomes(events)
    flips = flips_between(was, retrial.outcomes)
    doubts = _doubts(altered, retrial)
    same = question.asked.asks_nothing and not flips and not retrial.refused
    before = retrial.state if same else _folded(events)
    after_status = _status(retrial, doubts)
    reports = _Reports(history)
    told = _told(flips, doubts, reports, statuses=(before.status, after_status))
    left_out = [(_execution_id(events[place]), why) for place, why in altered.left_out.items()]
    known = "result_without_trades" not in doubts
    return Answer(
        account_id=history.account_id,
        plan=opening.plan,
        pack_hash=opening.pack_hash,
        events=len(events),
        status_before=before.status,
        status_after=after_status,
        lives_on=before.status == "failed" and retrial.state.status != "failed",
        before=_figures(before, was),
        after=_figures(retrial.state, retrial.outcomes, known=known),
        flips=told[:LISTED_MAX],
        counted=Counter((each.kind, each.change) for each in told),
        refused=[
            RefusedReport(reports.at(place), refusal.code, refusal.sentence)
            for place, refusal in retrial.refused[:LISTED_MAX]
        ],
        refusal_count=len(retrial.refused),
        ignored=retrial.ignored,
        left_out=left_out[:LISTED_MAX],
        left_out_count=len(left_out),
        doubts={kind: reports.at(place) for kind, place in sorted(doubts.items())},
    )


@dataclass(frozen=True, slots=True)
class _Reports:
    history: AccountHistory

    def at(self, place: int) -> Report:
        event = self.history.events[place]
        return Report(self.history.seqs[place], type(event).TOPIC, event.effective_at)


def _told(
    flips: Sequence[Flip],
    doubts: dict[Doubt, int],
    reports: _Reports,
    *,
    statuses: tuple[Status, StatusTold],
) -> list[Told]:
    """Every flip in words; that the status is another stands first."""
    first = min(doubts.values(), default=None)

    def certain(place: int) -> bool:
        return first is None or place < first

    told = [told_of(flip, reports.at(flip.place), certain=certain(flip.place)) for flip in flips]
    before, after = statuses
    if before == after:
        return told
    place = place_of_end(flips, doubts)
    return [status_told(before, after, reports.at(place), certain=certain(place)), *told]


def _within(events: Sequence[AccountEvent], question: Question) -> Sequence[AccountEvent]:
    """The history up to the end of the window; nothing when nothing in it happened since its start.

    A stream is never taken with holes: it ends before the first event that took effect too late.
    """
    start, end = question.start, question.end
    if end is not None:
        events = list(takewhile(lambda event: event.effective_at < end, events))
    if start is not None and not any(each.effective_at >= start for each in events):
        return ()
    return events


def _doubts(altered: Altered, retrial: Retrial) -> dict[Doubt, int]:
    """What matters of what is unknown: marks do not, to a pack that never looks at them."""
    found = dict(altered.doubts)
    if retrial.unseen_from is not None:
        found["extremes"] = min(retrial.unseen_from, found.get("extremes", retrial.unseen_from))
    if not rests_on_open_profit(retrial.state.pack):
        found.pop("open_profit", None)
        found.pop("extremes", None)
    failed = _failure(retrial)
    if failed is None:
        return found
    return {kind: place for kind, place in found.items() if place < failed.place}


def _failure(retrial: Retrial) -> Outcome | None:
    return next((each for each in retrial.outcomes if each.kind == "failure"), None)


def _status(retrial: Retrial, doubts: dict[Doubt, int]) -> StatusTold:
    """A failure that was seen is certain, even after something unseen: it could only come earlier.

    Not so where the balance is unknown, or what the day began with.
    """
    if not doubts:
        return retrial.state.status
    failed, daily = _failure(retrial), retrial.state.pack.daily_loss
    by_the_start_of_day = (
        failed is not None
        and failed.name == "daily_loss"
        and daily is not None
        and daily.measured_from == "day_start_equity"
    )
    if failed is None or by_the_start_of_day or "result_without_trades" in doubts:
        return "unknown"
    return "failed"


def _folded(events: Sequence[AccountEvent]) -> AccountState:
    """The account as its recorded events make it."""
    opening, *rest = events
    assert isinstance(opening, AccountOpened), "a history begins with its opening"
    state = begin(opening)
    for event in rest:
        evolve(state, event)
    return state


def _figures(state: AccountState, outcomes: Sequence[Outcome], *, known: bool = True) -> Figures:
    payouts = [each for each in outcomes if each.kind == "payout"]
    paid = [each for each in outcomes if each.kind == "payment"]
    return Figures(
        balance=state.balance.units if known else None,
        net_profit=state.net_profit.units if known else None,
        payouts=sum(each.amount_units or 0 for each in payouts),
        paid=sum(each.amount_units or 0 for each in paid),
        trader_share=sum(each.trader_share_units or 0 for each in payouts),
    )


def _execution_id(event: AccountEvent) -> str:
    match event:
        case TradeRecorded():
            return event.trade_id
        case FillRecorded():
            return event.fill_id
        case _:
            return str(getattr(event, "result_id", ""))

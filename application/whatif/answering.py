"""One account's history, judged again. A pure function of history and question."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from application.whatif.answers import Answer, Figures, RefusedReport, Report, StatusTold, Told
from application.whatif.doubting import rests_on_open_profit
from application.whatif.flips import Flip, flips_between
from application.whatif.histories import AccountHistory
from application.whatif.in_time import in_time
from application.whatif.outcomes import Outcome, last_report, recorded_outcomes
from application.whatif.questions import Question
from application.whatif.retrials import Retrial, retry
from application.whatif.telling import place_of_end, status_told, told_of
from application.whatif.window import Recorded, as_recorded, is_told_whole, within
from domain.accounts.counterfactuals.altering import alter
from domain.accounts.counterfactuals.asking import Altered, Doubt
from domain.accounts.events import AccountEvent, AccountOpened, FillRecorded, TradeRecorded
from domain.accounts.events_packs import PackChanged
from domain.accounts.state import AccountState, Status
from domain.rules.pack import RulePack

LISTED_MAX: Final = 1_000
"""Flips, refusals and executions left out that an answer lists of one account; all are counted."""


def answer(history: AccountHistory, question: Question) -> Answer | None:
    """What the account would have come to; None when nothing happened to it in the window.

    Refuses with TradeNotInHistory.
    """
    history = in_time(history)
    events = within(history.events, question)
    if not events or not _may_count(events, question):
        return None
    opening = events[0]
    assert isinstance(opening, AccountOpened), "a history begins with its opening"
    altered = alter(events, question.asked)
    retrial = retry(events, altered, pack=question.pack, end=question.end)
    recorded = _recorded(events, question, retrial)
    if not _counts(events, [*recorded.outcomes, *retrial.outcomes], question):
        return None
    before, was = recorded.state, [*recorded_outcomes(events), *recorded.outcomes]
    flips = flips_between(was, retrial.outcomes)
    doubts = _doubts(altered, retrial)
    after_status = _status(retrial, doubts)
    reports = _Reports(events, history.seqs)
    told = _told(flips, doubts, reports, statuses=(before.status, after_status))
    left_out = [(_execution_id(events[place]), why) for place, why in altered.left_out.items()]
    known = "result_without_trades" not in doubts
    return Answer(
        account_id=history.account_id,
        plan=opening.plan,
        pack_hashes=tuple(
            each.pack_hash for each in events if isinstance(each, AccountOpened | PackChanged)
        ),
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


def _recorded(events: Sequence[AccountEvent], question: Question, retrial: Retrial) -> Recorded:
    """The account as it was. Where nothing differs it is what was judged just now: most accounts
    are alike under two packs, and to fold them takes a tenth of the time.
    """
    same = (
        is_told_whole(events, question.end)
        and question.asked.asks_nothing
        and not retrial.refused
        and not flips_between(recorded_outcomes(events), retrial.outcomes)
    )
    return Recorded(retrial.state, []) if same else as_recorded(events, question.end)


@dataclass(frozen=True, slots=True)
class _Reports:
    events: Sequence[AccountEvent]
    seqs: Sequence[int]

    def at(self, place: int) -> Report:
        """What time alone broke after all reports hangs on the last of them."""
        if place == len(self.events):
            place = last_report(self.events)
        event = self.events[place]
        return Report(self.seqs[place], type(event).TOPIC, event.effective_at)


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


def _may_count(events: Sequence[AccountEvent], question: Question) -> bool:
    """Whether the account is meant, and anything can have happened to it in the window: in an open
    one nothing but reports.
    """
    opening, pack = events[0], question.pack
    assert isinstance(opening, AccountOpened), "a history begins with its opening"
    if question.alike and pack is not None and not _is_alike(opening, pack):
        return False
    return question.end is not None or _reported_since(events, question.start)


def _is_alike(opening: AccountOpened, pack: RulePack) -> bool:
    sold = (opening.phase, opening.starting_balance_units)
    return sold == (pack.phase, pack.starting_balance.units)


def _counts(
    events: Sequence[AccountEvent], outcomes: Sequence[Outcome], question: Question
) -> bool:
    """Whether anything happened to the account in the window, be it that time broke a rule."""
    start = question.start
    return _reported_since(events, start) or any(
        start is not None and each.place == len(events) and each.at >= start for each in outcomes
    )


def _reported_since(events: Sequence[AccountEvent], start: datetime | None) -> bool:
    return start is None or any(each.effective_at >= start for each in events)


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

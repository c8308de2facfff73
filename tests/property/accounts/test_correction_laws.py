"""What holds when the past of an account turns out to have been another one."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from typing import Any, cast
from uuid import UUID

from hypothesis import HealthCheck, assume, given, reject, settings
from hypothesis import strategies as st

from domain.accounts.account import TradingAccount
from domain.accounts.as_of import account_at
from domain.accounts.corrected import corrected
from domain.accounts.events import AccountEvent, AccountOpened, FillRecorded, TradeRecorded
from domain.accounts.events_corrections import HistoryCorrected, RevisionDecided, VerdictRevised
from domain.accounts.evolve import begin, evolve
from domain.accounts.reported import fill_of, trade_of
from domain.accounts.rerunning import rerun
from domain.accounts.retelling import retell
from domain.accounts.snapshots import figures_of, take_over
from domain.errors import DomainError
from domain.rules.canonical import pack_from_text
from tests.support.histories import History, Life, histories

unhurried = settings(
    deadline=None, suppress_health_check=[HealthCheck.filter_too_much, HealthCheck.too_slow]
)

IN_TIME = ("trade", "buy", "sell", "close", "result", "request", "pay")
UNMARKED = histories(steps_min=4).map(
    lambda told: replace(told, steps=[each for each in told.steps if each.kind in IN_TIME])
)
"""Marks are kept as extremes only, and which those are depends on what else was told."""


class Told:
    """An account with all its events at hand."""

    def __init__(self, account: TradingAccount) -> None:
        self.account = account
        self.events: list[AccountEvent] = []
        self.keep()

    def keep(self) -> None:
        """Keep what is new."""
        self.events += cast("Sequence[AccountEvent]", self.account.collect_events())

    def history(self) -> Sequence[AccountEvent]:
        """All events so far."""
        return list(self.events)

    def figures(self) -> dict[str, Any]:
        """All figures but versions of events: these depend on how it was told."""
        found = json.loads(figures_of(self.account.state))
        for pending in found["payouts"]["pending"].values():
            pending["version"] = None
        return {**found, "peak_version": None}


def lived(history: History) -> tuple[Life, Told]:
    """An account to which all of it happened."""
    life = Life.of(history.pack, account_id=UUID(int=7))
    for step in history.steps:
        life.live(step)
    return life, Told(life.account)


def lacking(events: Sequence[AccountEvent], missing: AccountEvent) -> Told:
    """The same account without one of its reports; one that then cannot be is no example."""
    opened = events[0]
    assert isinstance(opened, AccountOpened)
    account = TradingAccount.open(
        account_id=opened.originator_id,
        trader_id=opened.trader_id,
        plan=opened.plan,
        pack=pack_from_text(opened.pack),
        at=opened.effective_at,
    )
    try:
        for report in corrected(events).reports[1:]:
            if report is not missing:
                retell(account, report, ())
    except DomainError:
        reject()
    return Told(account)


def void(life: Life, told: Told, which: int) -> str:
    """Take back one of the executions, whatever day it was booked in."""
    ids = [
        each.natural_key.partition(":")[2]
        for each in corrected(told.events).reports
        if isinstance(each, TradeRecorded | FillRecorded)
    ]
    assume(ids)
    id = ids[which % len(ids)]
    told.account.void(id=id, at=life.clock, reason="test", history=told.history)
    told.keep()
    return id


@unhurried
@given(history=UNMARKED, which=st.integers(0, 30))
def test_a_late_report_gives_the_figures_of_one_in_time(history: History, which: int) -> None:
    _, whole = lived(history)
    executed = [each for each in whole.events if isinstance(each, TradeRecorded | FillRecorded)]
    assume(executed and whole.account.state.status in ("active", "locked"))
    missing = executed[which % len(executed)]
    short = lacking(whole.events, missing)
    assume(short.account.state.status in ("active", "locked"))
    if isinstance(missing, TradeRecorded):
        short.account.record_trade(trade_of(missing), short.history)
    else:
        short.account.record_fill(fill_of(missing), short.history)
    short.keep()
    assume(any(isinstance(each, HistoryCorrected) for each in short.events))
    assert short.figures() == whole.figures()


@unhurried
@given(history=UNMARKED, which=st.integers(0, 30))
def test_what_was_taken_back_leaves_the_figures_as_if_it_had_never_been(
    history: History, which: int
) -> None:
    life, whole = lived(history)
    id = void(life, whole, which)
    correction = next((x for x in whole.events if isinstance(x, HistoryCorrected)), None)
    # What was told of it while it was open says nothing any more.
    assume(correction is not None and not correction.marks_left_out)
    taken = next(each for each in whole.events if each.natural_key in (f"trade:{id}", f"fill:{id}"))
    before = whole.events[: whole.events.index(cast("AccountEvent", correction))]
    never = lacking(before, taken)
    assert never.figures() == whole.figures()


@unhurried
@given(history=histories(steps_min=4), which=st.lists(st.integers(0, 30), min_size=1, max_size=3))
def test_a_corrected_account_replays_and_reruns_to_itself(
    history: History, which: list[int]
) -> None:
    life, told = lived(history)
    for each in which:
        void(life, told, each)
    opened = told.events[0]
    assert isinstance(opened, AccountOpened)
    state = begin(opened)
    for event in told.events[1:]:
        evolve(state, event)
    assert state == told.account.state
    made = [each for step in rerun(told.events) for each in step.made]
    assert made == told.events


@unhurried
@given(history=histories(steps_min=4), which=st.integers(0, 30))
def test_an_outcome_stands_until_a_person_has_decided(history: History, which: int) -> None:
    life, told = lived(history)
    before = told.account.state.status
    known = len(told.events)
    void(life, told, which)
    came = told.events[known:]
    if came and isinstance(came[0], HistoryCorrected):
        assert all(isinstance(each, VerdictRevised | RevisionDecided) for each in came[1:])
        assert told.account.state.status == before


@unhurried
@given(history=histories())
def test_figures_survive_being_written_down(history: History) -> None:
    life, _ = lived(history)
    state = life.account.state
    text = figures_of(state)
    other = Life.of(history.pack, account_id=UUID(int=7)).account.state
    take_over(other, text)
    assert figures_of(other) == text
    assert other.session == state.session
    assert other.payouts == state.payouts


@unhurried
@given(history=histories(steps_min=4), which=st.integers(0, 30), until=st.integers(0, 40))
def test_what_was_known_before_a_correction_stays_what_it_was(
    history: History, which: int, until: int
) -> None:
    life, told = lived(history)
    moment = told.events[min(until, len(told.events) - 1)].effective_at
    known = told.history()
    before = account_at(known, moment)
    void(life, told, which)
    again = account_at(told.events[: len(known)], moment)
    assert before is not None
    assert again is not None
    assert (again.state, again.version) == (before.state, before.version)


@unhurried
@given(history=UNMARKED, which=st.integers(0, 30))
def test_the_corrected_past_ends_where_the_account_stands(history: History, which: int) -> None:
    life, told = lived(history)
    void(life, told, which)
    now = account_at(told.events, max(each.effective_at for each in told.events))
    assert now is not None
    assert figures_of(now.state) == figures_of(told.account.state)
    assert now.state.status == told.account.state.status

"""What an account does when its past turns out to have been another one."""

from collections.abc import Sequence
from typing import Any, cast

import pytest

from domain.accounts.account import TradingAccount
from domain.accounts.errors import (
    AlreadyRecordedDifferently,
    NothingToReplace,
    NothingToVoid,
    RevisionDecidedAlready,
    RevisionUnknown,
)
from domain.accounts.events import AccountEvent, AccountFailed, RuleViolated
from domain.accounts.events_corrections import HistoryCorrected, RevisionDecided, VerdictRevised
from domain.money import USD
from tests.support.builders import (
    ACCOUNT,
    MONDAY,
    OPENED,
    TRADER,
    TUESDAY,
    WEDNESDAY,
    a_trade,
    moment,
    pack_of,
)

LATER = moment(WEDNESDAY, "12:00")


class Told:
    """An account with its whole history at hand."""

    def __init__(self, **rules: Any) -> None:
        self.account = TradingAccount.open(
            account_id=ACCOUNT, trader_id=TRADER, plan="test", pack=pack_of(**rules), at=OPENED
        )
        self.events: list[AccountEvent] = []
        self.new()

    def new(self) -> list[AccountEvent]:
        """The events since it was asked last."""
        came = cast("list[AccountEvent]", list(self.account.collect_events()))
        self.events += came
        return came

    def history(self) -> Sequence[AccountEvent]:
        """All of them."""
        return tuple(self.events)


def three_days() -> Told:
    """An end-of-day account with profits on Monday and Tuesday, in its Wednesday."""
    told = Told(
        max_loss={"mode": "eod_trailing", "amount": "2000.00", "lock_at": "50000.00"},
        profit_target="3000.00",
    )
    told.account.record_trade(a_trade("t-1", "1000"))
    told.account.record_trade(a_trade("t-2", "500", day=TUESDAY))
    told.account.record_trade(a_trade("t-3", "100", day=WEDNESDAY))
    told.new()
    return told


def late(profit: str, trade_id: str = "late") -> Any:
    """A trade of Monday that is told on Wednesday."""
    return a_trade(trade_id, profit, entered="11:00", exited="11:05")


class TestALateTrade:
    def test_restates_each_day_after_it_and_the_account(self) -> None:
        told = three_days()
        told.account.record_trade(late("-600"), told.history)
        (event,) = told.new()
        assert isinstance(event, HistoryCorrected)
        assert event.effective_at == moment(MONDAY, "11:05")
        assert [each["trading_day"] for each in event.days] == ["2026-03-02", "2026-03-03"]
        monday = event.days[0]
        assert (monday["before"]["net_units"], monday["after"]["net_units"]) == (
            10_000_000,
            4_000_000,
        )
        assert monday["after"]["next_floor_units"] == 484_000_000
        assert told.account.state.balance == USD.of("51000.00")
        assert told.account.state.best_day == USD.of("500.00")

    def test_told_again_changes_nothing(self) -> None:
        told = three_days()
        told.account.record_trade(late("-600"), told.history)
        told.new()
        told.account.record_trade(late("-600"), told.history)
        assert told.new() == []

    def test_is_refused_with_other_facts(self) -> None:
        told = three_days()
        told.account.record_trade(late("-600"), told.history)
        told.new()
        with pytest.raises(AlreadyRecordedDifferently):
            told.account.record_trade(late("-605"), told.history)
        assert told.new() == []

    def test_puts_a_breach_to_a_person_and_leaves_the_account_as_it_was(self) -> None:
        told = three_days()
        told.account.record_trade(late("-3500"), told.history)
        correction, revised = told.new()
        assert isinstance(correction, HistoryCorrected)
        assert isinstance(revised, VerdictRevised)
        assert (revised.change, revised.rule, revised.trading_day) == (
            "appears",
            "max_loss",
            MONDAY,
        )
        assert (revised.observed, revised.limit) == ("47500.00", "48000.00")
        assert revised.status_if_applied == "failed"
        assert told.account.state.status == "active"

    def test_keeps_the_machine_from_pronouncing_what_awaits_a_person(self) -> None:
        told = three_days()
        told.account.record_trade(late("-3600"), told.history)
        told.new()
        told.account.record_trade(a_trade("t-4", "-50", day=WEDNESDAY, exited="13:00"))
        assert not any(isinstance(each, RuleViolated) for each in told.new())

    def test_lets_the_machine_pronounce_again_once_the_account_was_back(self) -> None:
        told = three_days()
        told.account.record_trade(late("-3600"), told.history)
        told.account.record_trade(a_trade("t-4", "1000", day=WEDNESDAY, exited="13:00"))
        told.new()
        told.account.record_trade(a_trade("t-5", "-3000", day=WEDNESDAY, exited="13:10"))
        assert any(isinstance(each, AccountFailed) for each in told.new())


class TestAVoid:
    def failed(self) -> Told:
        """An account that failed by its second trade."""
        told = Told(max_loss={"mode": "static", "amount": "1000.00"})
        told.account.record_trade(a_trade("t-1", "100"))
        told.account.record_trade(a_trade("t-2", "-1200", exited="11:00"))
        told.new()
        return told

    def test_of_what_ended_the_account_puts_its_life_to_a_person(self) -> None:
        told = self.failed()
        told.account.void(id="t-2", at=LATER, reason="busted", history=told.history)
        correction, revised = told.new()
        assert isinstance(correction, HistoryCorrected)
        assert isinstance(revised, VerdictRevised)
        assert (revised.change, revised.status_if_applied) == ("disappears", "active")
        assert revised.verdict_version == 4
        assert told.account.state.status == "failed"
        assert told.account.state.balance == USD.of("50100.00")

    def test_applied_gives_the_account_back(self) -> None:
        told = self.failed()
        told.account.void(id="t-2", at=LATER, reason="busted", history=told.history)
        (*_, revised) = told.new()
        told.account.decide_revision(
            version=revised.originator_version, decision="applied", reason="busted", at=LATER
        )
        (decided,) = told.new()
        assert isinstance(decided, RevisionDecided)
        assert (told.account.state.status, told.account.state.ended_by) == ("active", None)
        told.account.record_trade(a_trade("t-3", "50", day=WEDNESDAY, exited="13:00"))
        assert told.account.state.balance == USD.of("50150.00")

    def test_of_an_unknown_execution_is_refused(self) -> None:
        told = three_days()
        with pytest.raises(NothingToVoid):
            told.account.void(id="t-9", at=LATER, reason="busted", history=told.history)

    def test_overtakes_a_revision_that_no_longer_holds(self) -> None:
        told = three_days()
        told.account.record_trade(late("-3500"), told.history)
        told.new()
        told.account.void(id="late", at=LATER, reason="busted", history=told.history)
        _, decided = told.new()
        assert isinstance(decided, RevisionDecided)
        assert decided.decision == "overtaken"
        assert told.account.state.revisions == {}


class TestAReplacement:
    def test_puts_other_facts_in_place(self) -> None:
        told = three_days()
        told.account.replace(a_trade("t-1", "900"), reason="wrong price", history=told.history)
        (event,) = told.new()
        assert isinstance(event, HistoryCorrected)
        assert told.account.state.balance == USD.of("51500.00")
        told.account.record_trade(a_trade("t-1", "900"), told.history)
        assert told.new() == []

    def test_with_the_facts_that_are_there_changes_nothing(self) -> None:
        told = three_days()
        told.account.replace(a_trade("t-1", "1000"), reason="again", history=told.history)
        assert told.new() == []

    def test_of_what_is_not_there_is_refused(self) -> None:
        told = three_days()
        with pytest.raises(NothingToReplace):
            told.account.replace(a_trade("t-9", "5"), reason="wrong", history=told.history)


class TestADecision:
    def test_can_be_repeated_and_not_turned_round(self) -> None:
        told = three_days()
        told.account.record_trade(late("-3500"), told.history)
        (*_, revised) = told.new()
        number = revised.originator_version
        for _ in range(2):
            told.account.decide_revision(
                version=number, decision="dismissed", reason="no", at=LATER
            )
        assert len(told.new()) == 1
        with pytest.raises(RevisionDecidedAlready):
            told.account.decide_revision(version=number, decision="applied", reason="x", at=LATER)

    def test_on_no_revision_is_refused(self) -> None:
        with pytest.raises(RevisionUnknown):
            three_days().account.decide_revision(
                version=3, decision="applied", reason="x", at=LATER
            )

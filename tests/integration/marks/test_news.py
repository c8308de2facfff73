"""News windows, enforced by the engine: each account is told in time, and judged once."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from domain.market.calendar import session_close
from tests.integration.marks.engines import Instance, World
from tests.support.builders import MONDAY, filling, marking, moment, noting

WINDOW: dict[str, Any] = {"minutes_before": 2, "minutes_after": 2, "effect": "flag"}
RELEASED = moment(clock="12:00")
BEFORE, AFTER = timedelta(minutes=-10), timedelta(minutes=3)


def trading_news(here: World, number: int = 1, *, holding: bool = True) -> UUID:
    """An account whose pack has a news window."""
    return here.opened(number, holding=holding, news=WINDOW)


def violations(here: World, account: UUID) -> list[tuple[str, str]]:
    """Each rule that was broken, and what of the calendar broke it."""
    here.at_work.catch_up()
    return [
        (row["rule"], row["threshold"].get("release", ""))
        for row in here.at_work.rows("rule_violations", order="ledger_seq")
        if row["account_id"] == account
    ]


def live_through(
    here: World, instance: Instance, *accounts: UUID, until: timedelta = AFTER, marks: bool = False
) -> None:
    """From ten minutes before the release on, in steps of half a minute."""
    here.clock.at = max(here.clock.at, RELEASED + BEFORE)
    while here.clock.at < RELEASED + until:
        if marks:
            here.tell(*[(each, f"{here.clock.at.second}.00", 0.5) for each in accounts])
        instance.drain()
        here.at_work.catch_up()
        here.clock.pass_(30)
    instance.drain()


class TestAPositionThatIsHeldThroughAWindow:
    @pytest.mark.parametrize("marks", [True, False])
    def test_is_one_violation(self, here: World, *, marks: bool) -> None:
        account = trading_news(here)
        here.scheduled()
        live_through(here, here.begin(), account, marks=marks)
        assert violations(here, account) == [("news", "n-1")]
        assert here.topics(account).count("release_noted") == 1
        assert here.refusals() == {}

    def test_is_one_violation_however_many_engines_follow_each_other(self, here: World) -> None:
        account = trading_news(here)
        here.scheduled()
        for until in (-360, -60, 30, 150, 240):
            live_through(here, here.begin(), account, until=timedelta(seconds=until))
            here.let_leases_run_out()
        assert violations(here, account) == [("news", "n-1")]
        assert here.topics(account).count("release_noted") == 1

    def test_is_found_by_an_engine_that_comes_after_it(self, here: World) -> None:
        account = trading_news(here)
        here.scheduled()
        here.clock.at = moment(clock="14:00")
        instance = here.begin()
        instance.drain()
        here.clock.pass_(11)
        instance.drain()
        assert violations(here, account) == [("news", "n-1")]

    def test_is_none_of_a_release_that_was_withdrawn_before(self, here: World) -> None:
        account = trading_news(here)
        here.withdrawn(here.scheduled())
        live_through(here, here.begin(), account)
        assert violations(here, account) == []
        assert "release_noted" not in here.topics(account)

    def test_is_judged_by_the_release_that_came_in_its_place(self, here: World) -> None:
        account = trading_news(here)
        first = here.scheduled("n-1", clock="11:58")
        here.clock.at = moment(clock="11:20")
        instance = here.begin()
        instance.drain()
        here.withdrawn(first)
        here.scheduled("n-2", clock="12:00")
        live_through(here, instance, account)
        assert violations(here, account) == [("news", "n-2")]

    def test_is_judged_by_a_release_that_is_scheduled_when_it_is_there(self, here: World) -> None:
        account = trading_news(here)
        instance = here.begin()
        live_through(here, instance, account, until=timedelta(seconds=0))
        here.scheduled()
        live_through(here, instance, account, marks=True)
        assert violations(here, account) == [("news", "n-1")]


class TestAnAccount:
    def test_is_told_before_the_window_and_not_long_before(self, here: World) -> None:
        account = trading_news(here, holding=False)
        here.scheduled()
        here.at_work.catch_up()
        here.clock.at = RELEASED - timedelta(minutes=22, seconds=1)
        instance = here.begin()
        instance.drain()
        assert "release_noted" not in here.topics(account)
        here.clock.at = RELEASED - timedelta(minutes=16)
        instance.drain()
        assert here.topics(account)[-1] == "release_noted"

    def test_that_opens_within_the_window_is_judged(self, here: World) -> None:
        account = trading_news(here, holding=False)
        here.scheduled()
        live_through(here, here.begin(), account, until=timedelta(0))
        here.asked(account, filling("f-1", "buy", clock="12:01"))
        assert violations(here, account) == [("news", "n-1")]

    @pytest.mark.parametrize("facts", [{"impact": "medium"}, {"roots": ("CL",)}])
    def test_is_not_judged_by_news_of_no_concern(self, here: World, facts: Any) -> None:
        account = trading_news(here)
        here.scheduled(**facts)
        live_through(here, here.begin(), account)
        assert violations(here, account) == []

    def test_without_a_news_rule_is_told_nothing(self, here: World) -> None:
        account = here.opened()
        here.scheduled()
        live_through(here, here.begin(), account)
        assert "release_noted" not in here.topics(account)

    def test_that_knows_the_release_otherwise_is_reported(self, here: World) -> None:
        account = trading_news(here)
        here.asked(account, noting("n-1", clock="13:00"))
        here.scheduled()
        instance = here.begin()
        live_through(here, instance, account, until=timedelta(0))
        told = [each for each in instance.said if "already-recorded-differently" in each]
        assert len(told) == 1
        assert f"acc_{account} was not told of the release n-1" in told[0]

    def test_whose_day_is_not_closed_is_told_when_it_is(self, here: World) -> None:
        account = trading_news(here)
        here.scheduled("n-1", clock="19:00")
        here.clock.at = session_close(MONDAY) + timedelta(minutes=1)
        instance = here.begin()
        instance.drain()
        here.clock.at = moment(clock="18:50")
        instance.drain()
        assert here.account(account).state.last_closed is None
        here.asked(account, marking("-5.00", clock="18:51"))
        here.at_work.catch_up()
        here.clock.at = moment(clock="18:52")
        instance.drain()
        here.clock.pass_(1)
        instance.drain()
        assert here.topics(account)[-1] == "release_noted"

    def test_loses_no_mark_that_is_on_its_way_when_it_is_told(self, here: World) -> None:
        account = here.opened(news=WINDOW, max_loss={"mode": "static", "amount": "2000.00"})
        here.scheduled()
        here.clock.at = RELEASED + BEFORE
        instance = here.begin()
        instance.drain()
        here.tell((account, "-2000.00", 20))
        instance.drain()
        assert here.topics(account)[-1] == "failed"
        assert here.refusals() == {}


def test_an_engine_begins_though_no_read_model_shows_the_news_yet(here: World) -> None:
    trading_news(here)
    here.at_work.catch_up()
    here.scheduled(shown=False)
    instance = here.begin()
    instance.drain()
    assert instance.engine.watched == 1

"""When an account has to be told the time."""

from dataclasses import replace
from datetime import date, datetime, time, timedelta
from typing import Any

from application.marks.facts import AccountFacts, facts_of
from application.marks.schedule import Wakeup, next_wakeup
from domain.market.calendar import session_close, session_open
from domain.rules.pack import NewsRule, SessionRule
from tests.support.builders import FRIDAY, MONDAY, TUESDAY, a_release, account_of, filling, moment

NOON = moment(clock="12:00")


def holding(**rules: Any) -> AccountFacts:
    """An account that is open since ten o'clock on Monday, with rules that time can break."""
    account = account_of()
    filling()(account)
    facts = facts_of(account)
    return replace(facts, pack=replace(facts.pack, **rules))


def upcoming(facts: AccountFacts, *, after: datetime = NOON, **facts_: Any) -> list[Wakeup]:
    """The next four, one after the other."""
    found = []
    for _ in range(4):
        wakeup = next_wakeup(facts, after=after, **facts_)
        if wakeup is None:
            break
        found.append(wakeup)
        after = wakeup.at
    return found


class TestADayInProgress:
    def test_ends_with_its_session(self) -> None:
        assert upcoming(holding()) == [Wakeup(session_close(MONDAY), "close", MONDAY)]

    def test_that_is_over_calls_for_nothing_more(self) -> None:
        facts = replace(holding(), day=None)
        assert next_wakeup(facts, after=NOON) is None


class TestAnOpenPosition:
    def test_is_told_when_to_be_flat_before_the_close(self) -> None:
        facts = holding(session=SessionRule(flat_by=time(15, 10)))
        flat, close, *_ = upcoming(facts)
        assert flat == Wakeup(moment(clock="15:10"), "time", MONDAY)
        assert close == Wakeup(session_close(MONDAY), "close", MONDAY)

    def test_is_told_again_the_next_day(self) -> None:
        facts = holding(session=SessionRule(flat_by=time(15, 10)))
        assert Wakeup(moment(TUESDAY, "15:10"), "time", TUESDAY) in upcoming(facts)

    def test_is_told_when_the_window_of_its_news_begins_and_ends(self) -> None:
        release = a_release("FOMC", clock="13:00", roots=("MES",))
        facts = holding(news=NewsRule(minutes_before=2, minutes_after=3))
        times = [each.at for each in upcoming(facts, releases=[release])]
        within = moment(clock="12:58") + timedelta(microseconds=1)
        assert times[:2] == [within, moment(clock="13:03")]

    def test_is_not_told_of_news_about_other_products(self) -> None:
        release = a_release("EIA", clock="13:00", roots=("CL",))
        facts = holding(news=NewsRule(minutes_before=2, minutes_after=3))
        assert [each.kind for each in upcoming(facts, releases=[release])] == ["close"]


class TestAnIdleAccount:
    def test_is_asked_at_every_opening_after_its_last_allowed_day(self) -> None:
        facts = replace(holding(inactivity_days=4), day=None, open_roots=())
        begins, *found = upcoming(facts)
        assert begins == Wakeup(session_open(FRIDAY), "time", FRIDAY)
        following = [date(2026, 3, day) for day in (9, 10, 11)]
        assert found == [Wakeup(session_open(day), "time", day) for day in following]

    def test_whose_last_allowed_day_is_a_saturday_is_asked_when_the_next_session_opens(
        self,
    ) -> None:
        facts = replace(holding(inactivity_days=5), day=None, open_roots=())
        monday = date(2026, 3, 9)
        assert Wakeup(session_open(monday), "time", monday) in upcoming(facts)

    def test_is_not_asked_beyond_the_calendar(self) -> None:
        facts = replace(holding(inactivity_days=3_000), day=None, open_roots=())
        assert next_wakeup(facts, after=NOON) is None

    def test_is_told_when_a_day_begins_that_brings_its_limit_near(self) -> None:
        facts = replace(holding(inactivity_days=10), day=None, open_roots=())
        eighty, ninety = date(2026, 3, 10), date(2026, 3, 11)
        assert upcoming(facts)[:2] == [
            Wakeup(session_open(eighty), "time", eighty),
            Wakeup(session_open(ninety), "time", ninety),
        ]

    def test_that_has_failed_is_told_nothing(self) -> None:
        facts = replace(holding(inactivity_days=4), day=None, status="failed")
        assert next_wakeup(facts, after=NOON) is None

"""News windows: what is open within one, by product, and what an account remembers of releases."""

from datetime import timedelta
from typing import Any

import pytest

from domain.accounts.errors import AccountEnded, AlreadyRecordedDifferently, TooManyReleases
from domain.accounts.events import (
    FillRecorded,
    ReleaseNoted,
    RuleViolated,
    TradeRecorded,
    TradingDayClosed,
)
from domain.accounts.state import RELEASES_MAX
from domain.market.calendar_errors import CalendarNotLoaded
from domain.market.errors import UnknownContract
from domain.market.releases import Release
from tests.support.builders import (
    MONDAY,
    OPENED,
    THURSDAY,
    TUESDAY,
    WEDNESDAY,
    Command,
    account_of,
    closing,
    filling,
    moment,
    noting,
    passing,
    trading,
)
from tests.support.scenario import fact, given

NEWS: dict[str, Any] = {"news": {"minutes_before": 2, "minutes_after": 3}}
START, END = moment(MONDAY, "11:58"), moment(MONDAY, "12:03")


class TestAWindow:
    def test_is_broken_by_a_position_held_through_at_its_beginning(self) -> None:
        past = given(NEWS, noting(roots=("MES",)), filling("1", quantity=2))
        past.when(passing(clock="13:00")).then(
            fact(
                RuleViolated, rule="news", effect="flag", at=START, observed="2", limit="0",
                unit="contracts", subject="MES", trading_day=MONDAY,
                threshold={
                    "release": "n-1", "title": "CPI", "released_at": "2026-03-02T18:00:00Z",
                    "from": "2026-03-02T17:58:00Z", "until": "2026-03-02T18:03:00Z", "kind": "held",
                },
            )
        )  # fmt: skip

    @pytest.mark.parametrize(
        ("clock", "broken"),
        [("11:57", False), ("11:58", True), ("12:00", True), ("12:02", True), ("12:03", False)],
    )
    def test_takes_no_opening_until_its_end(self, clock: str, broken: bool) -> None:  # noqa: FBT001
        past = given(NEWS, noting())
        told = [fact(RuleViolated, rule="news", at=moment(MONDAY, clock))] if broken else []
        past.when(filling("1", clock=clock)).then(fact(FillRecorded), *told)

    @pytest.mark.parametrize(("clock", "broken"), [("11:58", False), ("11:59", True)])
    def test_takes_an_exit_at_its_beginning(self, clock: str, broken: bool) -> None:  # noqa: FBT001
        past = given(NEWS, noting(), filling("1"))
        told = [fact(RuleViolated, rule="news", at=START)] if broken else []
        past.when(filling("2", "sell", clock=clock)).then(*told, fact(FillRecorded))

    @pytest.mark.parametrize(
        ("entered", "exited", "broken"),
        [
            ("11:00", "11:58", False), ("11:00", "11:59", True), ("11:58", "11:58", True),
            ("11:59", "12:01", True), ("11:00", "13:00", True), ("12:03", "12:04", False),
        ],
    )  # fmt: skip
    def test_is_broken_by_a_round_trip_that_overlaps_it(
        self,
        entered: str,
        exited: str,
        broken: bool,  # noqa: FBT001
    ) -> None:
        past = given(NEWS, noting())
        told = [fact(RuleViolated, rule="news", at=moment(MONDAY, exited))] if broken else []
        past.when(trading("1", entered=entered, exited=exited)).then(fact(TradeRecorded), *told)

    def test_is_broken_once_by_each_product(self) -> None:
        past = given(NEWS, noting(), trading("1", entered="11:00", exited="12:00"))
        past.when(trading("2", entered="11:00", exited="12:01")).then(fact(TradeRecorded))
        past.account.collect_events()
        other = trading("3", entered="11:00", exited="12:02", symbol="MNQH6")
        past.when(other).then(fact(TradeRecorded), fact(RuleViolated, subject="MNQ"))

    @pytest.mark.parametrize("facts", [{"roots": ("CL",)}, {"impact": "medium"}, {"impact": "low"}])
    def test_is_not_opened_by_what_does_not_move_the_product(self, facts: dict[str, Any]) -> None:
        past = given(NEWS, noting(**facts), filling("1"))
        past.when(passing(clock="13:00")).then()

    def test_of_no_minutes_is_none(self) -> None:
        past = given({"news": {"minutes_before": 0, "minutes_after": 0}}, noting(), filling("1"))
        past.when(filling("2", "sell", clock="12:30")).then(fact(FillRecorded))

    def test_that_begins_after_the_close_is_told_with_the_next_day(self) -> None:
        past = given(NEWS, noting(clock="17:01"), filling("1"))
        past.when(passing(day=TUESDAY, clock="09:00")).then(
            fact(TradingDayClosed, trading_day=MONDAY),
            fact(RuleViolated, at=moment(MONDAY, "16:59"), trading_day=TUESDAY),
        )

    def test_that_begins_after_the_close_is_told_by_an_exit_before_the_next_day(self) -> None:
        past = given(NEWS, noting(clock="16:30"), filling("1"))
        past.when(filling("2", "sell", clock="16:40")).then(
            fact(FillRecorded), fact(RuleViolated, at=moment(MONDAY, "16:40"), trading_day=MONDAY)
        )

    def test_that_was_told_of_too_late_is_judged_by_what_is_still_open(self) -> None:
        past = given(NEWS, filling("1"), closing(MONDAY), noting())
        past.when(passing(day=TUESDAY, clock="10:00")).then(
            fact(RuleViolated, at=START, trading_day=TUESDAY)
        )


class TestNoting:
    def test_is_a_fact_and_judges_nothing(self) -> None:
        past = given(NEWS, filling("1", clock="11:00"))
        past.when(noting(at=moment(MONDAY, "12:30"))).then(
            fact(ReleaseNoted, release_id="n-1", impact="high", roots=None)
        )

    def test_again_changes_nothing(self) -> None:
        given(NEWS, noting()).when(noting()).then()

    def test_with_other_facts_is_refused(self) -> None:
        past = given(NEWS, noting())
        past.when(noting(clock="12:30")).then_refused(AlreadyRecordedDifferently, id="n-1")

    def test_on_an_account_that_has_ended_is_refused(self) -> None:
        rules = {"max_loss": {"mode": "static", "amount": "5.00"}}
        given(rules, trading("1", "-5")).when(noting()).then_refused(AccountEnded)

    def test_has_a_limit(self) -> None:
        account = account_of(**NEWS)
        for number in range(RELEASES_MAX):
            noting(str(number), day=THURSDAY)(account)
        with pytest.raises(TooManyReleases):
            noting("one more", day=THURSDAY)(account)

    @pytest.mark.parametrize(
        "past", [[closing(WEDNESDAY), closing(THURSDAY)], [noting("2", at=moment(THURSDAY))]]
    )
    def test_lets_go_of_what_is_long_over(self, past: list[Command]) -> None:
        account = given(NEWS, noting(), *past).account
        assert "n-1" not in account.state.releases

    def test_of_what_it_let_go_of_changes_nothing(self) -> None:
        past = given(NEWS, noting(), closing(WEDNESDAY), closing(THURSDAY))
        past.when(noting()).then()

    @pytest.mark.parametrize(
        "past", [[closing(WEDNESDAY)], [filling("1"), noting("2", at=moment(THURSDAY))]]
    )
    def test_keeps_what_may_still_be_judged(self, past: list[Command]) -> None:
        account = given(NEWS, noting(), *past).account
        assert "n-1" in account.state.releases


class TestARelease:
    def test_of_an_unknown_product_is_refused(self) -> None:
        with pytest.raises(UnknownContract):
            Release.of(
                release_id="1", title="CPI", released_at=OPENED, impact="high", roots=["ESH6"]
            )

    def test_beyond_the_calendar_is_refused(self) -> None:
        far = OPENED + timedelta(days=9_000)
        with pytest.raises(CalendarNotLoaded):
            Release.of(release_id="1", title="CPI", released_at=far, impact="high")

    def test_of_no_products_is_of_all(self) -> None:
        release = Release.of(
            release_id="1", title="CPI", released_at=OPENED, impact="high", roots=[]
        )
        assert release.roots is None
        assert release.moves("ZC")

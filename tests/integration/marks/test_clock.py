"""Time and silence: days that end, deadlines, and accounts that nobody speaks of."""

from datetime import date, timedelta
from typing import Any
from uuid import UUID

from application.marks.mark import partition_of
from domain.market.calendar import session_close, session_open
from tests.integration.marks.engines import World
from tests.support.builders import (
    MONDAY,
    TUESDAY,
    closing,
    filling,
    marking,
    moment,
    trading,
)

CLOSE = session_close(MONDAY)


def state_of(here: World, account: UUID) -> tuple[Any, ...] | None:
    return here.at_work.admin.execute(
        "SELECT last_mark_at, unknown_since, unclosed_day FROM work.mark_states"
        " WHERE account_id = %s",
        (account,),
    ).fetchone()


class TestTheEndOfADay:
    def test_is_told_with_the_last_mark_of_what_stays_open(self, here: World) -> None:
        account = here.opened()
        here.at_work.catch_up()
        here.clock.at = CLOSE - timedelta(seconds=1)
        instance = here.begin()
        here.tell((account, "-100.00", 1), (account, "-90.00", 0))
        instance.drain()
        here.clock.at = CLOSE + timedelta(minutes=1)
        instance.drain()
        state = here.account(account).state
        assert state.last_closed == MONDAY
        assert str(state.equity) == "49910.00"

    def test_is_not_told_while_what_stays_open_is_unknown(self, here: World) -> None:
        account = here.opened()
        here.at_work.catch_up()
        here.clock.at = CLOSE + timedelta(minutes=1)
        instance = here.begin()
        instance.drain()
        assert here.account(account).state.last_closed is None
        noted = state_of(here, account)
        assert noted is not None
        assert noted[2] == MONDAY

    def test_that_was_missed_is_told_when_an_engine_comes(self, here: World) -> None:
        account = here.opened(holding=False)
        here.asked(account, filling("f-1", "buy"))
        here.asked(account, filling("f-2", "sell", clock="10:30"))
        here.at_work.catch_up()
        here.clock.at = moment(TUESDAY, "08:00")
        here.begin().drain()
        assert here.account(account).state.last_closed == MONDAY

    def test_waits_for_reports_that_are_on_their_way(self, here: World) -> None:
        account = here.opened(holding=False)
        here.asked(account, filling("f-1", "buy"))
        here.asked(account, filling("f-2", "sell", clock="10:30"))
        here.at_work.catch_up()
        instance = here.begin()
        here.clock.at = CLOSE + timedelta(seconds=9)
        instance.drain()
        assert here.account(account).state.last_closed is None

    def test_comes_once_however_many_engines_tell_it(self, here: World) -> None:
        account = here.opened(holding=False)
        here.asked(account, filling("f-1", "buy"))
        here.asked(account, filling("f-2", "sell", clock="10:30"))
        here.at_work.catch_up()
        here.clock.at = CLOSE + timedelta(minutes=1)
        for _ in range(2):
            here.begin().drain()
            here.let_leases_run_out()
        assert here.topics(account).count("trading_day_closed") == 1


class TestIdleDays:
    def test_are_warned_of_and_judged_without_any_report(self, here: World) -> None:
        account = here.opened(holding=False, inactivity_days=10)
        here.at_work.catch_up()
        instance = here.begin()
        for day in (10, 11, 12):
            here.clock.at = session_open(date(2026, 3, day)) + timedelta(minutes=1)
            for _ in range(2):
                instance.drain()
        assert here.topics(account) == ["opened", "limit_approached", "limit_approached"]
        here.at_work.catch_up()
        warned = here.at_work.rows("limit_warnings", order="ledger_seq")
        assert [(each["percent"], each["effective_at"]) for each in warned] == [
            (80, session_open(date(2026, 3, 10))), (90, session_open(date(2026, 3, 11))),
        ]  # fmt: skip
        here.clock.at = session_close(date(2026, 3, 13)) + timedelta(minutes=1)
        instance.drain()
        assert here.account(account).state.ended_by == "inactivity"

    def test_are_judged_as_soon_as_the_session_after_the_last_of_them_opens(
        self, here: World
    ) -> None:
        account = here.opened(holding=False, inactivity_days=10)
        here.at_work.catch_up()
        here.clock.at = session_close(date(2026, 3, 12)) + timedelta(minutes=1)
        instance = here.begin()
        instance.drain()
        assert here.account(account).state.status == "active"
        here.clock.at = session_open(date(2026, 3, 13)) + timedelta(minutes=1)
        instance.drain()
        assert here.account(account).state.ended_by == "inactivity"

    def test_are_told_of_once_however_many_engines_know_them(self, here: World) -> None:
        account = here.opened(holding=False, inactivity_days=10)
        here.at_work.catch_up()
        here.clock.at = session_open(date(2026, 3, 11)) + timedelta(minutes=1)
        for _ in range(2):
            here.begin().drain()
            here.let_leases_run_out()
        assert here.topics(account).count("limit_approached") == 2


class TestAnOpenLoss:
    def test_is_judged_within_the_extremes_of_the_session(self, here: World) -> None:
        account = here.opened(open_loss={"fraction": "0.30", "base_at_least": "1000.00"})
        here.asked(account, marking("-900.00", clock="10:10"))
        here.asked(account, filling("f-2", "sell", clock="10:20"))
        here.asked(account, closing(MONDAY))
        here.asked(account, filling("f-3", "buy", day=TUESDAY, price="5000.00"))
        here.asked(account, marking("-200.00", day=TUESDAY, clock="10:30"))
        here.asked(account, trading("t-1", "1000.00", day=TUESDAY, exited="10:40"))
        here.at_work.catch_up()
        here.clock.at = moment(TUESDAY, "11:00")
        instance = here.begin()
        here.tell((account, "-250.00", 3), (account, "-280.00", 2), (account, "-300.01", 1))
        instance.drain()
        assert here.topics(account)[-6:] == [
            "equity_marked", "limit_approached", "equity_marked", "limit_approached",
            "equity_marked", "rule_violated",
        ]  # fmt: skip


class TestSilence:
    def test_of_an_open_position_is_unknown_since_the_last_mark(self, here: World) -> None:
        account = here.opened()
        here.at_work.catch_up()
        instance = here.begin()
        here.tell((account, "-100.00", 0))
        marked_at = here.clock.at
        instance.drain()
        noted = state_of(here, account)
        assert noted is not None
        assert noted[1] is None
        here.clock.pass_(120)
        instance.drain()
        assert state_of(here, account) == (marked_at, marked_at, None)

    def test_ends_with_the_next_mark(self, here: World) -> None:
        account = here.opened()
        here.at_work.catch_up()
        instance = here.begin()
        instance.drain()
        here.clock.pass_(120)
        instance.drain()
        noted = state_of(here, account)
        assert noted is not None
        assert noted[1] == moment(clock="10:00")
        here.tell((account, "-100.00", 0))
        here.clock.pass_(1)
        instance.drain()
        assert state_of(here, account) == (moment(clock="11:02"), None, None)

    def test_is_nothing_of_a_flat_account(self, here: World) -> None:
        account = here.opened()
        here.at_work.catch_up()
        instance = here.begin()
        instance.drain()
        assert state_of(here, account) is not None
        here.asked(account, filling("f-2", "sell", clock="10:30"))
        here.at_work.catch_up()
        here.clock.pass_(120)
        instance.drain()
        assert state_of(here, account) is None

    def test_is_expected_while_the_market_is_closed(self, here: World) -> None:
        account = here.opened()
        here.at_work.catch_up()
        here.clock.at = CLOSE - timedelta(seconds=1)
        instance = here.begin()
        here.asked(account, marking("-100.00", clock="15:59"))
        here.tell((account, "-100.00", 0))
        instance.drain()
        here.clock.at = CLOSE + timedelta(minutes=50)
        instance.drain()
        noted = state_of(here, account)
        assert noted is not None
        assert noted[1] is None

    def test_noted_by_an_owner_that_lost_its_lease_is_not_written(self, here: World) -> None:
        account = here.opened()
        here.at_work.catch_up()
        instance = here.begin()
        instance.engine.cycle(wait_ms=1)
        here.at_work.admin.execute("DELETE FROM work.mark_states")
        here.at_work.admin.execute("UPDATE work.mark_leases SET epoch = epoch + 1")
        here.clock.pass_(120)
        instance.drain()
        assert state_of(here, account) is None


class TestAnAccountThatIsReadInLate:
    def test_is_not_closed_while_it_is_still_changing(self, here: World) -> None:
        here.clock.at = moment(TUESDAY, "08:00")
        instance = here.begin()
        instance.drain()
        account = here.opened(holding=False)
        for number, clock in enumerate(("10:00", "10:30"), 1):
            here.asked(account, filling(f"b-{number}", "buy", clock=clock))
            here.asked(account, filling(f"s-{number}", "sell", clock=clock))
            here.at_work.catch_up()
            here.clock.pass_(9)
            instance.drain()
            assert here.account(account).state.last_closed is None
        here.clock.pass_(11)
        instance.drain()
        assert here.account(account).state.last_closed == MONDAY


class TestABacklogInOnePartition:
    def test_is_judged_in_order_however_far_the_others_are(self, here: World) -> None:
        slow = here.opened(1)
        quick = next(
            here.opened(number)
            for number in range(2, 99)
            if partition_of(UUID(int=number), 4) != partition_of(slow, 4)
        )
        here.at_work.catch_up()
        instance = here.begin()
        instance.drain()
        for number in range(60):
            here.clock.pass_(0.01)
            here.tell((slow, "-5.00", 0.0 if number % 2 else 0.05))
        here.clock.pass_(30)
        here.tell((quick, "-5.00", 0))
        instance.drain()
        assert here.refusals() == {}

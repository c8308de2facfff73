"""The firm's news calendar: a stream a month, in which each release has one meaning."""

from datetime import UTC, datetime

import pytest

from application.news.commands import ScheduleRelease, WithdrawRelease
from application.news.handlers import month_in, schedule_release, withdraw_release
from domain.news.calendar import RELEASES_PER_MONTH_MAX, NewsCalendar, calendar_id, month_of
from domain.news.errors import (
    NewsMonthFull,
    ReleaseIsWithdrawn,
    ReleaseKnownDifferently,
    ReleaseUnknown,
)
from domain.news.events import NewsMonthBegun, ReleaseScheduled, ReleaseWithdrawn
from tests.support.builders import OPENED, a_release
from tests.unit.application.memory import MemoryLedger

MARCH = "2026-03"
SCHEDULE = ScheduleRelease(release=a_release("cpi", roots=("MES", "ES")), at=OPENED)
WITHDRAW = WithdrawRelease(month=MARCH, release_id="cpi", reason="Postponed", at=OPENED)


@pytest.fixture
def ledger() -> MemoryLedger:
    """A ledger with one scheduled release."""
    ledger = MemoryLedger()
    schedule_release(SCHEDULE, ledger)
    return ledger


def calendar(ledger: MemoryLedger) -> NewsCalendar:
    found = month_in(ledger, MARCH)
    assert found is not None
    return found


def test_a_month_is_that_of_chicago() -> None:
    assert month_of(datetime(2026, 4, 1, 4, 59, tzinfo=UTC)) == "2026-03"
    assert month_of(datetime(2026, 4, 1, 5, 0, tzinfo=UTC)) == "2026-04"


def test_the_stream_of_a_month_is_the_same_for_ever() -> None:
    assert str(calendar_id(MARCH)) == str(calendar_id("2026-03"))
    assert calendar_id(MARCH) != calendar_id("2026-04")


def test_the_first_release_begins_its_month(ledger: MemoryLedger) -> None:
    begun, scheduled = ledger.streams[calendar_id(MARCH)]
    assert isinstance(begun, NewsMonthBegun)
    assert isinstance(scheduled, ReleaseScheduled)
    assert (begun.month, scheduled.roots) == (MARCH, ("ES", "MES"))


def test_scheduling_again_changes_nothing(ledger: MemoryLedger) -> None:
    assert schedule_release(SCHEDULE, ledger).position is None


def test_scheduling_with_other_facts_is_refused(ledger: MemoryLedger) -> None:
    changed = ScheduleRelease(release=a_release("cpi", clock="12:30"), at=OPENED)
    with pytest.raises(ReleaseKnownDifferently):
        schedule_release(changed, ledger)


def test_a_release_is_withdrawn_once(ledger: MemoryLedger) -> None:
    assert withdraw_release(WITHDRAW, ledger).position == 3
    assert withdraw_release(WITHDRAW, ledger).position is None
    assert isinstance(ledger.streams[calendar_id(MARCH)][-1], ReleaseWithdrawn)
    assert calendar(ledger).releases["cpi"].withdrawn == "Postponed"


def test_a_withdrawn_release_does_not_come_back_under_its_id(ledger: MemoryLedger) -> None:
    withdraw_release(WITHDRAW, ledger)
    with pytest.raises(ReleaseIsWithdrawn, match="Postponed"):
        schedule_release(SCHEDULE, ledger)


@pytest.mark.parametrize(("month", "release_id"), [(MARCH, "nfp"), ("2026-04", "cpi")])
def test_what_is_not_scheduled_is_not_withdrawn(
    ledger: MemoryLedger, month: str, release_id: str
) -> None:
    command = WithdrawRelease(month=month, release_id=release_id, reason="x", at=OPENED)
    with pytest.raises(ReleaseUnknown):
        withdraw_release(command, ledger)


def test_a_month_has_a_limit() -> None:
    month = NewsCalendar.of_month(MARCH, at=OPENED)
    for number in range(RELEASES_PER_MONTH_MAX):
        month.schedule(a_release(str(number)), at=OPENED)
    with pytest.raises(NewsMonthFull):
        month.schedule(a_release("one more"), at=OPENED)

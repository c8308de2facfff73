"""Trading days by example: evenings, holidays, daylight saving."""

from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

import pytest

from domain.market.calendar import (
    early_close,
    is_trading_day,
    next_trading_day,
    previous_trading_day,
    session_close,
    session_open,
    trading_day_of,
)
from domain.market.calendar_errors import CalendarNotLoaded, NotATradingDay, TimeWithoutOffset

CHICAGO = ZoneInfo("America/Chicago")


def chicago(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=CHICAGO)


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


class TestTradingDayOf:
    @pytest.mark.parametrize(
        ("at", "day"),
        [
            pytest.param("2026-03-02T10:00", "2026-03-02", id="morning"),
            pytest.param("2026-03-02T15:59:59", "2026-03-02", id="last-second"),
            pytest.param("2026-03-02T16:30", "2026-03-02", id="maintenance-hour"),
            pytest.param("2026-03-02T17:00", "2026-03-03", id="reopening"),
            pytest.param("2026-03-01T17:05", "2026-03-02", id="sunday-evening"),
            pytest.param("2026-03-01T12:00", "2026-03-02", id="sunday-noon"),
            pytest.param("2026-02-28T12:00", "2026-03-02", id="saturday"),
            pytest.param("2026-02-27T16:59:59", "2026-02-27", id="friday-before-17"),
            pytest.param("2026-02-27T17:00", "2026-03-02", id="friday-evening"),
            pytest.param("2024-11-28T11:00", "2024-11-28", id="thanksgiving"),
            pytest.param("2024-11-28T14:00", "2024-11-28", id="thanksgiving-after-the-halt"),
            pytest.param("2024-11-28T17:00", "2024-11-29", id="thanksgiving-evening"),
            pytest.param("2025-12-24T18:00", "2025-12-26", id="christmas-eve-evening"),
            pytest.param("2025-12-25T10:00", "2025-12-26", id="christmas"),
            pytest.param("2025-04-17T17:00", "2025-04-21", id="before-good-friday"),
            pytest.param("2026-04-02T17:00", "2026-04-03", id="before-a-good-friday-with-jobs"),
            pytest.param("2025-01-09T08:00", "2025-01-09", id="day-of-mourning"),
        ],
    )
    def test_names_the_day(self, at: str, day: str) -> None:
        assert trading_day_of(chicago(at)) == date.fromisoformat(day)

    def test_counts_sunday_evening_and_monday_as_one_day(self) -> None:
        assert trading_day_of(chicago("2026-03-01T18:00")) == trading_day_of(
            chicago("2026-03-02T15:00")
        )

    @pytest.mark.parametrize(
        ("at", "day"),
        [
            pytest.param("2026-01-05T22:59:59", "2026-01-05", id="winter-before"),
            pytest.param("2026-01-05T23:00", "2026-01-06", id="winter"),
            pytest.param("2026-07-06T21:59:59", "2026-07-06", id="summer-before"),
            pytest.param("2026-07-06T22:00", "2026-07-07", id="summer"),
            pytest.param("2026-03-06T23:00", "2026-03-09", id="friday-before-the-clocks-change"),
            pytest.param("2026-03-08T22:00", "2026-03-09", id="evening-of-the-change-in-spring"),
            pytest.param("2026-11-01T23:00", "2026-11-02", id="evening-of-the-change-in-autumn"),
        ],
    )
    def test_follows_chicago_through_the_year(self, at: str, day: str) -> None:
        assert trading_day_of(utc(at)) == date.fromisoformat(day)

    def test_refuses_a_time_without_offset(self) -> None:
        with pytest.raises(TimeWithoutOffset, match="no offset from UTC"):
            trading_day_of(datetime.fromisoformat("2026-03-02T10:00"))

    @pytest.mark.parametrize(
        "at",
        [
            datetime.min.replace(tzinfo=UTC),
            datetime.max.replace(tzinfo=UTC),
            chicago("2014-12-31T16:59"),
            chicago("2030-12-31T17:00"),
        ],
    )
    def test_refuses_a_time_outside_the_table(self, at: datetime) -> None:
        with pytest.raises(CalendarNotLoaded, match="2015-01-01 to 2030-12-31"):
            trading_day_of(at)


class TestDays:
    @pytest.mark.parametrize("day", ["2025-12-25", "2026-02-28", "2026-03-01", "2024-03-29"])
    def test_weekends_and_full_holidays_are_none(self, day: str) -> None:
        assert not is_trading_day(date.fromisoformat(day))

    @pytest.mark.parametrize("day", ["2024-11-28", "2026-03-02", "2026-04-03", "2025-01-09"])
    def test_short_days_count(self, day: str) -> None:
        assert is_trading_day(date.fromisoformat(day))

    def test_next_and_previous_step_over_a_long_weekend(self) -> None:
        thursday, monday = date(2025, 4, 17), date(2025, 4, 21)
        assert next_trading_day(thursday) == monday
        assert previous_trading_day(monday) == thursday

    @pytest.mark.parametrize("outside", [date(2014, 12, 31), date(2031, 1, 1)])
    def test_refuses_a_day_outside_the_table(self, outside: date) -> None:
        with pytest.raises(CalendarNotLoaded, match="extend the calendar"):
            is_trading_day(outside)

    def test_refuses_to_step_off_either_end(self) -> None:
        with pytest.raises(CalendarNotLoaded):
            next_trading_day(date(2030, 12, 31))
        with pytest.raises(CalendarNotLoaded):
            previous_trading_day(date(2015, 1, 2))


class TestSessions:
    @pytest.mark.parametrize(
        ("day", "opens", "closes"),
        [
            pytest.param("2026-01-06", "2026-01-05T23:00", "2026-01-06T22:00", id="winter"),
            pytest.param("2026-07-07", "2026-07-06T22:00", "2026-07-07T21:00", id="summer"),
            pytest.param("2026-03-09", "2026-03-08T22:00", "2026-03-09T21:00", id="spring-change"),
            pytest.param("2026-11-02", "2026-11-01T23:00", "2026-11-02T22:00", id="autumn-change"),
            pytest.param("2024-11-28", "2024-11-27T23:00", "2024-11-28T18:00", id="thanksgiving"),
            pytest.param(
                "2025-12-26", "2025-12-25T23:00", "2025-12-26T22:00", id="after-christmas"
            ),
        ],
    )
    def test_open_and_close_in_utc(self, day: str, opens: str, closes: str) -> None:
        named = date.fromisoformat(day)
        assert (session_open(named), session_close(named)) == (utc(opens), utc(closes))

    @pytest.mark.parametrize(
        ("day", "at"),
        [
            ("2024-11-28", time(12)),
            ("2024-11-29", time(12, 15)),
            ("2026-04-03", time(8, 15)),
            ("2025-01-09", time(8, 30)),
            ("2026-03-02", None),
            ("2025-12-25", None),
        ],
    )
    def test_early_close(self, day: str, at: time | None) -> None:
        assert early_close(date.fromisoformat(day)) == at

    def test_refuses_a_day_without_session_and_names_the_next(self) -> None:
        for ask in (session_open, session_close):
            with pytest.raises(NotATradingDay, match="next trading day, 2025-12-26"):
                ask(date(2025, 12, 25))

"""The last day on which an idle account can still trade."""

from datetime import date

import pytest

from domain.rules.timing import last_active_day


@pytest.mark.parametrize(
    ("idle_days", "last"),
    [
        (1, date(2026, 3, 3)),
        (4, date(2026, 3, 6)),
        (5, date(2026, 3, 6)),  # A Saturday has no session: the Friday before it.
        (7, date(2026, 3, 9)),
    ],
)
def test_is_the_trading_day_on_or_before_the_limit(idle_days: int, last: date) -> None:
    assert last_active_day(date(2026, 3, 2), idle_days=idle_days) == last


def test_is_nowhere_beyond_the_calendar() -> None:
    assert last_active_day(date(2030, 12, 20), idle_days=30) is None

"""Which steps a page shows."""

from datetime import timedelta
from typing import Any

from domain.market.calendar import session_open
from interfaces.pages.rows import ROWS_MAX, ROWS_WHOLE_MAX, rows_of
from tests.support.builders import MONDAY


def steps(count: int, **special: dict[str, Any]) -> list[dict[str, Any]]:
    """Steps a minute after each other, a hundred a day; `s5={...}` sets the fifth apart."""
    begun = session_open(MONDAY)
    return [
        {
            "at": (begun + timedelta(days=at // 100 % 4, minutes=at % 100)).isoformat(),
            "floor": "1.00",
            "found": [],
            "number": at,
            **special.get(f"s{at}", {}),
        }
        for at in range(count)
    ]


def shown(told: list[dict[str, Any]]) -> list[int]:
    return [each.step["number"] for each in rows_of(told) if each.step]


def test_a_short_history_is_shown_whole() -> None:
    assert shown(steps(ROWS_WHOLE_MAX)) == list(range(ROWS_WHOLE_MAX))


def test_of_a_long_one_the_deciding_steps_and_the_last_days_are_shown() -> None:
    told = steps(380, s7={"found": [{}]}, s50={"floor": "2.00"})
    assert shown(told) == [0, 7, 50, 51, *range(100, 380)]


def test_gaps_say_how_many_they_leave_out() -> None:
    rows = rows_of(steps(380, s7={"found": [{}]}))
    assert [each.left_out for each in rows if not each.step] == [6, 92]


def test_there_is_a_limit_and_the_newest_are_kept() -> None:
    told = [{**each, "found": [{}]} for each in steps(2_000)]
    kept = shown(told)
    assert len(kept) == ROWS_MAX
    assert kept[-3:] == [1997, 1998, 1999]
    assert kept[0] == 0

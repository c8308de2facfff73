"""Which steps of a certificate a page shows: all, or those that decide and the last days."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final

from domain.market.calendar import trading_day_of

ROWS_WHOLE_MAX: Final = 120
"""Up to here every step is shown."""

ROWS_MAX: Final = 400
LAST_DAYS: Final = 3
"""Trading days at the end of which every step is shown, where there is room."""


@dataclass(frozen=True, slots=True)
class Shown:
    """A step on the page, or None and how many steps are left out at this place."""

    step: Mapping[str, Any] | None
    left_out: int = 0


def rows_of(steps: Sequence[Mapping[str, Any]]) -> Sequence[Shown]:
    """The steps to show in their order; every gap says how many it leaves out."""
    kept = _kept(steps)
    rows: list[Shown] = []
    next_at = 0
    for at in kept:
        if at > next_at:
            rows.append(Shown(None, at - next_at))
        rows.append(Shown(steps[at]))
        next_at = at + 1
    return rows


def _kept(steps: Sequence[Mapping[str, Any]]) -> Sequence[int]:
    whole = range(len(steps))
    if len(steps) <= ROWS_WHOLE_MAX:
        return whole
    days = [_day(each) for each in steps]
    last_days = set(sorted(set(days))[-LAST_DAYS:])
    # In order of importance: what is furthest down this list is left out first.
    found: dict[int, None] = dict.fromkeys((0, len(steps) - 1))
    found |= dict.fromkeys(at for at in reversed(whole) if steps[at]["found"])
    found |= dict.fromkeys(at for at in reversed(whole) if _moved_a_floor(steps, at))
    found |= dict.fromkeys(at for at in reversed(whole) if days[at] in last_days)
    return sorted(list(found)[:ROWS_MAX])


def _day(step: Mapping[str, Any]) -> date:
    return trading_day_of(datetime.fromisoformat(step["at"]))


def _moved_a_floor(steps: Sequence[Mapping[str, Any]], at: int) -> bool:
    return at > 0 and steps[at]["floor"] != steps[at - 1]["floor"]

"""The watcher of a process: shares a look, remembers what it saw, bears a database that is gone."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from math import inf

import pytest

from application.watching.figures import CombinerFigures, Figures, Missing
from application.watching.ports import Lookout
from application.watching.thresholds import Thresholds
from domain.errors import DomainError
from interfaces.settings import Settings
from interfaces.watching.watch import Watch, thresholds_of
from tests.support.figures import COMBINER, HEAD, NOW, figures, lane, projection


class Gone(DomainError):
    """There is no database."""

    code = "gone"


class Told(Lookout):
    """Finds what it is told, one after the other; None is a database that does not answer."""

    def __init__(self, *found: Figures | None) -> None:
        self.found, self.looks = list(found), 0

    def look(self) -> Figures:
        self.looks += 1
        found = self.found.pop(0)
        if found is None:
            raise Gone("The database is gone.")
        return found


def watch(
    *found: Figures | None,
    combiner: Callable[[], CombinerFigures | Missing] = lambda: Missing.ABSENT,
) -> tuple[Watch, Told]:
    lookout = Told(*found)
    return Watch(lookout, Thresholds(still=timedelta(seconds=30)), combiner), lookout


def touched(seconds: int) -> Figures:
    """One event waits since the beginning, and the row of the position was touched just now."""
    at = NOW + timedelta(seconds=seconds)
    late = lane(HEAD - 1, moved=at, waiting=NOW)
    return figures(projection("accounts", late), at=at)


def later(watching: Watch) -> None:
    """More than a second has passed."""
    watching._looked_at = -inf


def test_a_look_is_shared_for_a_second() -> None:
    watching, lookout = watch(figures(), None)
    assert watching.look() is watching.look()
    assert lookout.looks == 1


def test_a_refusal_is_shared_for_a_second_too() -> None:
    watching, lookout = watch(None, figures())
    for _ in range(3):
        with pytest.raises(Gone):
            watching.look()
    assert lookout.looks == 1


def test_a_standstill_is_remembered_although_its_row_was_touched() -> None:
    watching, _ = watch(touched(0), touched(20), touched(40))
    told = []
    for _ in range(3):
        told.append([each.name for each in watching.look().alarms])
        later(watching)
    assert told == [[], [], ["projection-stalled"]]


def test_a_standstill_is_remembered_while_the_database_is_gone() -> None:
    watching, _ = watch(touched(0), None, touched(40))
    watching.look()
    later(watching)
    with pytest.raises(Gone):
        watching.look()
    later(watching)
    assert [each.name for each in watching.look().alarms] == ["projection-stalled"]


def test_appends_turned_away_between_two_looks_are_an_alarm() -> None:
    counts = iter([COMBINER, replace(COMBINER, turned_away=1)])
    watching, _ = watch(figures(), figures(), combiner=lambda: next(counts))
    assert watching.look().alarms == []
    later(watching)
    assert [each.name for each in watching.look().alarms] == ["combiner-full"]


def test_thresholds_are_settings_and_agree_with_the_defaults() -> None:
    assert thresholds_of(Settings()) == Thresholds()
    assert thresholds_of(Settings(alarm_still_seconds=7)).still == timedelta(seconds=7)

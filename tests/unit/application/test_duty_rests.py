"""A duty beside the read models: under its lease alone, and never all the time."""

from dataclasses import dataclass, field
from time import sleep
from typing import Any, cast

import pytest

from interfaces.daemon import REST_SECONDS_MAX, UnderLease


@dataclass
class Duty:
    does: int
    seconds: float = 0.0
    name: str = "sweep"
    steps: int = 0

    def step(self) -> int:
        self.steps += 1
        sleep(self.seconds)
        return self.does


@dataclass
class Tenure:
    holds: set[str] = field(default_factory=lambda: {"duty-sweep"})
    too_many: int = 0
    given_back: list[str] = field(default_factory=list)

    def owned(self) -> set[str]:
        return self.holds

    def surplus(self) -> int:
        return self.too_many

    def give_back(self, names: list[str]) -> None:
        self.given_back += names


def stepped(duty: Duty, tenure: Tenure) -> tuple[int, list[float]]:
    rests: list[float] = []
    done = UnderLease(duty, cast("Any", tenure), rest=rests.append).step()
    return done, rests


@pytest.mark.parametrize("seconds", [0.01, 0.05])
def test_it_rests_as_long_as_it_worked(seconds: float) -> None:
    done, rests = stepped(Duty(3, seconds), Tenure())
    assert done == 3
    assert seconds <= rests[0] <= REST_SECONDS_MAX


def test_it_rests_no_longer_than_a_moment() -> None:
    _, rests = stepped(Duty(3, REST_SECONDS_MAX * 1.5), Tenure())
    assert rests == [REST_SECONDS_MAX]


def test_with_nothing_to_do_it_has_nothing_to_rest_from() -> None:
    assert stepped(Duty(0), Tenure()) == (0, [])


def test_it_is_left_to_whoever_holds_it() -> None:
    duty = Duty(3)
    assert stepped(duty, Tenure(holds=set())) == (0, [])
    assert duty.steps == 0


def test_one_that_is_too_many_is_given_back_undone() -> None:
    duty, tenure = Duty(3), Tenure(too_many=1)
    assert stepped(duty, tenure) == (0, [])
    assert (duty.steps, tenure.given_back) == (0, ["duty-sweep"])

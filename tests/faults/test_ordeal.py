"""Everything at work for some seconds while everything is broken that can be, and what is left.

A failure shows its seed: with FAULT_SEED set to it, the same commands and the same faults come
again, if not to the same microsecond. `make torture` does this for as long as asked.
"""

import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from random import SystemRandom

import pytest

from tests.faults.checking import Aftermath, settle
from tests.faults.disks import why_not
from tests.faults.laws import LAWS
from tests.faults.ordeal import Plan, suffer, world_of
from tests.faults.schedule import NEED_A_DISK

SECONDS = int(os.environ.get("FAULT_SECONDS", "10"))
SEED = "FAULT_SEED"


@pytest.fixture(scope="module")
def survived() -> Iterator[Aftermath]:
    plan = Plan(seed=int(os.environ.get(SEED) or SystemRandom().randrange(2**32)), seconds=SECONDS)
    tell(plan.seed)
    with ExitStack() as stack:
        world = stack.enter_context(world_of(plan))
        try:
            suffer(world, print)
            yield settle(world, stack)
        except BaseException:
            tell(world.told())
            raise


@pytest.fixture
def aftermath(survived: Aftermath) -> Aftermath:
    """What all tests here look at. The seed is shown where a test fails."""
    tell(survived.world.plan.seed)
    return survived


def tell(what: object) -> None:
    print(f"{SEED}={what}")  # noqa: T201 (captured, and shown with a failure)


@pytest.mark.parametrize("law", LAWS, ids=lambda law: law.__name__)
def test_what_was_promised_still_holds(
    aftermath: Aftermath, law: Callable[[Aftermath], None]
) -> None:
    law(aftermath)


def test_there_was_work_throughout_and_everything_planned_was_struck(
    aftermath: Aftermath,
) -> None:
    planned = {each.kind for each in aftermath.world.schedule()}
    assert set(aftermath.world.struck) == planned
    assert len(aftermath.noted.acknowledged) > len(planned)


def test_nobody_at_work_ended_who_was_not_killed(aftermath: Aftermath) -> None:
    assert aftermath.world.crew.ended == []
    assert set(aftermath.endings) == {0}


def test_a_rebuild_came_to_its_switch_while_everybody_was_at_work(aftermath: Aftermath) -> None:
    assert aftermath.world.crew.rebuilds["switched"] == 1


def test_a_disk_was_full_and_is_not_any_more(aftermath: Aftermath) -> None:
    if aftermath.world.data is None:
        pytest.skip(why_not() or "the system lets nobody mount a disk in memory here")
    filled = NEED_A_DISK & {each.kind for each in aftermath.world.schedule()}
    if not filled:
        pytest.skip("the time was too short for this seed to come to a disk")
    for disk in (aftermath.world.data, aftermath.world.wal):
        assert disk is not None
        assert disk.free > 0

"""What an instance reads after it has lost a partition is judged by the owner, and by it alone."""

from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

from typing_extensions import override

from application.marks.ports import Entry
from infrastructure.marks.streams import RedisMarks
from tests.integration.marks.engines import PARTITIONS, Instance, World, forgetful
from tests.support.builders import marking

TRAILING: dict[str, Any] = {"max_loss": {"mode": "intraday_trailing", "amount": "2500.00"}}
CROSSING = (("-100.00", 5.0), ("900.00", 4.0), ("-50.00", 3.0), ("-1600.00", 2.0))
VERDICT = ["rule_violated", "failed"]


class Sleeping(RedisMarks):
    """A stream whose reader sleeps between its look at the leases and its next read."""

    meanwhile: Callable[[], object] = staticmethod(lambda: None)

    @override
    def read(self, partitions: Sequence[int], *, wait_ms: int) -> Sequence[Entry]:
        meanwhile, self.meanwhile = self.meanwhile, lambda: None
        meanwhile()
        return super().read(partitions, wait_ms=wait_ms)


def sleeping(stream: RedisMarks) -> RedisMarks:
    return Sleeping(stream._client, name=stream._name, keep=stream._keep, now=stream._now)


def at_work(here: World) -> Instance:
    """An instance that owns everything, and sleeps when it is told to."""
    instance = here.begin(wrap=sleeping)
    instance.engine.cycle(wait_ms=1)
    return instance


def sleep(instance: Instance, meanwhile: Callable[[], object]) -> None:
    stream = instance.engine._stream
    assert isinstance(stream, Sleeping)
    stream.meanwhile = meanwhile


def taken_over(here: World, first: Instance, *marks: tuple[UUID, str, float]) -> Instance:
    """The next owner, once the one before has read, too late, what was told after the takeover."""
    owners = list[Instance]()

    def meanwhile() -> None:
        here.let_leases_run_out()
        owners.append(at_work(here))
        first.tend()
        here.tell(*marks)

    sleep(first, meanwhile)
    first.drain()
    (owner,) = owners
    return owner


class TestWhatIsReadAfterATakeover:
    def test_is_left_alone_by_the_reader_and_judged_once_by_the_owner(self, here: World) -> None:
        account = here.opened(**TRAILING)
        here.at_work.catch_up()
        first = at_work(here)
        before = here.topics(account)
        owner = taken_over(here, first, *[(account, *each) for each in CROSSING])
        assert (here.topics(account), here.pending()) == (before, 1)
        owner.drain()
        assert here.topics(account)[-2:] == VERDICT
        assert here.topics(account).count("rule_violated") == 1
        assert (here.refusals(), here.pending()) == ({}, 0)

    def test_is_counted_once_where_it_is_refused(self, here: World) -> None:
        account = here.opened(**TRAILING)
        here.at_work.catch_up()
        first, unknown = at_work(here), UUID(int=99)
        owner = taken_over(here, first, (account, "-1.00", 31), (unknown, "-1.00", 1))
        for each in (owner, first, owner):
            each.drain()
        assert here.refusals() == {"stale": 1, "unknown_account": 1}
        assert (first.engine.counts.marks, owner.engine.counts.marks) == (0, 2)
        assert here.pending() == 0

    def test_is_one_verdict_though_the_reader_judged_it_as_well(self, here: World) -> None:
        account = here.opened(**TRAILING)
        here.at_work.catch_up()
        first = here.begin(wrap=forgetful)
        first.engine.cycle(wait_ms=1)
        here.let_leases_run_out()
        owner = at_work(here)
        here.tell(*[(account, *each) for each in CROSSING])
        first.drain()
        assert (here.topics(account)[-2:], here.pending()) == (VERDICT, 1)
        owner.drain()
        assert here.topics(account).count("rule_violated") == 1
        assert here.pending() == 0


class TestAStrayThatIsOlderThanWhatTheOwnerHasJudged:
    def told(self, here: World, *marks: tuple[str, float], then: tuple[str, float]) -> UUID:
        """The owner judges what comes later first; then it finds the strays."""
        account = here.opened(**TRAILING)
        # So that what comes later lies within what was seen.
        here.asked(account, marking("-200.00", clock="10:59"))
        here.at_work.catch_up()
        first = at_work(here)
        here.let_leases_run_out()
        owner = at_work(here)

        def meanwhile() -> None:
            here.tell(*[(account, *each) for each in marks])
            assert first.engine._stream.read(range(PARTITIONS), wait_ms=1)
            here.tell((account, *then))

        sleep(owner, meanwhile)
        owner.drain()
        assert here.pending() == 0
        return account

    def test_still_makes_a_verdict(self, here: World) -> None:
        account = self.told(here, ("-2600.00", 4.0), then=("-100.00", 2.0))
        assert here.topics(account)[-2:] == VERDICT
        assert here.topics(account).count("rule_violated") == 1

    def test_raises_a_floor_for_the_mark_that_was_judged_before_it(self, here: World) -> None:
        account = self.told(here, ("2450.00", 4.0), then=("-100.00", 2.0))
        assert here.topics(account)[-2:] == VERDICT
        assert here.refusals() == {}


class TestAnOwner:
    def test_takes_nothing_in_twice_that_another_took_out_of_its_hand(self, here: World) -> None:
        account = here.opened(**TRAILING)
        here.at_work.catch_up()
        owner = at_work(here)
        here.tell((account, "-1.00", 0.0))
        owner.engine.cycle(wait_ms=1)
        late = RedisMarks(here.client, name="late", keep=timedelta(seconds=60), now=here.clock)
        for partition in range(PARTITIONS):
            late.claim(partition)
        for _ in range(2):
            owner.drain()
        assert owner.engine.counts.marks == 1
        assert here.pending() == 0

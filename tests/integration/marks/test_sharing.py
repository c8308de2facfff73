"""Two instances: they share the accounts, take over from each other, and judge nothing twice."""

from collections.abc import Mapping, Sequence
from typing import Any, TypeVar
from uuid import UUID

import pytest

from application.context import IdempotencyKey
from application.errors import LedgerUnavailable
from application.ledger import Ledger, Receipt
from domain.kernel import Aggregate, Event
from tests.integration.marks.engines import PARTITIONS, Instance, Killed, World, dying, forgetful
from tests.support.builders import marking

TRAILING: dict[str, Any] = {"max_loss": {"mode": "intraday_trailing", "amount": "2500.00"}}
TAggregate = TypeVar("TAggregate", bound=Aggregate)

ENDED = ["rule_violated", "failed"]


def told_until_it_is_over(here: World, accounts: Sequence[UUID]) -> None:
    here.tell(*[(each, pnl, ago) for each in accounts for pnl, ago in CROSSING])


CROSSING = (("-100.00", 5.0), ("900.00", 4.0), ("-50.00", 3.0), ("-1600.00", 2.0))


def owned(instance: Instance) -> set[int]:
    return set(instance.tenure.owned())


class TestTwoInstances:
    def test_share_the_partitions(self, here: World) -> None:
        first, second = here.begin(), here.begin()
        first.engine.cycle(wait_ms=1)
        first.tend()
        first.engine.cycle(wait_ms=1)
        second.tend()
        assert len(owned(first)) == len(owned(second)) == PARTITIONS // 2
        assert owned(first) | owned(second) == set(range(PARTITIONS))

    def test_judge_every_account_between_them(self, here: World) -> None:
        accounts = [here.opened(number, **TRAILING) for number in range(1, 9)]
        here.at_work.catch_up()
        first, second = here.begin(), here.begin()
        first.engine.cycle(wait_ms=1)
        first.tend()
        first.engine.cycle(wait_ms=1)
        second.tend()
        told_until_it_is_over(here, accounts)
        for each in (second, first):
            each.drain()
        assert [here.topics(each)[-2:] for each in accounts] == [ENDED] * 8
        assert here.pending() == 0

    def test_take_over_at_once_from_one_that_stopped(self, here: World) -> None:
        account = here.opened(**TRAILING)
        here.at_work.catch_up()
        first = here.begin()
        first.engine.cycle(wait_ms=1)
        first.stop()
        second = here.begin()
        assert len(owned(second)) == PARTITIONS
        told_until_it_is_over(here, [account])
        second.drain()
        assert here.topics(account)[-2:] == ENDED

    def test_give_up_what_they_can_no_longer_renew(self, here: World) -> None:
        instance = here.begin(lease_seconds=0.0)
        instance.engine.cycle(wait_ms=1)
        assert owned(instance) == set()
        assert instance.engine.watched == 0


class TestWhatADeadInstanceLeft:
    def test_is_claimed_and_judged(self, here: World) -> None:
        account = here.opened(**TRAILING)
        here.at_work.catch_up()
        dead = here.begin()
        told_until_it_is_over(here, [account])
        assert dead.engine._stream.read(range(PARTITIONS), wait_ms=1)
        here.let_leases_run_out()
        here.begin().drain()
        assert here.topics(account)[-2:] == ENDED
        assert here.pending() == 0

    def test_is_judged_once_though_it_was_never_acknowledged(self, here: World) -> None:
        account = here.opened(**TRAILING)
        here.at_work.catch_up()
        dead = here.begin(wrap=forgetful)
        told_until_it_is_over(here, [account])
        dead.drain()
        recorded = here.topics(account)
        here.at_work.catch_up()
        here.let_leases_run_out()
        here.begin().drain()
        assert here.topics(account) == recorded
        assert here.refusals() == {}
        assert here.pending() == 0

    def test_is_counted_once_though_it_was_refused_and_never_acknowledged(
        self, here: World
    ) -> None:
        account = here.opened(**TRAILING)
        here.at_work.catch_up()
        here.tell((account, "-1.00", 31), (account, "-1.00", 1), (UUID(int=99), "-1.00", 1))
        here.clock.pass_(1)
        here.send_raw(account, {"m": b"\xff"})
        counted = {"stale": 1, "unknown_account": 1, "malformed": 1}
        for _ in range(2):
            dead = here.begin(wrap=dying)
            with pytest.raises(Killed):
                dead.drain()
            assert here.refusals() == counted
            here.let_leases_run_out()
        here.begin().drain()
        assert here.refusals() == counted
        assert here.pending() == 0
        assert here.at_work.admin.execute("TABLE work.marks_counted").fetchall() == []

    def test_is_not_counted_by_an_owner_that_lost_its_lease(self, here: World) -> None:
        account = here.opened(**TRAILING)
        here.at_work.catch_up()
        instance = here.begin()
        instance.engine.cycle(wait_ms=1)
        here.tell((account, "-1.00", 31))
        here.let_leases_run_out()
        here.begin()
        instance.drain()
        assert here.refusals() == {}

    def test_makes_no_verdict_of_an_older_mark_under_a_newer_floor(self, here: World) -> None:
        account = here.opened(**TRAILING)
        here.at_work.catch_up()
        dead = here.begin(wrap=forgetful)
        here.tell((account, "0.00", 3), (account, "3000.00", 2), (account, "2900.00", 1))
        dead.drain()
        here.at_work.catch_up()
        here.let_leases_run_out()
        here.begin().drain()
        assert "failed" not in here.topics(account)

    def test_is_known_to_the_next_as_its_last_mark(self, here: World) -> None:
        account = here.opened(**TRAILING)
        here.at_work.catch_up()
        first = here.begin()
        here.tell((account, "-100.00", 3), (account, "-50.00", 2))
        first.drain()
        first.stop()
        second = here.begin()
        second.engine.cycle(wait_ms=1)
        assert second.engine._roster.watches[account.bytes].pnl == -500_000


class Flickering(Ledger):
    """A ledger that takes nothing for a while."""

    def __init__(self, ledger: Ledger, *, faults: int) -> None:
        self._ledger, self.faults = ledger, faults

    def load(
        self, kind: type[TAggregate], stream_id: UUID, *, expected_version: int | None = None
    ) -> TAggregate:
        return self._ledger.load(kind, stream_id, expected_version=expected_version)

    def receipt_of(self, key: IdempotencyKey) -> Receipt | None:
        return self._ledger.receipt_of(key)

    def history(self, aggregate: Aggregate) -> Sequence[Event]:
        return self._ledger.history(aggregate)

    def save(self, *aggregates: Aggregate, expect: Mapping[UUID, int] | None = None) -> Receipt:
        if self.faults:
            self.faults -= 1
            raise LedgerUnavailable("The ledger does not answer.")
        return self._ledger.save(*aggregates, expect=expect)


class TestAnInstance:
    def test_acknowledges_nothing_while_the_ledger_does_not_answer(self, here: World) -> None:
        account = here.opened(**TRAILING)
        here.at_work.catch_up()
        instance = here.begin(ledger=Flickering(here.at_work.ledger, faults=1))
        told_until_it_is_over(here, [account])
        with pytest.raises(LedgerUnavailable):
            instance.drain()
        assert here.pending() == 1
        instance.drain()
        assert here.topics(account)[-2:] == ENDED
        assert here.pending() == 0

    def test_whose_view_is_old_is_corrected_by_the_version(self, here: World) -> None:
        account = here.opened(**TRAILING)
        here.at_work.catch_up()
        instance = here.begin()
        instance.engine.cycle(wait_ms=1)
        here.asked(account, marking("3000.00", clock="10:59"))
        here.tell((account, "450.00", 1))
        instance.drain()
        assert here.topics(account)[-2:] == ENDED

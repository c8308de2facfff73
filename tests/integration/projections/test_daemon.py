"""The projector at work: until it is stopped, through failures, and never twice."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from threading import Event as Signal
from time import monotonic, sleep

import pytest

from projections.errors import ReadModelsMissing
from projections.gate import wait_until
from projections.lanes import LANES
from tests.integration.projections.projecting import NAMES, Projecting
from tests.support.histories import History, Step, record

RESULTS = History("no rules", [Step("result", 1, 1, 1)] * 40)
PATIENCE_SECONDS = 60
WORKING = """
SELECT pid FROM pg_stat_activity
WHERE datname = current_database() AND application_name = 'test-projector'
"""


def ignore(_: str) -> None:
    pass


@contextmanager
def daemons(
    at_work: Projecting, *, count: int = 1, report: Callable[[str], None] = ignore
) -> Iterator[Sequence[Future[None]]]:
    """Some daemons, each in a thread, stopped at the end."""
    stop = Signal()
    with ThreadPoolExecutor(count) as threads:
        running = [
            threads.submit(at_work.follow, stop, owner=f"daemon {number}", seconds=2, report=report)
            for number in range(count)
        ]
        try:
            yield running
        finally:
            stop.set()
    for each in running:
        each.result()


def arrives(at_work: Projecting, position: int) -> bool:
    return wait_until(
        at_work.admin, projections=NAMES, position=position, within_seconds=PATIENCE_SECONDS
    )


def owners(at_work: Projecting) -> Mapping[str, int]:
    """Who holds how many lanes."""
    found = at_work.admin.execute(
        "SELECT owner, count(*) FROM work.leases WHERE owner IS NOT NULL GROUP BY owner"
    ).fetchall()
    return dict(found)


def wait_for_owners(at_work: Projecting, *, count: int) -> None:
    give_up_at = monotonic() + PATIENCE_SECONDS
    while len(owners(at_work)) != count or sum(owners(at_work).values()) != LANES:
        assert monotonic() < give_up_at, owners(at_work)
        sleep(0.01)


class TestDaemon:
    def test_follows_the_log_until_it_is_stopped(self, at_work: Projecting) -> None:
        with daemons(at_work):
            record(at_work.ledger, [RESULTS])
            assert arrives(at_work, 41)
            record(at_work.ledger, [RESULTS], first_account=2)
            assert arrives(at_work, 82)
        assert owners(at_work) == {}
        assert at_work.differences() == []

    def test_applies_nothing_twice_beside_another(self, at_work: Projecting) -> None:
        with daemons(at_work, count=2):
            record(at_work.ledger, [RESULTS, RESULTS])
            assert arrives(at_work, 82)
        assert len(at_work.rows("audit_log", order="ledger_seq")) == 82
        assert at_work.differences() == []

    def test_goes_on_after_its_connection_is_cut(self, at_work: Projecting) -> None:
        reports: list[str] = []
        with daemons(at_work, report=reports.append):
            record(at_work.ledger, [RESULTS])
            assert arrives(at_work, 41)
            for (pid,) in at_work.admin.execute(WORKING).fetchall():
                at_work.admin.execute("SELECT pg_terminate_backend(%s)", (pid,))
            record(at_work.ledger, [RESULTS], first_account=2)
            assert arrives(at_work, 82)
        assert any("Trying again in" in report for report in reports)
        assert at_work.differences() == []

    def test_shares_the_lanes_with_one_that_comes_later(self, at_work: Projecting) -> None:
        with daemons(at_work):
            wait_for_owners(at_work, count=1)
            stop = Signal()
            with ThreadPoolExecutor(1) as thread:
                later = thread.submit(at_work.follow, stop, owner="later", seconds=2, report=ignore)
                try:
                    wait_for_owners(at_work, count=2)
                    assert set(owners(at_work).values()) == {LANES // 2}
                    record(at_work.ledger, [RESULTS] * 8)
                    assert arrives(at_work, 8 * 41)
                finally:
                    stop.set()
                later.result()
            wait_for_owners(at_work, count=1)
        assert at_work.differences() == []

    def test_refuses_a_database_without_read_models(self, at_work: Projecting) -> None:
        at_work.admin.execute("DROP TABLE read.positions")
        with pytest.raises(ReadModelsMissing):
            at_work.follow(Signal())


class TestCatchUp:
    def test_ends_at_the_head_of_the_log(self, at_work: Projecting) -> None:
        record(at_work.ledger, [RESULTS])
        assert at_work.catch_up(batch=7) == 41
        assert at_work.catch_up() == 41
        assert at_work.positions() == dict.fromkeys(NAMES, 41)

    def test_waits_for_the_daemon_that_is_at_work(self, at_work: Projecting) -> None:
        with daemons(at_work):
            record(at_work.ledger, [RESULTS])
            assert at_work.catch_up() == 41
            assert min(at_work.positions().values()) == 41
        assert at_work.differences() == []

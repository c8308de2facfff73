"""The projector at work: until it is stopped, through failures, and never twice."""

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from threading import Event as Signal

import pytest

from projections.daemon import PROJECTOR_LOCK, Daemon
from projections.errors import PoisonEvent, ReadModelsMissing
from projections.gate import wait_until
from tests.integration.projections.projecting import NAMES, Projecting
from tests.support.histories import History, Step, record

RESULTS = History("no rules", [Step("result", 1, 1, 1)] * 40)
PATIENCE_SECONDS = 60


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
            threads.submit(Daemon(log=at_work.log, pool=at_work.pool, report=report).run, stop)
            for _ in range(count)
        ]
        try:
            yield running
        finally:
            stop.set()
    for each in running:
        each.result()


def arrives(at_work: Projecting, position: int) -> bool:
    return wait_until(
        at_work.pool, projections=NAMES, position=position, within_seconds=PATIENCE_SECONDS
    )


def holders(at_work: Projecting) -> Sequence[int]:
    """The server processes that hold the projector's lock."""
    query = "SELECT pid FROM pg_locks WHERE locktype = 'advisory' AND objid = %s AND granted"
    return [pid for (pid,) in at_work.admin.execute(query, (PROJECTOR_LOCK,)).fetchall()]


class TestDaemon:
    def test_follows_the_log_until_it_is_stopped(self, at_work: Projecting) -> None:
        with daemons(at_work):
            record(at_work.ledger, [RESULTS])
            assert arrives(at_work, 41)
            record(at_work.ledger, [RESULTS], first_account=2)
            assert arrives(at_work, 82)
        assert holders(at_work) == []
        assert at_work.differences() == []

    def test_applies_nothing_twice_beside_another(self, at_work: Projecting) -> None:
        with daemons(at_work, count=2):
            record(at_work.ledger, [RESULTS, RESULTS])
            assert arrives(at_work, 82)
            assert len(holders(at_work)) == 1
        assert len(at_work.rows("audit_log", order="ledger_seq")) == 82
        assert at_work.differences() == []

    def test_goes_on_after_its_connection_is_cut(self, at_work: Projecting) -> None:
        reports: list[str] = []
        with daemons(at_work, report=reports.append):
            record(at_work.ledger, [RESULTS])
            assert arrives(at_work, 41)
            for pid in holders(at_work):
                at_work.admin.execute("SELECT pg_terminate_backend(%s)", (pid,))
            record(at_work.ledger, [RESULTS], first_account=2)
            assert arrives(at_work, 82)
        assert any("Trying again in" in report for report in reports)
        assert at_work.differences() == []

    def test_stops_at_an_event_that_it_cannot_take_in(self, at_work: Projecting) -> None:
        record(at_work.ledger, [RESULTS])
        at_work.append_raw("account.teleported")
        daemon = Daemon(log=at_work.log, pool=at_work.pool, report=ignore)
        with pytest.raises(PoisonEvent, match="at position 42"):
            daemon.run(Signal())
        assert at_work.positions() == dict.fromkeys(NAMES, 41)
        assert holders(at_work) == []

    def test_refuses_a_database_without_read_models(self, at_work: Projecting) -> None:
        at_work.admin.execute("DROP TABLE read.positions")
        with pytest.raises(ReadModelsMissing):
            Daemon(log=at_work.log, pool=at_work.pool, report=ignore).run(Signal())


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

    def test_stops_where_the_daemon_would(self, at_work: Projecting) -> None:
        position = at_work.append_raw("account.teleported")
        with pytest.raises(PoisonEvent, match=f"at position {position}"):
            at_work.catch_up()

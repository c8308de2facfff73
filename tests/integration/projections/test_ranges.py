"""Ranges of streams, taken by whoever comes, and rebuilds that go on where they were."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from uuid import UUID, uuid4

import pytest
from psycopg import Connection, Cursor
from psycopg.errors import AdminShutdown
from psycopg.rows import TupleRow

from application.archiving.errors import ArchiveUnavailable
from projections import range_work, rebuilds
from projections.building import begun, sole_rebuild
from projections.errors import PoisonEvent, RebuildGivenUp
from projections.kernel import Batch
from projections.range_claims import claim_range
from projections.range_work import RangeWorker
from projections.read_models import READ_MODELS
from projections.rebuild import Rebuilder
from projections.rebuilds import (
    ATTEMPTS_MAX,
    Rebuild,
    find_rebuild,
    newest_rebuilds,
    open_rebuild,
)
from projections.trades import Trades
from tests.integration.projections.projecting import NAMES, Projecting
from tests.support.histories import History, Step, record

LIVES = [History("no rules", [Step("result", 1, 1, 1), Step("trade", 1, 1, 1)] * 3)] * 6
EVENTS = 6 * 7
BUILDS = "SELECT nspname FROM pg_namespace WHERE nspname LIKE 'read\\_build%'"
HELD = "SELECT count(*) FROM work.rebuild_ranges WHERE status = 'held'"
EXPIRE = "UPDATE work.rebuild_ranges SET lease_until = clock_timestamp() - interval '1 second'"


@pytest.fixture
def filled(at_work: Projecting) -> Projecting:
    record(at_work.ledger, LIVES)
    at_work.catch_up()
    return at_work


def rebuilder(at_work: Projecting) -> Rebuilder:
    return Rebuilder(at_work.log, at_work.pool, range_events=7)


def rebuild(at_work: Projecting) -> int:
    return rebuilder(at_work).rebuild(READ_MODELS, progress=lambda *_: None).position


@contextmanager
def left(at_work: Projecting, *, throttle: int | None = None) -> Iterator[Rebuild]:
    """A rebuild that was begun, and of which nothing is done."""
    with at_work.pool.connection() as connection, sole_rebuild(connection):
        yield begun(
            connection, at_work.log, READ_MODELS, range_events=7, throttle=throttle, restart=False
        )


def found(at_work: Projecting, rebuild_id: UUID) -> Rebuild:
    with at_work.pool.connection() as connection:
        return find_rebuild(connection, rebuild_id)


def claimed(connection: Connection[TupleRow], rebuild_id: UUID) -> list[int]:
    claims = iter(lambda: claim_range(connection, rebuild_id, uuid4()), None)
    return [claim.number for claim in claims]


class TestWorkers:
    def test_share_the_ranges_whatever_they_are_told(self, filled: Projecting) -> None:
        with left(filled) as begun_now:
            workers = [RangeWorker(filled.log, filled.pool) for _ in range(3)]
            for worker in workers * 2:
                assert worker.work_on_next(begun_now.rebuild_id)
            done = found(filled, begun_now.rebuild_id)
        assert (done.ranges, done.ranges_done, done.done, done.events) == (6, 6, EVENTS, EVENTS)
        assert not workers[0].work_on_next(begun_now.rebuild_id)

    def test_leave_a_range_that_another_has(self, filled: Projecting) -> None:
        with left(filled) as begun_now, filled.pool.connection() as connection:
            assert claimed(connection, begun_now.rebuild_id) == [1, 2, 3, 4, 5, 6]
            assert not RangeWorker(filled.log, filled.pool).work_on_next(begun_now.rebuild_id)

    def test_take_over_a_range_whose_worker_says_nothing(self, filled: Projecting) -> None:
        with left(filled) as begun_now, filled.pool.connection() as connection:
            claimed(connection, begun_now.rebuild_id)
            filled.admin.execute(EXPIRE)
            RangeWorker(filled.log, filled.pool).work(begun_now.rebuild_id)
            assert found(filled, begun_now.rebuild_id).ranges_done == 6

    def test_write_nothing_once_a_range_is_another_s(self, filled: Projecting) -> None:
        """A worker that was paused comes back when its range has a new owner."""

        def taken_away() -> None:
            filled.admin.execute("UPDATE work.rebuild_ranges SET epoch = epoch + 1")

        with left(filled) as begun_now:
            paused = RangeWorker(filled.log, filled.pool, told=taken_away)
            assert paused.work_on_next(begun_now.rebuild_id)
            assert found(filled, begun_now.rebuild_id).ranges_done == 0
            rows = f"SELECT count(*) FROM {begun_now.schema_name}.audit_log"
            assert filled.admin.execute(rows.encode()).fetchone() == (0,)

    def test_do_not_help_with_other_code(
        self, filled: Projecting, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        with left(filled) as begun_now:
            monkeypatch.setattr(rebuilds, "version_of", lambda _: "another")
            assert not RangeWorker(filled.log, filled.pool).work_on_next(begun_now.rebuild_id)
            assert found(filled, begun_now.rebuild_id).workers == 0

    def test_give_a_range_back_when_the_database_is_away(
        self, filled: Projecting, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def cut_off() -> None:
            raise AdminShutdown

        monkeypatch.setattr(range_work, "PAUSE_SECONDS", 0)
        with left(filled) as begun_now:
            assert RangeWorker(filled.log, filled.pool, told=cut_off).work_on_next(
                begun_now.rebuild_id
            )
            assert filled.admin.execute(HELD).fetchone() == (0,)

    def test_without_the_archive_leave_a_range_to_others(self, filled: Projecting) -> None:
        def without_the_archive() -> None:
            raise ArchiveUnavailable("This process was not told of the archive.")

        with left(filled) as begun_now:
            for _ in range(ATTEMPTS_MAX + 1):
                with pytest.raises(ArchiveUnavailable):
                    RangeWorker(filled.log, filled.pool, told=without_the_archive).work(
                        begun_now.rebuild_id
                    )
            RangeWorker(filled.log, filled.pool).work(begun_now.rebuild_id)
            assert found(filled, begun_now.rebuild_id).ranges_done == 6

    def test_may_wait_for_long_within_a_range(
        self, filled: Projecting, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        seen: list[object] = []
        project = Trades.project

        def projecting(self: Trades, batch: Batch, cursor: Cursor[Any]) -> None:
            project(self, batch, cursor)
            seen.append(cursor.execute("SHOW idle_in_transaction_session_timeout").fetchone())

        monkeypatch.setattr(Trades, "project", projecting)
        with left(filled) as begun_now:
            RangeWorker(filled.log, filled.pool).work(begun_now.rebuild_id)
        assert set(seen) == {("0",)}

    def test_go_no_faster_than_they_may(
        self, filled: Projecting, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        slept: list[object] = []
        monkeypatch.setattr(range_work, "sleep", slept.append)
        monkeypatch.setattr(range_work, "monotonic", lambda: len(slept) * 0.5)
        with left(filled, throttle=2) as begun_now:
            assert RangeWorker(filled.log, filled.pool).work_on_next(begun_now.rebuild_id)
        assert len(slept) * 0.5 == pytest.approx(7 / 2, abs=0.5)


class TestGoingOn:
    def test_does_only_what_is_not_done(self, filled: Projecting) -> None:
        with left(filled) as begun_now:
            worker = RangeWorker(filled.log, filled.pool)
            for _ in range(4):
                worker.work_on_next(begun_now.rebuild_id)
            # Marks what was done before: a range that is loaded again would not have it.
            mark = f"UPDATE {begun_now.schema_name}.audit_log SET actor = 'kept'"
            filled.admin.execute(mark.encode())
        told: list[tuple[int, int]] = []
        rebuilder(filled).rebuild(READ_MODELS, progress=lambda *now: told.append(now), accept=True)
        assert told[0] == (28, EVENTS)
        kept = "SELECT count(*) FROM read.audit_log WHERE actor = 'kept'"
        assert filled.admin.execute(kept).fetchone() == (28,)

    @pytest.mark.parametrize("done", [0, 3, 6], ids=["nothing", "half", "all"])
    def test_gives_the_rows_of_one_that_was_never_left(self, filled: Projecting, done: int) -> None:
        with left(filled) as begun_now:
            worker = RangeWorker(filled.log, filled.pool)
            for _ in range(done):
                worker.work_on_next(begun_now.rebuild_id)
        record(filled.ledger, LIVES[:2], first_account=50)
        filled.catch_up()
        assert rebuild(filled) == filled.log.head()
        assert found(filled, begun_now.rebuild_id).status == "switched"
        assert filled.differences() == []
        assert filled.admin.execute(BUILDS).fetchall() == []

    def test_begins_again_when_asked_to(self, filled: Projecting) -> None:
        with left(filled) as begun_now:
            pass
        rebuilder(filled).rebuild(READ_MODELS, progress=lambda *_: None, restart=True)
        assert found(filled, begun_now.rebuild_id).status == "abandoned"
        assert filled.admin.execute(BUILDS).fetchall() == []

    def test_begins_again_with_other_code(
        self, filled: Projecting, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        with left(filled) as begun_now:
            pass
        monkeypatch.setattr(rebuilds, "version_of", lambda model: f"another {model.name}")
        rebuild(filled)
        assert found(filled, begun_now.rebuild_id).status == "abandoned"

    def test_keeps_a_build_that_differs_for_whoever_accepts_it(self, filled: Projecting) -> None:
        filled.admin.execute("UPDATE read.trades SET symbol = 'odd'")
        with pytest.raises(Exception, match="trades"):
            rebuild(filled)
        with filled.pool.connection() as connection:
            kept = open_rebuild(connection)
        assert kept is not None
        assert kept.status == "following"
        rebuilder(filled).rebuild(READ_MODELS, progress=lambda *_: None, accept=True)
        assert found(filled, kept.rebuild_id).status == "switched"
        assert filled.differences() == []

    def test_switches_to_other_rows_of_another_version(self, filled: Projecting) -> None:
        """They are what the rebuild is for."""
        filled.admin.execute("UPDATE read.versions SET version = 'before'")
        filled.admin.execute("UPDATE read.trades SET symbol = 'odd'")
        rebuilt = rebuilder(filled).rebuild(READ_MODELS, progress=lambda *_: None)
        assert rebuilt.compared is not None
        assert [each.table for each in rebuilt.compared if not each.same] == ["trades"]
        assert filled.differences() == []


class TestFailing:
    def test_names_the_first_event_of_a_range_that_is_refused(self, filled: Projecting) -> None:
        position = filled.append_raw("account.teleported")
        with pytest.raises(PoisonEvent) as refusal:
            rebuild(filled)
        assert refusal.value.facts["ledger_seq"] == position
        with filled.pool.connection() as connection:
            (failed,) = newest_rebuilds(connection, limit=10)
        assert (failed.status, failed.problem_code) == ("failed", "poison-event")
        assert filled.positions() == dict.fromkeys(NAMES, EVENTS)
        assert filled.admin.execute(BUILDS).fetchall() == []

    def test_gives_up_a_range_that_ends_its_workers(self, filled: Projecting) -> None:
        with left(filled) as begun_now, filled.pool.connection() as connection:
            for _ in range(ATTEMPTS_MAX):
                assert claim_range(connection, begun_now.rebuild_id, uuid4())
                filled.admin.execute(EXPIRE + " WHERE number = 1")
        with pytest.raises(RebuildGivenUp):
            rebuild(filled)
        assert filled.admin.execute(BUILDS).fetchall() == []

"""Figures out of a real database: what is there, what is not, and what does not answer."""

from datetime import timedelta
from typing import Any

import pytest
from psycopg import connect

from application.watching.figures import (
    ArchiveFigures,
    DeadLetters,
    EngineFigures,
    Figures,
    Missing,
    SealFigures,
)
from application.watching.stillness import remembering
from infrastructure.postgres.errors import DatabaseUnusable
from infrastructure.watching import lookout
from infrastructure.watching.lookout import Part, PostgresLookout
from infrastructure.watching.parts import PARTS
from projections.lags import TABLES, lags_of
from tests.integration.projections.projecting import NAMES, Projecting
from tests.support.postgres import Database
from tests.support.redis import redis_server

EVERY = {"projections": Part(TABLES, lags_of), **PARTS}
NOWHERE = "unix:///nowhere.sock"


def look(database: Database, *, redis: str = NOWHERE, **parts: Part) -> Figures:
    return PostgresLookout(database.conninfo, redis_url=redis, parts={**EVERY, **parts}).look()


class TestProjections:
    def test_are_behind_by_all_events_before_the_first_step(self, at_work: Projecting) -> None:
        found = look(at_work.database)
        assert found.head == 6
        assert isinstance(found.projections, list)
        assert [each.name for each in found.projections] == sorted(NAMES)
        for each in found.projections:
            assert (each.position, found.behind(each.position)) == (0, 6)
            assert each.waiting_since is not None
            assert found.since(each.waiting_since) >= found.since(found.head_moved_at)
            assert each.still_since == max(each.waiting_since, each.moved_at)

    def test_wait_for_nothing_at_the_head(self, at_work: Projecting) -> None:
        at_work.catch_up()
        found = look(at_work.database)
        assert isinstance(found.projections, list)
        assert {
            (each.position, each.waiting_since, each.still_since) for each in found.projections
        } == {(6, None, None)}

    def test_are_told_of_as_far_as_their_hindmost_lane(self, at_work: Projecting) -> None:
        at_work.catch_up()
        change = "UPDATE read.positions SET position = 4 WHERE projection = 'trades'"
        at_work.admin.execute(change)
        found = look(at_work.database)
        assert isinstance(found.projections, list)
        assert {each.name: each.position for each in found.projections}["trades"] == 4

    def test_that_stood_still_are_remembered_whatever_touched_their_row(
        self, at_work: Projecting
    ) -> None:
        before = look(at_work.database)
        at_work.admin.execute("UPDATE read.positions SET updated_at = clock_timestamp()")
        found = remembering(look(at_work.database), before)
        assert isinstance(found.projections, list)
        assert isinstance(before.projections, list)
        assert [each.still_since for each in found.projections] == [
            each.still_since for each in before.projections
        ]

    def test_of_another_release_are_not_waited_for(self, at_work: Projecting) -> None:
        at_work.admin.execute(
            "UPDATE read.positions SET projection = 'gone' WHERE projection = 'trades'"
        )
        found = look(at_work.database)
        assert isinstance(found.projections, list)
        assert {each.name for each in found.projections} == set(NAMES) - {"trades"}


class TestParts:
    def test_of_an_engine_that_never_ran_are_empty(self, at_work: Projecting) -> None:
        found = look(at_work.database)
        assert found.engine == EngineFigures(instances=0, partitions=0, watched=0)

    def test_count_instances_and_partitions(self, at_work: Projecting) -> None:
        at_work.admin.execute(
            "INSERT INTO work.engine_instances VALUES ('a:1', clock_timestamp()),"
            " ('b:2', clock_timestamp() - interval '2 minutes')"
        )
        at_work.admin.execute(
            "INSERT INTO work.mark_leases (partition, owner, epoch, expires_at) VALUES"
            " (0, 'a:1', 1, clock_timestamp() + interval '1 hour'),"
            " (1, 'b:2', 1, clock_timestamp() - interval '1 hour'),"
            " (2, NULL, 3, '-infinity'), (3, NULL, 0, '-infinity')"
        )
        found = look(at_work.database)
        assert found.engine == EngineFigures(instances=1, partitions=4, watched=1)
        assert not isinstance(found.leases, Missing)
        marks = {each.name: each for each in found.leases if each.name.startswith("marks")}
        states = {name: each.state(found.at) for name, each in marks.items()}
        assert states == {"marks-0": "held", "marks-1": "expired", "marks-2": "free"}
        assert found.since(marks["marks-1"].expires_at) >= timedelta(hours=1)

    def test_tell_who_holds_the_lanes(self, at_work: Projecting) -> None:
        at_work.admin.execute("DELETE FROM work.leases")
        at_work.admin.execute(
            "INSERT INTO work.leases (name, owner, expires_at) VALUES"
            " ('lane-0', 'a:1', clock_timestamp() + interval '1 hour'),"
            " ('lane-1', 'b:2', clock_timestamp() - interval '1 hour'), ('lane-2', NULL, DEFAULT)"
        )
        found = look(at_work.database)
        assert not isinstance(found.leases, Missing)
        states = {each.name: each.state(found.at) for each in found.leases}
        assert states == {"lane-0": "held", "lane-1": "expired", "lane-2": "free"}

    def test_count_dead_letters_that_nobody_has_seen_to(self, at_work: Projecting) -> None:
        assert look(at_work.database).dead_letters == DeadLetters(
            count=0, by_projection={}, oldest_at=None
        )
        letter = (
            "INSERT INTO work.dead_letters (stream_id, lane, projections, ledger_seq, event_type,"
            " error_code, sentence, status, closed_at) VALUES (gen_random_uuid(), 1, %s, 5,"
            " 'account.opened', 'poison-event', 'No.', %s, CASE WHEN %s <> 'parked' THEN now() END)"
        )
        for projections, status in (
            (["accounts", "trades"], "parked"), (["trades"], "parked"), (["payouts"], "retried"),
        ):  # fmt: skip
            at_work.admin.execute(letter, (projections, status, status))
        found = look(at_work.database).dead_letters
        assert not isinstance(found, Missing)
        assert (found.count, found.by_projection) == (2, {"accounts": 1, "trades": 2})
        assert found.oldest_at is not None

    def test_count_orders_that_are_not_sent(self, at_work: Projecting) -> None:
        order = (
            "INSERT INTO work.effects (policy, event_id, account_id, action, payload, status)"
            " VALUES ('p', gen_random_uuid(), gen_random_uuid(), 'lock', '{}', %s)"
        )
        for status in ("pending", "failed", "failed", "sent"):
            at_work.admin.execute(order, (status,))
        found = look(at_work.database).effects
        assert not isinstance(found, Missing)
        assert (found.pending, found.failed) == (1, 2)
        assert found.oldest_pending_at is not None

    def test_of_the_log_tell_of_its_seal_its_archive_and_rebuilds(
        self, at_work: Projecting
    ) -> None:
        figures = look(at_work.database)
        assert figures.seal == SealFigures(sealed=0, checkpoint=None, checkpoint_at=None)
        assert figures.archives == ArchiveFigures(count=0, position=0)
        assert not figures.rebuilds

    def test_that_the_database_does_not_have_are_absent(self, at_work: Projecting) -> None:
        at_work.admin.execute("DROP TABLE work.effects; DROP TABLE read.positions")
        found = look(at_work.database)
        assert (found.effects, found.projections) == (Missing.ABSENT, Missing.ABSENT)
        assert found.engine is not Missing.ABSENT

    def test_that_the_login_may_not_read_are_unread(self, at_work: Projecting) -> None:
        at_work.admin.execute("REVOKE SELECT ON work.effects FROM dynasty_reader")
        found = look(at_work.database)
        assert found.effects is Missing.UNREAD
        assert found.engine is not Missing.UNREAD

    def test_that_somebody_holds_locked_are_unread(self, at_work: Projecting) -> None:
        with connect(at_work.database.conninfo) as other:
            other.execute("LOCK TABLE work.effects")
            assert look(at_work.database).effects is Missing.UNREAD

    def test_that_would_come_too_late_are_not_asked(
        self, at_work: Projecting, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(lookout, "SECONDS_MAX", 0.0)
        assert look(at_work.database).engine is Missing.UNREAD

    def test_are_all_of_one_moment(self, at_work: Projecting) -> None:
        def step(_: Any) -> Missing:
            at_work.catch_up()
            return Missing.ABSENT

        found = PostgresLookout(
            at_work.database.conninfo,
            redis_url=NOWHERE,
            parts={"seal": Part(("ledger.head",), step), **EVERY},
        ).look()
        assert isinstance(found.projections, list)
        assert {each.position for each in found.projections} == {0}

    def test_are_read_by_nobody_who_could_write(self, at_work: Projecting) -> None:
        def write(session: Any) -> None:
            session.execute("CREATE TEMPORARY TABLE mine (n int)")

        found = look(at_work.database, seal=Part(("ledger.head",), write))
        assert found.seal is Missing.UNREAD


class TestServers:
    def test_redis_answers(self, at_work: Projecting) -> None:
        assert look(at_work.database, redis=redis_server().url).redis_up is True

    def test_redis_does_not_answer(self, at_work: Projecting) -> None:
        assert look(at_work.database, redis=NOWHERE).redis_up is False

    def test_a_database_that_is_not_there_is_refused(self, database: Database) -> None:
        gone = Database("no_such_database", database.sockets)
        with pytest.raises(DatabaseUnusable, match="no_such_database"):
            look(gone)

    def test_a_database_that_was_never_migrated_is_refused(self, empty_database: Database) -> None:
        with pytest.raises(DatabaseUnusable, match=r"ledger\.head"):
            look(empty_database)

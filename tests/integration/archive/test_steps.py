"""Archiving that is cut off anywhere, refused, or done while others read and write."""

from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import count, takewhile
from pathlib import Path
from threading import Event
from uuid import UUID

import pytest
from psycopg import connect
from psycopg.errors import InsufficientPrivilege
from typing_extensions import override

from application.archiving.archiving import SETTLED_SECONDS
from application.archiving.errors import ArchiveNotExact, PartitionNotArchivable
from application.archiving.ports import ArchiveStore, Partition
from application.exports.errors import LogNotContiguous
from application.log import RecordedEvent
from infrastructure.archive.partitions import PostgresPartitions
from infrastructure.postgres.sessions import Role, session_conninfo
from tests.integration.archive.archiving import Archiving, archiving_on, fill
from tests.integration.event_store.tally import Tally
from tests.support.postgres import SYSTEM_POSTGRES_15, Cluster, cluster_15


class Killed(Exception):
    """Stands for the end of the process."""


@dataclass
class Mortal(ArchiveStore):
    """A store whose process is killed after so many calls, before or after the last was done."""

    within: ArchiveStore
    lives: int
    calls: int = 0

    @property
    @override
    def place(self) -> str:
        return self.within.place

    @contextmanager
    def _once(self) -> Iterator[None]:
        self.calls += 1
        if self.calls > self.lives:
            raise Killed
        yield

    @override
    def put(self, name: str, content: bytes) -> str | None:
        with self._once():
            return self.within.put(name, content)

    @override
    def get(self, name: str, version: str | None = None) -> bytes:
        with self._once():
            return self.within.get(name, version)


class Torn(PostgresPartitions):
    """The process is killed right before, or right after, the partition is taken out."""

    after = False

    @override
    def take_out(
        self, partition: Partition, manifest: str, *, place: str, by: str, keeps: bool
    ) -> bool:
        if self.after:
            super().take_out(partition, manifest, place=place, by=by, keeps=keeps)
        raise Killed


def test_killed_at_any_step_it_is_done_by_the_next_run(archiving: Archiving) -> None:
    fill(archiving.ledger, 120)
    before = archiving.everything()
    archiving.office.seal_and_sign()
    lives = 0
    while True:
        mortal = Mortal(archiving.store, lives)
        archivist = archiving.archivist(store=mortal)
        (partition,) = archivist.plan(before=101, head=120).partitions
        try:
            archivist.archive(partition, by="cli:test")
            break
        except Killed:
            assert archiving.partitions.archived() == []
        lives += 1 if lives < 16 else 7
    assert lives > 20
    assert len(archiving.partitions.archived()) == 1
    assert archiving.everything() == before


@pytest.mark.parametrize("after", [False, True])
def test_killed_around_the_last_step_nothing_is_lost(archiving: Archiving, *, after: bool) -> None:
    fill(archiving.ledger, 120)
    before = archiving.everything()
    archiving.office.seal_and_sign()
    torn = Torn(archiving.partitions._pool)
    torn.after = after
    archivist = archiving.archivist(partitions=torn)
    (partition,) = archivist.plan(before=101, head=120).partitions
    with pytest.raises(Killed):
        archivist.archive(partition, by="cli:test")
    assert len(archiving.partitions.archived()) == int(after)
    assert archiving.everything() == before
    assert len(archiving.archive(101)) == int(not after)
    assert len(archiving.partitions.archived()) == 1
    assert archiving.everything() == before


def test_a_partition_that_was_taken_out_is_not_taken_out_again(archiving: Archiving) -> None:
    fill(archiving.ledger, 120)
    archiving.office.seal_and_sign()
    archivist = archiving.archivist()
    (partition,) = archivist.plan(before=101, head=120).partitions
    manifest = archivist.write(partition, lambda _: None).text()
    told = {"place": "here", "by": "cli:test", "keeps": False}
    assert archiving.partitions.take_out(partition, manifest, **told)  # type: ignore[arg-type]
    assert not archiving.partitions.take_out(partition, manifest, **told)  # type: ignore[arg-type]
    with pytest.raises(PartitionNotArchivable, match="archived already"):
        archiving.partitions.take_out(partition, manifest + " ", **told)  # type: ignore[arg-type]


def test_the_plan_says_why_it_ends(archiving: Archiving) -> None:
    fill(archiving.ledger, 150)

    def because(before: int, settled_seconds: int = 0) -> tuple[int, str]:
        archivist = archiving.archivist(settled_seconds=settled_seconds)
        plan = archivist.plan(before=before, head=archiving.office.log.head())
        return len(plan.partitions), plan.because

    assert because(101) == (
        0, "The partition of events 1 to 100 is not covered by a signed checkpoint yet."
    )  # fmt: skip
    archiving.office.seal_and_sign()
    assert because(100) == (0, "The partition of events 1 to 100 does not end before 100.")
    assert because(1000) == (
        1, "The partition of events 101 to 200 is not full: the log holds 150."
    )  # fmt: skip
    assert because(101, SETTLED_SECONDS) == (
        0, "The partition of events 1 to 100 was filled less than 10 minutes ago."
    )  # fmt: skip


def refusal(archiving: Archiving, first: int, last: int, manifest: str) -> str:
    partition = Partition(table="", first_seq=first, last_seq=last)
    with pytest.raises(PartitionNotArchivable) as refused:
        archiving.partitions.take_out(partition, manifest, place="x", by="y", keeps=False)
    return refused.value.sentence


def test_the_database_itself_refuses_what_may_not_go(archiving: Archiving) -> None:
    fill(archiving.ledger, 250)
    assert "not covered by a signed checkpoint" in refusal(archiving, 1, 100, '{"tree_size": 250}')
    archiving.office.seal_and_sign()
    archivist = archiving.archivist()
    first, second = archivist.plan(before=201, head=250).partitions
    manifest = archivist.write(second, lambda _: None).text()
    assert "not the oldest partition" in refusal(archiving, 101, 200, manifest)
    assert "not the oldest partition" in refusal(archiving, 1, 99, manifest)
    assert "one of other events" in refusal(archiving, 1, 100, manifest)
    archivist.archive(first, by="cli:test")
    archivist.archive(second, by="cli:test")
    assert "is not full" in refusal(archiving, 201, 300, manifest)


def test_a_hole_in_the_partition_is_not_archived(archiving: Archiving) -> None:
    fill(archiving.ledger, 120)
    archiving.office.seal_and_sign()
    archivist = archiving.archivist()
    (partition,) = archivist.plan(before=101, head=120).partitions
    manifest = archivist.write(partition, lambda _: None)
    archiving.office.tamper("DELETE FROM ledger.events WHERE ledger_seq = 50")
    assert "holds 99 events" in refusal(archiving, 1, 100, manifest.text())
    with pytest.raises(LogNotContiguous, match="50"):
        archivist.archive(partition, by="cli:test")


def test_what_was_changed_since_it_was_sealed_is_not_archived(archiving: Archiving) -> None:
    fill(archiving.ledger, 120)
    archiving.office.seal_and_sign()
    archiving.office.tamper("UPDATE ledger.events SET actor = 'eve' WHERE ledger_seq = 50")
    with pytest.raises(ArchiveNotExact, match="root of the checkpoint"):
        archiving.archive(101)
    assert archiving.partitions.archived() == []


def test_what_reads_otherwise_than_it_was_written_is_not_archived(archiving: Archiving) -> None:
    fill(archiving.ledger, 120)
    archiving.office.seal_and_sign()
    archivist = archiving.archivist()
    (partition,) = archivist.plan(before=101, head=120).partitions
    manifest = archivist.write(partition, lambda _: None)
    archiving.office.tamper("UPDATE ledger.events SET trace_context = 'x' WHERE ledger_seq = 50")
    with pytest.raises(ArchiveNotExact, match="event 50 reads otherwise"):
        archivist.read_back(partition, manifest, lambda _: None)


def test_a_kept_table_stays_beside_the_log(archiving: Archiving) -> None:
    fill(archiving.ledger, 120)
    before = archiving.everything()
    archiving.archive(101, keeps=True)
    (row,) = archiving.partitions.archived()
    with connect(archiving.database.conninfo) as owner:
        assert owner.execute(f"SELECT count(*) FROM ledger.{row.kept}".encode()).fetchone() == (
            100,
        )
        assert owner.execute("SELECT count(*) FROM ledger.events").fetchone() == (20,)
    assert archiving.everything() == before


READERS: Sequence[Role] = ("dynasty_writer", "dynasty_reader", "dynasty_projector")


@pytest.mark.parametrize("role", READERS)
def test_only_the_keeper_archives_and_nobody_edits_the_list(
    archiving: Archiving, role: Role
) -> None:
    def refused(session_role: Role, statement: str) -> None:
        conninfo = session_conninfo(
            archiving.database.conninfo, role=session_role, application="test"
        )
        with connect(conninfo) as session, pytest.raises(InsufficientPrivilege):
            session.execute(statement.encode())

    refused(role, "SELECT ledger.archive_partition(1, 100, 'x', '{}', 'eve', false)")
    keeper: Role = "dynasty_keeper"
    for each in (role, keeper):
        refused(each, "DELETE FROM ledger.archives")
        refused(each, "UPDATE ledger.archives SET place = 'nowhere'")
        refused(each, "INSERT INTO ledger.archives SELECT * FROM ledger.archives")


@dataclass
class Traffic:
    """Everybody who reads and writes while something is archived."""

    archiving: Archiving
    known: Sequence[RecordedEvent]
    streams: Sequence[UUID]
    done: Event = field(default_factory=Event)

    def rounds(self) -> Iterator[int]:
        """At least one, and then until it is done."""
        yield 0
        yield from takewhile(lambda _: not self.done.is_set(), count(1))

    def read_all(self, batch: int) -> None:
        with self.archiving.fresh_log() as log:
            for _ in self.rounds():
                found: list[RecordedEvent] = []
                while page := log.read(after=len(found), limit=batch):
                    found += page
                assert found[: len(self.known)] == self.known
                assert [each.ledger_seq for each in found] == list(range(1, len(found) + 1))

    def load_all(self) -> None:
        versions = Counter(each.stream_id for each in self.known)
        for _ in self.rounds():
            for each in self.streams:
                facts = self.archiving.ledger.recorder.select_events(each)
                loaded = [fact.originator_version for fact in facts]
                assert loaded == list(range(1, len(facts) + 1))
                assert len(facts) >= versions[each]

    def append(self) -> None:
        ledger = self.archiving.ledger
        for _ in self.rounds():
            for each in self.streams:
                ledger.save(ledger.load(Tally, each).count())


def test_readers_and_an_appender_go_on_meanwhile(archiving: Archiving) -> None:
    streams = fill(archiving.ledger, 410)
    traffic = Traffic(archiving, archiving.everything(), streams)
    with ThreadPoolExecutor() as threads:
        working = [
            threads.submit(traffic.read_all, 1000),
            threads.submit(traffic.read_all, 77),
            threads.submit(traffic.load_all),
            threads.submit(traffic.append),
        ]
        try:
            for before in (101, 201, 301, 401):
                assert len(archiving.archive(before)) == 1
        finally:
            traffic.done.set()
        for each in working:
            each.result()
    assert archiving.everything()[:410] == traffic.known
    assert archiving.office.log.head() > 410


@pytest.mark.skipif(not SYSTEM_POSTGRES_15.exists(), reason="PostgreSQL 15 is not installed")
def test_the_oldest_release_of_the_server_archives_alike(tmp_path: Path) -> None:
    with (
        cluster_15().lent(Cluster.migrated_database) as database,
        archiving_on(database, tmp_path) as archiving,
    ):
        fill(archiving.ledger, 250)
        before = archiving.everything()
        assert len(archiving.archive(201)) == 2
        assert archiving.everything() == before
        assert archiving.office.log.head() == 250

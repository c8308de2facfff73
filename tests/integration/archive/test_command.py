"""`dynasty log archive`, and everything that is made of the log, before and after."""

import json
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from psycopg import connect
from typer.testing import CliRunner, Result

from application.archiving.recording import command_of, record_archive
from application.exports.exporting import ExportRequest, export_events
from application.log import LogSelection
from application.whatif.histories import AccountHistory
from infrastructure.archive.shelf import Shelf
from infrastructure.event_store.histories import open_histories
from infrastructure.postgres.pools import new_pool
from infrastructure.postgres.sessions import session_conninfo
from interfaces.cli.main import app
from projections.audit_entries import Place, audit_entries
from projections.daemon import catch_up
from projections.schema import create_read_models
from tests.integration.archive.archiving import Archiving, archiving_on
from tests.support.histories import chance, random_history, record
from tests.support.postgres import Database


@pytest.fixture
def book(database: Database, tmp_path: Path) -> Iterator[Archiving]:
    """Some accounts with histories of their own, over a few partitions."""
    with archiving_on(database, tmp_path) as opened:
        random = chance(7)
        record(opened.ledger, [random_history(random, steps=45) for _ in range(8)])
        assert opened.office.log.head() > 210
        yield opened


def run(archiving: Archiving, *arguments: str, **more: str) -> Result:
    environment = {
        "DATABASE_URL": archiving.database.url,
        "REDIS_URL": "redis://127.0.0.1:1",
        "DYNASTY_LOG_KEY_FILE": str(archiving.office.key),
        "DYNASTY_LOG_ORIGIN": "ledger.example/log",
        "DYNASTY_ARCHIVE_DIR": str(archiving.office.key.parent / "archive"),
    }
    return CliRunner().invoke(app, ["log", *arguments], env={**environment, **more})


def aged(archiving: Archiving) -> None:
    """Let what was recorded a moment ago be an hour old, before it is sealed."""
    with connect(archiving.database.conninfo) as owner:
        owner.execute("ALTER TABLE ledger.events DISABLE TRIGGER USER")
        owner.execute("UPDATE ledger.events SET recorded_at = recorded_at - interval '1 hour'")
        owner.execute("ALTER TABLE ledger.events ENABLE ALWAYS TRIGGER only_ever_added_to")


class TestCommand:
    def test_says_first_what_it_would_do(self, book: Archiving) -> None:
        aged(book)
        book.office.seal_and_sign()
        done = run(book, "archive", "--before", "201", "--dry-run", "--json")
        assert done.exit_code == 0, done.output
        said = json.loads(done.stdout)
        assert [each["last_ledger_seq"] for each in said["would_archive"]] == [100, 200]
        assert "does not end before 201" in said["because"]
        assert book.partitions.archived() == []
        told = run(book, "archive", "--before", "201", "--dry-run").stdout
        assert "Events 101 to 200 would be archived." in told

    def test_archives_tells_and_records_it_once(self, book: Archiving) -> None:
        aged(book)
        book.office.seal_and_sign()
        before = book.everything()
        done = run(book, "archive", "--before", "201")
        assert done.exit_code == 0, done.output
        assert "Events 1 to 100 are in file://" in done.stdout
        again = run(book, "archive", "--before", "201", "--json")
        assert json.loads(again.stdout)["archived"] == []
        listed = json.loads(run(book, "archives", "--json").stdout)
        assert [each["first_ledger_seq"] for each in listed] == [1, 101]
        assert "2 partitions, 200 events are archived." in run(book, "archives").stdout
        after = book.everything()
        assert after[: len(before)] == before
        recorded = after[len(before) :]
        assert [each.event_type for each in recorded] == ["archive.made"] * 2
        payload = json.loads(recorded[1].payload)
        assert payload["manifest_sha256"] == listed[1]["manifest_sha256"]
        assert (payload["first_ledger_seq"], payload["last_ledger_seq"]) == (101, 200)
        assert recorded[1].actor == payload["made_by"] == listed[1]["archived_by"]

    def test_records_what_an_earlier_run_was_cut_off_before(self, book: Archiving) -> None:
        book.archive(101)
        before = book.office.log.head()
        assert run(book, "archive", "--before", "1").exit_code == 0
        assert run(book, "archive", "--before", "1").exit_code == 0
        assert book.office.log.head() == before + 1

    def test_leaves_alone_what_was_recorded_a_moment_ago(self, book: Archiving) -> None:
        book.office.seal_and_sign()
        done = run(book, "archive", "--before", "201")
        assert done.exit_code == 0
        assert "There is nothing to archive." in done.stdout
        assert "less than 10 minutes ago" in done.stderr

    def test_refuses_without_a_place(self, book: Archiving) -> None:
        done = run(book, "archive", "--before", "201", DYNASTY_ARCHIVE_DIR="")
        assert getattr(done.exception, "code", None) == "archive-unavailable"


def told(archiving: Archiving, last_seq: int) -> Mapping[UUID, AccountHistory]:
    histories = open_histories(archiving.database.url, shelf=Shelf(lambda: archiving.store))
    try:
        found = histories.find(account=None, plan=None, last_seq=last_seq)
        read = list(histories.read([each.account_id for each in found], last_seq=last_seq))
        assert [each.account_id for each in read] == [each.account_id for each in found]
        assert [len(each.events) for each in read] == [each.events for each in found]
        return {each.account_id: each for each in read}
    finally:
        histories.close()


def test_what_if_reads_the_same_histories(book: Archiving) -> None:
    seqs = (8, 99, 100, 101, 150, 200, 215)
    before = [told(book, seq) for seq in seqs]
    for cut in (101, 201):
        book.archive(cut)
        assert [told(book, seq) for seq in seqs] == before


def test_one_account_and_one_plan_are_found_alike(book: Archiving) -> None:
    def found() -> list[object]:
        histories = open_histories(book.database.url, shelf=Shelf(lambda: book.store))
        try:
            everything = histories.find(account=None, plan=None, last_seq=205)
            plans = [histories.find(account=None, plan=each, last_seq=205) for each in ("paid", "")]
            each_one = [
                histories.find(account=each.account_id, plan=None, last_seq=205)
                for each in everything
            ]
            nobody = list(histories.read([UUID(int=999)], last_seq=205))
            return [everything, plans, each_one, nobody]
        finally:
            histories.close()

    before = found()
    book.archive(201)
    assert found() == before


def test_read_models_exports_and_the_verification_come_out_the_same(
    book: Archiving, tmp_path: Path
) -> None:
    projector = session_conninfo(
        book.database.conninfo, role="dynasty_projector", application="test"
    )
    moment = datetime(2026, 3, 2, tzinfo=UTC)

    def made(name: str) -> tuple[list[list[Any]], bytes]:
        with connect(book.database.conninfo, autocommit=True) as owner:
            owner.execute("DROP SCHEMA read CASCADE")
            owner.execute("CREATE SCHEMA read AUTHORIZATION dynasty_projector")
            create_read_models(owner)
            with (
                new_pool(projector, pool_size=2, name="projector") as pool,
                book.fresh_log() as log,
            ):
                catch_up(log=log, pool=pool)
                request = ExportRequest(
                    selection=LogSelection(), created_at=moment, created_by="cli:test"
                )
                export_events(log, request, tmp_path / name)
            tables = ("accounts", "trades", "audit_log", "rule_state", "payouts")
            rows = [
                owner.execute(
                    f"SELECT t::text FROM read.{each} AS t ORDER BY 1".encode()
                ).fetchall()
                for each in tables
            ]
        return rows, (tmp_path / name / "events-00000001.jsonl").read_bytes()

    before = made("before")
    book.archive(201)
    assert made("after") == before
    assert book.office.verify().finding_count == 0
    (newest,) = book.partitions.archived()[-1:]
    record_archive(command_of(newest), book.ledger)
    made("recorded")
    with book.fresh_log() as log:
        (told,) = audit_entries(log, [Place(log.head(), None, None)])
    assert f"Events 101 to 200 were moved to {newest.place}; the SHA-256" in told.summary
